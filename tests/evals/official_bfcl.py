"""What BFCL's own runner says of an answer, composed of its own functions."""

import copy

from toolrl.envs.bfcl_wheel import module
from toolrl.evals.bfcl.categories import language
from toolrl.evals.bfcl.checker import official


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
