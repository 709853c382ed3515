"""What every training asks of TRL's config."""

from dataclasses import dataclass

import pytest

pytest.importorskip("torch")
pytest.importorskip("trl")

from trl import SFTConfig

from toolrl.errors import ConfigError, did_you_mean
from toolrl.train.config import DataConfig, SFTTrainConfig
from toolrl.train.engine import as_known, check_trainer_keys, engine_config, trainer_mistakes


class OnTwoGPUs(SFTConfig):
    """As on a machine with two GPUs."""

    def __post_init__(self):
        super().__post_init__()
        self._n_gpu = 2


def test_one_process_trains_on_one_gpu_also_where_there_are_more(tmp_path):
    config = SFTTrainConfig(model="m", output=str(tmp_path), data=DataConfig())
    assert engine_config(OnTwoGPUs, config).n_gpu == 1


@dataclass
class Older:
    """A config of transformers 5.17."""

    gradient_checkpointing: bool = True
    learning_rate: float = 1.0


@dataclass
class Newer(Older):
    """One of 5.23: both names, the older one an alias."""

    activation_checkpointing: bool | None = None


GIVEN = {"activation_checkpointing": False, "learning_rate": 0.1}


def test_a_recipe_keeps_its_keys_where_an_older_release_has_other_names():
    check_trainer_keys(Older, GIVEN)
    assert as_known(Older, GIVEN) == {"gradient_checkpointing": False, "learning_rate": 0.1}
    assert as_known(Newer, GIVEN) == GIVEN
    both = GIVEN | {"gradient_checkpointing": True}
    assert not Older(**as_known(Older, both)).gradient_checkpointing


def test_what_trl_says_of_a_value_is_the_recipes_mistake(tmp_path):
    with pytest.raises(ConfigError, match=r"^trainer: .*sometimes"), trainer_mistakes():
        SFTConfig(output_dir=str(tmp_path), save_strategy="sometimes")
    with pytest.raises(ConfigError, match=r"^trainer: .*unexpected keyword"), trainer_mistakes():
        SFTConfig(output_dir=str(tmp_path), no_such_key=1)


def test_a_mistake_of_our_own_is_shown_whole():
    with pytest.raises(TypeError) as caught, trainer_mistakes():
        did_you_mean(1, ["one"])
    assert not isinstance(caught.value, ConfigError)
    with pytest.raises(TypeError), trainer_mistakes():
        did_you_mean("one", 1)
