"""``python -m toolrl`` is ``toolrl``."""

from toolrl.cli.main import main

raise SystemExit(main())
