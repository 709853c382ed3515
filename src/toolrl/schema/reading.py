"""One reading of a value by its schema: what it is when mended, and what it is when compared.

:mod:`toolrl.schema.coerce` takes the mended value and the problems, :mod:`toolrl.schema.values` the
canonical form. Both come from the same walk, so a value that is mended without a problem is the
same value for the reward before and after.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import is_
from typing import Any, NamedTuple
from unicodedata import normalize

from toolrl.schema.alternatives import WRAPPERS, Schema, alternatives
from toolrl.schema.spelled import SPELLED, UNREAD, number, sorted_set

Canonical = Any  # None, a number, text, or a tuple whose first item tells bool, list, set, object

TRUE = ("bool", True)
FALSE = ("bool", False)
ANY: Schema = {}
PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "array": (list, tuple),
    "object": (Mapping,),
    "string": (str,),
}
CLASSES: dict[str | None, frozenset[type]] = {
    "integer": frozenset({int}),
    "number": frozenset({int, float}),
    "boolean": frozenset({bool}),
    "null": frozenset({type(None)}),
    "string": frozenset({str}),
}
_DATE_TIME = re.compile(r"([0-9-]{10})[Tt ]([0-9:]{8})(\.[0-9]+)?([Zz]|[+-][0-9:]{5})")
# The longest text of fifteen digits that has neither sign nor exponent, and of about a dozen.
_FIFTEEN, _SHORT = 16, 14
# The interpreter may refuse to write longer integers.
_MOST_BITS = 2000
# What comes after so many problems is taken as it is: a hostile value has no end of them.
_MOST_PROBLEMS = 500


class Problem(NamedTuple):
    """A part of a value that its schema does not allow.

    Attributes:
        place: where it stands below the value, for example ``"[2].name"``.
        kind: the JSON type that is declared there.
        value: what stands there.
    """

    place: str
    kind: str
    value: Any


class Reading(NamedTuple):
    """A value as its schema has it.

    Attributes:
        value: mended; the very object that came where there was nothing to mend.
        form: hashable, and equal for values that mean the same.
        problems: what could not be mended.
        misfits: how many constants, names and required members are not those of the schema; it
            picks the member of a union that fits best, and is no fault.
    """

    value: Any
    form: Canonical
    problems: tuple[Problem, ...] = ()
    misfits: int = 0


Rule = tuple[frozenset[type], Schema, tuple[Canonical, ...]]
"""What a parameter does with a value: the classes whose values :func:`plain_form` reads without a
schema, the schema for the others, and the canonical forms that say nothing (the default, and null
where the parameter may be left out)."""


class Shape:
    """One plain schema as one JSON type, prepared.

    Attributes:
        kind: the JSON type; None takes anything.
        schema: the plain schema.
        items: the schema of an array's items.
        places: schemas of an array's first items, where each has its own.
        unordered: whether an array's order says nothing.
        others: the schema of an object's members that are not declared.
        required: names that an object must have.
        closed: whether members that are not declared are misfits.
        date_time: whether text is a point in time.
        constants: the canonical forms that are allowed; None where all are.
        rules: an object's declared members, made when first needed: a schema may hold itself.
        at_once: the classes of declared members that fit as they are, where the type says all.
    """

    __slots__ = (
        "at_once",
        "closed",
        "constants",
        "date_time",
        "items",
        "kind",
        "others",
        "places",
        "required",
        "rules",
        "schema",
        "unordered",
    )

    def __init__(self, kind: str | None, schema: Schema):
        """Prepare a schema without wrappers; what is no schema in it says nothing."""
        self.kind = kind
        self.schema = schema
        items, places = schema.get("items"), schema.get("prefixItems")
        if isinstance(items, list):
            items, places = schema.get("additionalItems"), items
        self.items = as_schema(items)
        self.places = list(map(as_schema, places)) if isinstance(places, list) else []
        self.unordered = schema.get("uniqueItems") is True and not self.places
        self.others = others_of(schema)
        self.required = required_of(schema)
        self.closed = self.others is ANY and schema.get("additionalProperties") is not True
        self.date_time = kind == "string" and schema.get("format") == "date-time"
        self.constants: frozenset[Canonical] | None = None
        self.rules: dict[str, Rule] | None = None
        self.at_once: dict[str, frozenset[type]] = {}


class SchemaReader:
    """Reads values by the schemas of one document.

    Example:
        >>> reader = SchemaReader({"$defs": {"Days": {"items": {"type": "integer"}}}})
        >>> reader.read("[1, '2']", {"$ref": "#/$defs/Days"})
        Reading(value=[1, 2], form=('list', 1, 2), problems=(), misfits=0)
    """

    def __init__(self, root: Schema):
        """A reader for a document, into which references point."""
        self.root = root
        self._shapes: dict[int, tuple[Schema, tuple[Shape, ...]]] = {}

    def read(self, value: Any, schema: Schema, seen: dict | None = None) -> Reading:
        """A value by a schema of the document.

        Args:
            value: any JSON value, or a Python tuple or set.
            schema: a part of the document.
            seen: what unions inside this value were read as, so that each is read once.

        Raises:
            RecursionError: it nests too deeply.
        """
        shapes = self._shapes_of(schema)
        if len(shapes) == 1:
            reading = self._as(value, shapes[0], seen)
        else:
            reading = self._best(value, shapes, {} if seen is None else seen)
        # A list where none is declared is put in form when it is clear that nothing else fits it.
        return reading._replace(form=plain_form(value)) if reading.form is UNREAD else reading

    def form(self, value: Any, schema: Schema) -> Canonical:
        """The canonical form of a value; one that nests too deeply equals itself only."""
        try:
            return self.read(value, schema).form
        except RecursionError:
            return ("too deep", id(value))

    def parameters(self, schema: Schema) -> tuple[dict[str, Rule], Schema]:
        """The rules of a tool's parameters, and the schema of arguments that it doesn't name."""
        plain = alternatives(schema, self.root)
        required = required_of(schema)
        if len(plain) > 1 or plain[0] is not schema:
            required = tuple(
                frozenset.intersection(*(frozenset(required_of(one)) for one in plain))
            )
        rules: dict[str, Rule] = {}
        for one in reversed(plain):
            for name, inner in as_schema(one.get("properties")).items():
                rules[name] = self._rule(as_schema(inner), name in required)
        return rules, others_of(plain[0])

    def _rule(self, schema: Schema, required: bool) -> Rule:
        kind = schema.get("type")
        if kind.__class__ is str and kind in PLAIN and schema.keys().isdisjoint(_SAY_MORE):
            return PLAIN[kind], schema, (() if required else _NULL)
        shapes = self._shapes_of(schema)
        kinds = frozenset(shape.kind for shape in shapes)
        plain = plain_classes(kinds)
        if any(shape.date_time for shape in shapes):
            plain -= {str}
        return plain, schema, (() if required else self._silent(schema, kinds))

    def _silent(self, schema: Schema, kinds: frozenset[str | None]) -> tuple[Canonical, ...]:
        """What an optional parameter may say without saying anything."""
        defaults = [one.get("default", UNREAD) for one in alternatives(schema, self.root)]
        if any(default is UNREAD for default in defaults):
            return _NULL
        silent = (self.form(defaults[0], schema),)
        # A null where the schema has another default and allows null does say something.
        return silent if defaults[0] is not None and "null" in kinds else (*silent, None)

    def _shapes_of(self, schema: Schema) -> tuple[Shape, ...]:
        """What a value of a schema may be, prepared once."""
        found = self._shapes.get(id(schema))
        if found is None:
            plain = alternatives(schema, self.root)
            shapes = tuple(self._shape(kind, one) for one in plain for kind in kinds_of(one))
            # The schema is held, so that its identity stays its own.
            found = self._shapes[id(schema)] = (schema, shapes)
        return found[1]

    def _shape(self, kind: str | None, schema: Schema) -> Shape:
        shape = Shape(kind, schema)
        constants = [schema["const"]] if "const" in schema else schema.get("enum")
        if isinstance(constants, list):
            shape.constants = frozenset(self._constant(one, shape) for one in constants)
        return shape

    def _constant(self, value: Any, shape: Shape) -> Canonical:
        try:
            return self._as(value, shape, None).form
        except RecursionError:
            return ("too deep", id(value))

    def _best(self, value: Any, shapes: tuple[Shape, ...], seen: dict) -> Reading:
        """A value as the member of a union that fits it best; the first of equals."""
        key = (id(value), id(shapes))
        if key in seen:
            return seen[key][1]
        readings = [self._as(value, shape, seen) for shape in shapes]
        best = min(readings, key=lambda reading: _unfitness(value, reading))
        if not best.problems and best.value is not value:
            # What was mended is read as it will be read when it comes mended.
            best = self._best(best.value, shapes, seen)
        seen[key] = (value, best)
        return best

    def _as(self, value: Any, shape: Shape, seen: dict | None) -> Reading:
        """A value as one JSON type; the form of a misplaced container is left open."""
        kind = shape.kind
        if kind is None:
            return _checked(Reading(value, plain_form(value)), shape)
        made = mended(value, kind)
        if not is_kind(made, kind):
            return Reading(value, misplaced_form(value, kind), (Problem("", kind, value),))
        if kind == "array":
            return _checked(self._array(made, shape, seen), shape)
        if kind == "object":
            return _checked(self._object(made, shape, seen), shape)
        form = plain_form(made)
        return _checked(Reading(made, time_form(form) if shape.date_time else form), shape)

    def _array(self, items: Any, shape: Shape, seen: dict | None) -> Reading:
        quick = self._scalars(items, shape)
        if quick is not None:
            return Reading(unless_same(items, quick), list_form(forms_of(quick), shape.unordered))
        made, forms, misfits = [], [], 0
        problems: list[Problem] = []
        for at, item in enumerate(items):
            schema = shape.places[at] if at < len(shape.places) else shape.items
            reading = self.read(item, schema if len(problems) < _MOST_PROBLEMS else ANY, seen)
            made.append(reading.value)
            forms.append(reading.form)
            misfits += reading.misfits
            problems += (p._replace(place=f"[{at}]{p.place}") for p in reading.problems)
        same = unless_same(items, made)
        return Reading(same, list_form(forms, shape.unordered), tuple(problems), misfits)

    def _scalars(self, items: Any, shape: Shape) -> Any:
        """The items mended, where that is simple: all are of one type that says no more."""
        if shape.places:
            return None
        if shape.items is ANY:
            return items
        inner, *others = self._shapes_of(shape.items)
        if others or inner.kind not in CLASSES or inner.date_time or inner.constants is not None:
            return None
        made = [mended(item, inner.kind) for item in items]
        return made if set(map(type, made)) <= CLASSES[inner.kind] else None

    def _object(self, members: Any, shape: Shape, seen: dict | None) -> Reading:
        rules = self._rules_of(shape)
        misfits = sum(name not in members for name in shape.required)
        if not rules and shape.others is ANY:
            return Reading(members, plain_form(members), (), misfits)
        made, forms = {}, []
        problems: list[Problem] = []
        for name, value in members.items():
            known = name in rules
            _, schema, silent = rules[name] if known else (None, shape.others, ())
            if value.__class__ in shape.at_once.get(name, ()):
                made[name] = value
                form = plain_form(value)
                if form not in silent:
                    forms.append((name, form))
                continue
            reading = self.read(value, schema if len(problems) < _MOST_PROBLEMS else ANY, seen)
            made[name] = reading.value
            if reading.form not in silent:
                forms.append((name if known else plain_form(name), reading.form))
            misfits += reading.misfits + (shape.closed and not known)
            problems += (p._replace(place=f".{name}{p.place}") for p in reading.problems)
        same = unless_same(members, made)
        return Reading(same, ("object", frozenset(forms)), tuple(problems), misfits)

    def _rules_of(self, shape: Shape) -> dict[str, Rule]:
        if shape.rules is None:
            properties = as_schema(shape.schema.get("properties")).items()
            shape.at_once = {
                name: CLASSES[schema["type"]]
                for name, schema in properties
                if says_type_only(schema)
            }
            shape.rules = {
                name: self._rule(as_schema(schema), name in shape.required)
                for name, schema in properties
            }
        return shape.rules


def _unfitness(value: Any, reading: Reading) -> tuple[int, ...]:
    """How badly a member of a union fits a value: problems first, then misfits, then mending."""
    if not reading.problems:
        return 0, 0, 0, reading.misfits, reading.value is not value
    misplaced = reading.problems[0].place == ""
    # A number where text is declared can at least be spelled as text.
    spelled = misplaced and reading.form is not UNREAD and reading.form != plain_form(value)
    return 1, misplaced + (misplaced and not spelled), len(reading.problems), reading.misfits, 0


def _checked(reading: Reading, shape: Shape) -> Reading:
    """The reading, with a misfit more where only other constants are allowed."""
    if shape.constants is None or reading.form in shape.constants:
        return reading
    return reading._replace(misfits=reading.misfits + 1)


def plain_form(value: Any) -> Canonical:
    """The canonical form of a value without a schema: typed JSON.

    Example:
        >>> plain_form([1, True]), plain_form(0.1 + 0.2)
        (('list', 1, ('bool', True)), 0.3)
    """
    kind = value.__class__
    if kind is str:
        return value if value.isascii() else normalize("NFC", value)
    if kind is int or value is None:
        return value
    if kind is bool:
        return TRUE if value else FALSE
    if isinstance(value, float):
        return float_form(value)
    if isinstance(value, Mapping):
        return ("object", frozenset((plain_form(k), plain_form(v)) for k, v in value.items()))
    if isinstance(value, list | tuple):
        return ("list", *forms_of(value))
    return plain_form(sorted_set(value)) if isinstance(value, set | frozenset) else value


def forms_of(items: Any) -> Iterable[Canonical]:
    """The canonical forms of items without a schema."""
    kinds = set(map(type, items))
    if kinds <= {int} or (kinds == {str} and all(map(str.isascii, items))):
        return items
    return map(plain_form, items)


@lru_cache(maxsize=4096)
def float_form(value: float) -> Canonical:
    """A number without the noise of binary fractions.

    One that has at most a dozen digits when it is rounded to fifteen is that short one: ``0.1 +
    0.2`` is 0.3. Others are exact, so microseconds of a time stamp stay apart; so are whole numbers
    and fractions of 64, which have no noise.

    Example:
        >>> float_form(0.7999999999999999), float_form(1714640400.123456)
        (0.8, 1714640400.123456)
    """
    if (value * 64.0).is_integer():
        return value
    digits = repr(value)
    if len(digits) > _FIFTEEN:
        text = f"{value:.15g}"
        return float(text) if len(text) <= _SHORT else value
    return value if value == value else ("number", digits)


def list_form(forms: Iterable[Canonical], unordered: bool) -> Canonical:
    """An array's form; where its order says nothing, how often each item is in it."""
    return ("set", frozenset(Counter(forms).items())) if unordered else ("list", *forms)


def time_form(text: str) -> str:
    """A point in time with ``Z`` written as ``+00:00`` and without a fraction of zeros.

    Example:
        >>> time_form("2026-05-02t09:00:00.500Z"), time_form("tomorrow")
        ('2026-05-02T09:00:00.5+00:00', 'tomorrow')
    """
    found = _DATE_TIME.fullmatch(text)
    if not found:
        return text
    fraction = (found[3] or "").rstrip("0").rstrip(".")
    return f"{found[1]}T{found[2]}{fraction}{'+00:00' if found[4] in 'Zz' else found[4]}"


def misplaced_form(value: Any, kind: str) -> Canonical:
    """The form of a value of another type than declared; a container's is left open."""
    if isinstance(value, list | tuple | Mapping | set | frozenset):
        return UNREAD
    if kind == "string" and isinstance(value, int | float):
        return as_text(value)
    if kind == "integer" and isinstance(value, str):
        spelled = number(value)
        return plain_form(value if spelled is UNREAD else spelled)
    return plain_form(value)


def as_text(value: float) -> Canonical:
    """A truth value or a number where text is declared, as JSON would spell it."""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value) if value.is_integer() and abs(value) < 1e15 else value)
    return str(value) if value.bit_length() < _MOST_BITS else value


def mended(value: Any, kind: str) -> Any:
    """A value as a JSON type, where it spells one; else as it came."""
    if kind == "string":
        return value
    if value.__class__ is str:
        spelled = SPELLED[kind](value)
        return value if spelled is UNREAD else spelled
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    return sorted_set(value) if isinstance(value, set | frozenset) else value


def unless_same(before: Any, made: Any) -> Any:
    """What was made of a container; the very one that came if nothing in it was mended."""
    if isinstance(before, Mapping):
        return before if all(made[name] is before[name] for name in before) else made
    return before if all(map(is_, before, made)) else made


def kinds_of(schema: Schema) -> list[str | None]:
    """The JSON types that a plain schema allows; None for anything."""
    kind = schema.get("type")
    if kind is None:
        kind = "object" if schema.get("properties") else "array" if schema.get("items") else None
    kinds = kind if isinstance(kind, list) and kind else [kind]
    return [one if isinstance(one, str) and one in PYTHON_TYPES else None for one in kinds]


def is_kind(value: Any, kind: str) -> bool:
    """Whether a value is of a JSON type; True is no number here, as in JSON Schema."""
    if isinstance(value, bool):
        return kind == "boolean"
    return isinstance(value, PYTHON_TYPES[kind])


def says_type_only(schema: Any) -> bool:
    """Whether a schema is one scalar type, and nothing that picks or changes values."""
    if not isinstance(schema, Mapping) or not isinstance(schema.get("type"), str):
        return False
    return schema["type"] in CLASSES and schema.keys().isdisjoint(_PICKS)


def as_schema(found: Any) -> Schema:
    """A schema; what is none says nothing."""
    return found if found.__class__ is dict or isinstance(found, Mapping) else ANY


def others_of(schema: Schema) -> Schema:
    """The schema of members that are not declared; that of a single name pattern counts, too."""
    if "additionalProperties" not in schema and "patternProperties" not in schema:
        return ANY
    others = schema.get("additionalProperties")
    patterns = as_schema(schema.get("patternProperties"))
    if not isinstance(others, Mapping) and len(patterns) == 1:
        others = next(iter(patterns.values()))
    return as_schema(others)


def required_of(schema: Schema) -> tuple[str, ...]:
    """The names that a schema requires."""
    names = schema.get("required")
    return tuple(filter(is_text, names)) if isinstance(names, list | tuple) else ()


def is_text(value: Any) -> bool:
    """Whether a value is text."""
    return isinstance(value, str)


@lru_cache(maxsize=256)
def plain_classes(kinds: frozenset[str | None]) -> frozenset[type]:
    """The classes whose values have their plain form under these types."""
    if "string" not in kinds:
        text = {str} if None in kinds else set()
        return frozenset(text | {int, float, bool})
    return frozenset(
        {str}
        | ({int} if kinds & {None, "integer", "number"} else set())
        | ({float} if kinds & {None, "number"} else set())
        | ({bool} if kinds & {None, "boolean"} else set())
    )


PLAIN: dict[str | None, frozenset[type]] = {
    kind: plain_classes(frozenset([kind])) for kind in (*PYTHON_TYPES, None)
}
_SAY_MORE = WRAPPERS | {"default", "format"}
_PICKS = WRAPPERS | {"enum", "const", "format"}
_NULL = (None,)
