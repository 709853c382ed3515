"""Schemas and values of every shape, for the laws of reading values by schemas."""

import json

from hypothesis import strategies as st

NAMES = ["a", "b", "c"]
TYPES = ["string", "integer", "number", "boolean", "null", "array", "object"]
JUNK = st.sampled_from([None, 7, "x", [], {}, True, [None], [{"type": 3}], {"a": 1}])
TEXTS = st.sampled_from(
    """1|-0|007|3.0| 3 |1e2|1e400|0.30000000000000004|1\u0663|True| false |null|None|a|Zo\u00eb
    |Zoe\u0308|2026-05-02T09:00:00Z|[]|[1, NaN]|[1e999]|(1,)|(1)|[007]|{1, 2}|{[1]: 2}|{'a': '1'}
    |{"a": 1, "a": 2}|{"a": [1, "2"]}|{'a': {'b': None, 'c': 1.0}}""".replace("\n    ", "").split(
        "|"
    )
) | st.sampled_from(["", "9" * 5000, "[" * 3000])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.sampled_from([2**53 + 1, 10**25])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0.0, 1.0, 0.1 + 0.2, 0.3, 1e22])
    | TEXTS
)


def inside(inner):
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)


plain_values = st.recursive(SCALARS, inside, max_leaves=8)
values = plain_values | plain_values.map(json.dumps) | plain_values.map(repr)


def outside(inner):
    """Schemas around schemas."""
    table = st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    several = st.lists(inner, min_size=1, max_size=3)
    words = {
        "properties": table | JUNK,
        "items": inner | JUNK,
        "prefixItems": several,
        "additionalProperties": inner | st.booleans(),
        "patternProperties": table,
        "required": st.lists(st.sampled_from(NAMES), max_size=2) | JUNK,
        "anyOf": several | JUNK,
        "oneOf": several,
        "allOf": several,
        "uniqueItems": st.booleans(),
        "default": plain_values,
        "type": st.sampled_from(["array", "object"]),
    }
    return st.fixed_dictionaries({}, optional=words)


leaves = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(TYPES) | st.lists(st.sampled_from(TYPES), max_size=3) | JUNK,
        "format": st.just("date-time"),
        "enum": st.lists(SCALARS, max_size=3),
        "const": SCALARS,
        "default": SCALARS,
        "$ref": st.sampled_from(["#", "#/$defs/a", "#/$defs/b", "#/nowhere", "x.json"]),
    },
)
part = st.recursive(leaves, outside, max_leaves=5)


@st.composite
def schemas(draw):
    """A schema whose references lead to others beside it, or to itself."""
    return {**draw(part), "$defs": draw(st.dictionaries(st.sampled_from("ab"), part))}
