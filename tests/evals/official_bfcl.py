"""What BFCL's own runner says of an answer, and which of its items nobody can get right."""

import copy

from toolrl.envs.bfcl_wheel import module
from toolrl.evals.bfcl.categories import language
from toolrl.evals.bfcl.checker import official

# Java: lists of "any" are read as texts, and the key has numbers and truth values among them (36,
# 65); a text in a map's key is compared letter by letter (64). Live: the key lacks a parameter that
# the tool requires (106, 112, 964), or demands one that the tool does not have (862).
UNREACHABLE = {
    "simple_java_36", "simple_java_64", "simple_java_65", "live_simple_106-63-0",
    "live_simple_112-68-0", "live_multiple_862-181-3", "live_multiple_964-207-0",
}  # fmt: skip
# A map with entries can't be read in BFCL's own prompting: its reader drops a class's body.
UNREADABLE = {"simple_java_1", "simple_java_67", "simple_java_68"}


def official_verdict(item, text):
    """What the official runner does with an answer, composed of its own functions."""
    utils, tongue = module("model_handler.utils"), language(item.category)
    try:
        decoded = utils.default_decode_ast_prompting(text, utils.ReturnFormat(tongue))
    except Exception:  # noqa: BLE001 - as the official runner
        return False
    if not utils.is_function_calling_format_output(decoded):
        return False
    enums = module("constants.enums")
    documents = copy.deepcopy(list(item.documents))
    try:
        said = official().ast_checker(
            documents, decoded, item.key, enums.Language(tongue), item.category, "any"
        )
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return False  # here the official run would end
    return said["valid"]
