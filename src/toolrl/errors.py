"""Errors for the person at the keyboard.

Every error that a user can mend is a leaf of :class:`ToolRLError`: one line that says what is
wrong, where, and what to do. The command line shows it without a traceback and exits with code 2.
Each leaf also inherits the standard error it stands for, so ``except ValueError`` still works.
What a *model* does wrong is never an error here: it is an issue in a completion and costs score.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ToolRLError(Exception):
    """Root of the errors that a user can mend."""


class ConfigError(ToolRLError, ValueError):
    """A recipe or an option is wrong: an unknown key, a value of the wrong type."""


class DataError(ToolRLError, ValueError):
    """A row or a file can't be read as what it should be; the message has file and row."""


class NotFoundError(ToolRLError, FileNotFoundError):
    """A path, model, data set or name that is not there."""


class RunExistsError(ToolRLError, FileExistsError):
    """The run folder holds a run already."""


class RunInUseError(ToolRLError, BlockingIOError):
    """Another process writes into the run folder."""


class MissingExtraError(ToolRLError, ImportError):
    """A package of an optional extra is not installed; the message has the pip line."""


class OutOfMemoryError(ToolRLError, MemoryError):
    """A model is too large for the memory of this machine or its accelerator."""


class StoppedError(ToolRLError, RuntimeError):
    """A process that worked for this one was ended from outside."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of an error message: the nearest known name, or all of them.

    Example:
        >>> did_you_mean("formt", ["format", "model"])
        "; did you mean 'format'?"
        >>> did_you_mean("zzz", ["format", "model"])
        '; known: format, model'
    """
    known = sorted(known)
    near = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(known)}"


def first_line(error: BaseException) -> str:
    r"""The first line of an error's message; its kind where it says nothing.

    Example:
        >>> first_line(ValueError("bad size\nsee the manual")), first_line(ValueError())
        ('bad size', 'ValueError')
    """
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
