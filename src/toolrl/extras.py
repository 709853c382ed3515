"""Packages of an extra: imported where needed, or the pip line that installs them."""

from __future__ import annotations

import importlib
from types import ModuleType

from toolrl.errors import MissingExtraError


def require(extra: str, name: str, why: str = "") -> ModuleType:
    """Import a package of an extra.

    Args:
        extra: the extra it belongs to, as in ``pip install 'toolrl[extra]'``.
        name: the module, for example ``"pyarrow.parquet"``.
        why: what needs it, put before the complaint.

    Raises:
        MissingExtraError: it, or something that it needs, is not installed.

    Example:
        >>> require("train", "json").__name__
        'json'
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        missing = (error.name or name).split(".")[0]
        reason = f"{why} and " if why else ""
        raise MissingExtraError(
            f"{reason}{missing} is not installed; run: pip install 'toolrl[{extra}]' "
            f"(in a clone of the project: pip install '.[{extra}]')"
        ) from None
