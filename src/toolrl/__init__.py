r"""Teach language models to call tools by reinforcement learning, and measure whether they learned.

Example:
    >>> from toolrl import load_reward
    >>> answer = '<think> a </think>\n<tool_call>\n{"name": "now", "parameters": {}}\n</tool_call>'
    >>> load_reward("toolrl")(answer, answer).total
    4.0
"""

from toolrl.rewards import PRESET_NAMES, Score, load_reward
from toolrl.types import Completion, Example, Issue, Message, ToolCall, ToolSpec

__version__ = "0.1.0"

__all__ = [
    "PRESET_NAMES",
    "Completion",
    "Example",
    "Issue",
    "Message",
    "Score",
    "ToolCall",
    "ToolSpec",
    "load_reward",
]
