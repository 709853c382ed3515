"""Strict small configuration: dataclasses, YAML files left to right, then ``key=value``.

An unknown key is an error with the nearest known one; a value of the wrong type names its key. A
field annotated ``dict`` is passed on untouched (``trainer:`` goes to the engine as written).
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from toolrl.errors import ConfigError, did_you_mean
from toolrl.files import existing

T = TypeVar("T")
NONE: Any = object()
"""Stands for a key that is not there."""


def load_config(cls: type[T], files: Sequence[str | Path], overrides: Sequence[str] = ()) -> T:
    """Merge YAML files left to right, then ``a.b=value`` overrides, into the dataclass ``cls``.

    Raises:
        NotFoundError: a file is not there.
        ConfigError: bad YAML, an unknown key, a missing or ill-typed value; the message names it.
    """
    merged: dict[str, Any] = {}
    for path in files:
        merged = merge(merged, read_yaml(path))
    for override in overrides:
        merged = merge(merged, parse_override(override))
    return build(cls, merged, where=" + ".join(map(str, files)) or "options")


def read_yaml(path: str | Path) -> dict[str, Any]:
    """The mapping in a YAML file."""
    try:
        value = read_value(existing(path, "recipe").read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: not a text file in UTF-8; give a YAML recipe") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or "check indentation and colons"
        raise ConfigError(f"{path}{place}: not valid YAML: {reason}") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: a recipe is a mapping of keys, not {type(value).__name__}")
    return value


class Loader(yaml.SafeLoader):
    """YAML as people mean it: ``2e-5`` is a number (YAML 1.1 wants ``2.0e-5``), keys stand once."""


class Dumper(yaml.SafeDumper):
    """Quotes the text that this loader would take for a number."""


for side in (Loader, Dumper):
    side.add_implicit_resolver(
        "tag:yaml.org,2002:float",
        re.compile(r"[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+$"),
        list("-+0123456789"),
    )


def construct_mapping(loader: Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    """A mapping; a key that stands twice is a mistake, not the last one's victory."""
    seen = set()
    for key_node, _ in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            continue
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            problem = f"{key!r} can't be a key"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key_node.start_mark)
        if key in seen:
            problem = f"key {key!r} twice"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key_node.start_mark)
        seen.add(key)
    loader.flatten_mapping(node)  # what is merged by << may be given anew
    return {
        loader.construct_object(key, deep=True): loader.construct_object(value, deep=True)
        for key, value in node.value
    }


Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, construct_mapping)


def read_value(text: str) -> Any:
    """One YAML value.

    Example:
        >>> read_value("{learning_rate: 2e-5}")
        {'learning_rate': 2e-05}
    """
    return yaml.load(text, Loader)


def parse_override(text: str) -> dict[str, Any]:
    """``a.b=1`` to ``{"a": {"b": 1}}``; the value is read as YAML.

    Example:
        >>> parse_override("trainer.learning_rate=4e-5")
        {'trainer': {'learning_rate': 4e-05}}
    """
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise ConfigError(f"'{text}' is not an override; write key=value, as trainer.max_steps=10")
    try:
        parsed: Any = read_value(value)
    except yaml.YAMLError:
        raise ConfigError(f"'{text}': the value is not valid YAML; quote it") from None
    for part in reversed(key.split(".")):
        parsed = {part: parsed}
    return parsed


def merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """``over`` laid on ``base``, mapping by mapping."""
    merged = dict(base)
    for key, value in over.items():
        if isinstance(value, Mapping) and isinstance(merged.get(key), Mapping):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = value
    return merged


def build(cls: type[T], values: Mapping[str, Any], where: str, prefix: str = "") -> T:
    """A dataclass from a mapping, strictly."""
    fields = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(cls)
    for key in values:
        if key not in fields:
            raise ConfigError(
                f"{where}: unknown key '{prefix}{key}'{did_you_mean(str(key), fields)}"
            )
    missing = [name for name, field in fields.items() if required(field) and name not in values]
    if missing:
        raise ConfigError(f"{where}: '{prefix}{missing[0]}' is missing; add it to the recipe")
    made = {k: convert(hints[k], v, where, prefix + k) for k, v in values.items()}
    return cls(**made)


def required(field: dataclasses.Field) -> bool:
    """Whether a dataclass field has no default."""
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def convert(hint: Any, value: Any, where: str, key: str) -> Any:
    """A YAML value as the annotated type, or ConfigError naming the key."""
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return convert_union(hint, value, where, key)
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise ConfigError(f"{where}: '{key}' must be a mapping of keys, not {value!r}")
        return build(hint, value, where, key + ".")  # type: ignore[arg-type]
    if origin in (list, tuple):
        if not isinstance(value, list | tuple):
            raise ConfigError(f"{where}: '{key}' must be a list, not {value!r}")
        inner = typing.get_args(hint)[0]
        made = [convert(inner, item, where, f"{key}[{i}]") for i, item in enumerate(value)]
        return tuple(made) if origin is tuple else made
    return convert_scalar(origin or hint, value, where, key)


def convert_union(hint: Any, value: Any, where: str, key: str) -> Any:
    """``X | None`` and the like: the first member that fits."""
    members = typing.get_args(hint)
    if value is None and type(None) in members:
        return None
    errors = []
    for member in members:
        if member is not type(None):
            try:
                return convert(member, value, where, key)
            except ConfigError as error:
                errors.append(error)
    raise errors[0]


def convert_scalar(kind: Any, value: Any, where: str, key: str) -> Any:
    """A whole number is a float too; nothing else is converted."""
    if kind is Any:
        return value
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return dict(value) if kind is dict else value
    name = "a mapping of keys" if kind in (dict, Mapping) else f"of type {kind.__name__}"
    raise ConfigError(f"{where}: '{key}' must be {name}, not {value!r}")


def to_yaml(config: Any) -> str:
    """The resolved configuration as YAML, every key written out; it loads back equal."""
    return yaml.dump(plain(config), Dumper=Dumper, sort_keys=False, allow_unicode=True)


def plain(value: Any) -> Any:
    """Dataclasses, tuples and mappings as plain YAML values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def differences(before: Any, after: Any, key: str = "") -> list[str]:
    """What differs between two plain values, one text a key.

    Example:
        >>> differences({"seed": 1, "data": {"n": 2}}, {"seed": 1, "data": {"n": 3, "k": "a"}})
        ['data.k: (none) → a', 'data.n: 2 → 3']
    """
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return [
            text
            for name in sorted({*before, *after}, key=str)
            for text in differences(
                before.get(name, NONE), after.get(name, NONE), f"{key}.{name}" if key else str(name)
            )
        ]
    return [] if before == after else [f"{key}: {in_words(before)} → {in_words(after)}"]


def in_words(value: Any) -> str:
    """A value as YAML on one short line."""
    if value is NONE:
        return "(none)"
    text = yaml.dump(value, Dumper=Dumper, default_flow_style=True, allow_unicode=True, width=1000)
    text = text.removesuffix("...\n").strip()
    return text if len(text) <= 60 else f"{text[:59]}…"
