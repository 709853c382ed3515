"""Strict small configuration."""

from dataclasses import dataclass, field

import pytest
import yaml

from toolrl.config import load_config, to_yaml
from toolrl.errors import ConfigError, NotFoundError


@dataclass(frozen=True)
class Inner:
    size: int = 1
    rate: float = 0.1
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outer:
    model: str
    inner: Inner = field(default_factory=Inner)
    extra: dict = field(default_factory=dict)
    limit: int | None = None


def write(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_files_are_merged_left_to_right_and_then_overridden(tmp_path):
    a = write(tmp_path, "a.yaml", "model: one\ninner: {size: 2, rate: 0.5}\n")
    b = write(tmp_path, "b.yaml", "inner: {size: 3}\n")
    config = load_config(Outer, [a, b], ["inner.rate=4e-5", "limit=7"])
    assert config == Outer("one", Inner(3, 4e-5), limit=7)


def test_the_resolved_copy_loads_back_equal(tmp_path):
    config = Outer("m", Inner(2, 4e-05, ("a",)), {"learning_rate": 4e-05}, 3)
    again = load_config(Outer, [write(tmp_path, "c.yaml", to_yaml(config))])
    assert again == config


def test_text_that_looks_like_a_number_stays_text(tmp_path):
    config = Outer("7e10")
    assert load_config(Outer, [write(tmp_path, "c.yaml", to_yaml(config))]) == config


def test_what_an_anchor_brings_may_be_given_anew(tmp_path):
    path = write(tmp_path, "a.yaml", "extra: {a: &x {p: 1, q: 2}, b: {<<: *x, q: 3}}\nmodel: m\n")
    assert load_config(Outer, [path]).extra["b"] == {"p": 1, "q": 3}


def test_engine_keys_pass_unchanged(tmp_path):
    path = write(tmp_path, "a.yaml", "model: m\nextra: {anything: [1, {deep: true}]}\n")
    assert load_config(Outer, [path]).extra == {"anything": [1, {"deep": True}]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("model: m\ninnner: {}\n", "unknown key 'innner'; did you mean 'inner'"),
        (
            "model: m\ninner: {sise: 1}\n",
            "unknown key 'inner.sise'; did you mean 'inner.size'|'size'",
        ),
        ("inner: {size: 1}\n", "'model' is missing"),
        ("model: m\ninner: {size: many}\n", "'inner.size' must be of type int, not 'many'"),
        ("model: m\ninner: {size: true}\n", "'inner.size' must be of type int"),
        ("model: m\nlimit: x\n", "'limit' must be of type int"),
        ("model: m\ninner: 3\n", "'inner' must be a mapping"),
        ("model: m\ninner: {names: x}\n", "'inner.names' must be a list"),
        ("- a\n", "a recipe is a mapping"),
        ("model: [\n", "not valid YAML"),
    ],
)
def test_a_mistake_names_its_key_and_file(tmp_path, text, message):
    path = write(tmp_path, "bad.yaml", text)
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(Outer, [path])
    assert "bad.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_recipe_is_said(tmp_path):
    with pytest.raises(NotFoundError, match="recipe not found"):
        load_config(Outer, [tmp_path / "none.yaml"])


def test_a_word_that_is_no_override_is_said():
    with pytest.raises(ConfigError, match="write key=value"):
        load_config(Outer, [], ["=3"])


def test_every_recipe_of_the_project_is_short_and_headed(request):
    for path in (request.config.rootpath / "recipes").glob("*.yaml"):
        text = path.read_text()
        assert text.startswith("#"), path
        assert "toolrl " in text.split("\n\n")[0], path
        values = yaml.safe_load(text)  # a study has as many keys as it has arms
        assert (len(values) if "arms" in values else count_keys(values)) <= 25, path


def count_keys(value):
    if isinstance(value, dict):
        return len(value) + sum(count_keys(item) for item in value.values())
    if isinstance(value, list):
        return sum(count_keys(item) for item in value)
    return 0
