"""Strict small configuration: dataclasses, YAML files left to right, then ``key=value``.

An unknown key is an error with the nearest known one; a value of the wrong type names its key. A
field annotated ``dict`` is passed on untouched (``trainer:`` goes to the engine as written).
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml

from toolrl.errors import ConfigError, did_you_mean
from toolrl.files import existing

T = TypeVar("T")


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
    return build(cls, merged, where=str(files[-1]) if files else "options")


def read_yaml(path: str | Path) -> dict[str, Any]:
    """The mapping in a YAML file."""
    text = existing(path, "recipe").read_text(encoding="utf-8")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{path}{place}: not valid YAML; check indentation and colons") from None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ConfigError(f"{path}: a recipe is a mapping of keys, not {type(value).__name__}")
    return value


def parse_override(text: str) -> dict[str, Any]:
    """``a.b=1`` (or ``--a.b=1``) to ``{"a": {"b": 1}}``; the value is read as YAML.

    Example:
        >>> parse_override("trainer.learning_rate=4e-5")
        {'trainer': {'learning_rate': 4e-05}}
    """
    key, equals, value = text.removeprefix("--").partition("=")
    if not equals or not key:
        raise ConfigError(f"'{text}' is not an override; write key=value, as trainer.max_steps=10")
    try:
        parsed: Any = yaml.safe_load(value)
    except yaml.YAMLError:
        raise ConfigError(f"'{text}': the value is not valid YAML; quote it") from None
    parsed = as_number(parsed)
    for part in reversed(key.split(".")):
        parsed = {part: parsed}
    return parsed


def as_number(value: Any) -> Any:
    """YAML 1.1 reads ``4e-5`` as text; people mean a number."""
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value


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
    """Numbers written as text by YAML 1.1 become numbers; nothing else is converted silently."""
    if kind is Any:
        return value
    if kind is float:
        value = as_number(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return float(value)
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return dict(value) if kind is dict else value
    name = "a mapping of keys" if kind in (dict, Mapping) else f"of type {kind.__name__}"
    raise ConfigError(f"{where}: '{key}' must be {name}, not {value!r}")


def to_yaml(config: Any) -> str:
    """The resolved configuration as YAML, every key written out; it loads back equal."""
    return yaml.safe_dump(plain(config), sort_keys=False, allow_unicode=True)


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
