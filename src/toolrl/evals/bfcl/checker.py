"""The official verdict on single-turn answers.

``ast_checker`` imports the handlers of all vendors for one flag (whether a model's names had their
dots replaced). We give names as the data have them, so the flag is False for all, and the module
is loaded with a table that says so.
"""

from __future__ import annotations

import copy
import importlib.util
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any

from toolrl.envs.bfcl_wheel import folder, module
from toolrl.evals.bfcl.categories import any_call_will_do, language, needs_no_call
from toolrl.types import ToolCall

HANDLERS = "bfcl_eval.constants.model_config"
# What the official checker stumbles over in values that fit no type; the official run would end.
_STUMBLES = (
    ArithmeticError, AttributeError, LookupError, NotImplementedError, RecursionError, TypeError,
    ValueError,
)  # fmt: skip
_LOADING = threading.Lock()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer is right, and the official name of what is wrong with it."""

    valid: bool
    error_type: str = ""
    error: str = ""


def judge_calls(
    calls: Sequence[ToolCall], functions: Sequence[Mapping[str, Any]], key: Any, category: str
) -> Verdict:
    """The official verdict on what could be read as calls.

    Args:
        calls: those of the answer; none is an abstention.
        functions: the function documents of the item, as BFCL's data have them.
        key: the item's ``ground_truth``; None where the category has no key.
        category: for example ``"parallel_multiple"``.
    """
    if needs_no_call(category):
        return judge_abstention(calls)
    if any_call_will_do(category):
        wrong = "relevance_error:decoder_failed"
        return Verdict(True) if calls else Verdict(False, wrong, "no call where one is due")
    if not calls:
        return Verdict(False, "ast_decoder:decoder_failed", "no call could be read")
    return by_official(calls, functions, key, category)


def judge_abstention(calls: Sequence[ToolCall]) -> Verdict:
    """The official verdict where no call is due."""
    wrong = "irrelevance_error:decoder_success"
    return Verdict(False, wrong, "calls where none is due") if calls else Verdict(True)


def by_official(
    calls: Sequence[ToolCall], functions: Sequence[Mapping[str, Any]], key: Any, category: str
) -> Verdict:
    """``ast_checker``'s own verdict; an answer on which it stumbles is wrong."""
    checker = official()
    tongue = module("constants.enums").Language(language(category))
    output = [{call.name: dict(call.arguments)} for call in calls]
    try:
        said = checker.ast_checker(
            copy.deepcopy(list(functions)), output, key, tongue, category, "any"
        )
    except _STUMBLES as error:
        return Verdict(False, "checker_stumbled", f"{type(error).__name__}: {error}")
    if said["valid"]:
        return Verdict(True)
    return Verdict(False, said["error_type"], "; ".join(map(str, said["error"])))


class _NoDotsReplaced(dict):
    def __missing__(self, name: str) -> Any:
        return SimpleNamespace(underscore_to_dot=False)


def official() -> ModuleType:
    """The module ``ast_checker``, loaded once, whichever thread asks first."""
    with _LOADING:
        return load_official()


@cache
def load_official() -> ModuleType:
    """Load ``ast_checker`` beside (not in place of) the module of that name."""
    module("constants.type_mappings")
    path = folder() / "eval_checker" / "ast_eval" / "ast_checker.py"
    spec = importlib.util.spec_from_file_location("toolrl_bfcl_ast_checker", path)
    loaded = importlib.util.module_from_spec(spec)
    before = sys.modules.get(HANDLERS)
    table = ModuleType(HANDLERS)
    table.MODEL_CONFIG_MAPPING = _NoDotsReplaced()
    sys.modules[HANDLERS] = table
    try:
        spec.loader.exec_module(loaded)
    finally:
        del sys.modules[HANDLERS]
        if before is not None:
            sys.modules[HANDLERS] = before
    return loaded
