"""From a name to something that loads."""

import pytest

from toolrl.errors import ConfigError, NotFoundError
from toolrl.models.resolve import resolve_model


def test_a_folder_with_a_config_is_a_model(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    assert resolve_model(str(tmp_path)) == str(tmp_path)


def test_a_hub_name_is_left_as_it_is():
    assert resolve_model("Qwen/Qwen2.5-1.5B-Instruct") == "Qwen/Qwen2.5-1.5B-Instruct"


@pytest.mark.parametrize("name", ["runs/none/model", "./nothing", "/no/such/place", "model"])
def test_a_path_that_is_not_there_is_said(name):
    with pytest.raises(NotFoundError, match="model not found"):
        resolve_model(name)


def test_a_folder_without_weights_is_said(tmp_path):
    with pytest.raises(NotFoundError, match=r"no config\.json"):
        resolve_model(str(tmp_path))


def test_an_unknown_built_in_is_said_with_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'smollm2-135m'"):
        resolve_model("builtin:smollm2")
