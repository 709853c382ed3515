"""Tools that really run: Python functions and methods in one box."""

from toolrl.tools.toolbox import Toolbox, ToolFailure, ToolResult

__all__ = ["ToolFailure", "ToolResult", "Toolbox"]
