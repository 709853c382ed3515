"""What every training asks of TRL's config."""

import pytest

pytest.importorskip("torch")
pytest.importorskip("trl")

from trl import SFTConfig

from toolrl.train.config import DataConfig, SFTTrainConfig
from toolrl.train.engine import engine_config


class OnTwoGPUs(SFTConfig):
    """As on a machine with two GPUs."""

    def __post_init__(self):
        super().__post_init__()
        self._n_gpu = 2


def test_one_process_trains_on_one_gpu_also_where_there_are_more(tmp_path):
    config = SFTTrainConfig(model="m", output=str(tmp_path), data=DataConfig())
    assert engine_config(OnTwoGPUs, config).n_gpu == 1
