"""JSON Schema of tools: made from functions, read from dialects, used to check arguments."""

from toolrl.schema.coerce import coerce, coerce_arguments
from toolrl.schema.dialects import parameters_schema
from toolrl.schema.functions import tool_spec
from toolrl.schema.values import ArgumentTypes, canonical, canonical_arguments, same_value

__all__ = [
    "ArgumentTypes",
    "canonical",
    "canonical_arguments",
    "coerce",
    "coerce_arguments",
    "parameters_schema",
    "same_value",
    "tool_spec",
]
