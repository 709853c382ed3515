r"""Names that stand between markers: a tool's, a parameter's.

The families write them as they are and have no rule for odd ones. Here what could be taken for a
marker is escaped as in JSON (``\u003c``), so that every name comes back.
"""

from __future__ import annotations

import re

from toolrl.schema.json_values import BadJson, decode

# White space inside a name may stay, but a line break ends it; at its edges it would be lost.
_odd = re.compile(r"[\"\\<>\[\]{}|｜\x00-\x1f\x7f-\x9f\u2028\u2029]|^\s|\s$")


def write_word(name: str, also: str = "") -> str:
    r"""A name as it stands between markers; ``also`` are more signs that mean something there.

    Example:
        >>> print(write_word("Get News (All)"), write_word("a<b"), write_word("k:v", ":"))
        Get News (All) a\u003cb k\u003av
    """
    if not also:
        return _odd.sub(_escape, name)
    odd = re.compile(f"{_odd.pattern}|[{re.escape(also)}]")
    return odd.sub(_escape, name)


def read_word(written: str) -> str:
    r"""The name that was written so; a backslash that escapes nothing is itself.

    Example:
        >>> read_word(r" a\u003cb "), read_word(r"C:\new")
        ('a<b', 'C:\\new')
    """
    written = written.strip()
    if "\\u" not in written:
        return written
    try:
        return _escape_sequence.sub(_unescape, written)
    except BadJson:
        return written


_escape_sequence = re.compile(r"\\u[0-9a-fA-F]{4}")


def _escape(sign: re.Match[str]) -> str:
    return f"\\u{ord(sign.group()):04x}"


def _unescape(escape: re.Match[str]) -> str:
    return decode(f'"{escape.group()}"')[0]
