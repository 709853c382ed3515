"""The quickstart, end to end with a tiny model: five stages, a table, a picture, and go on."""

import json

import pytest

from toolrl.cli.main import build_parser, main
from toolrl.cli.quickstart import load_recipes

pytest.importorskip("trl")
pytest.importorskip("matplotlib")

DATA = "data: {gym: {n: 4, kinds: {single: 1}}}\nformat: paper-brief\n"
TRAINER = "trainer: {bf16: false, activation_checkpointing: false, max_steps: 1, "
RECIPES = {
    "sft": DATA + TRAINER + "per_device_train_batch_size: 2}\n",
    "grpo": "model: m\n" + DATA + TRAINER
    + "num_generations: 2, per_device_train_batch_size: 4, max_completion_length: 4}\n",
    "eval": "model: m\nn: 2\nformat: paper-brief\nkinds: {single: 1}\nmax_new_tokens: 4\n",
}  # fmt: skip


@pytest.fixture
def words(tiny_model, tmp_path):
    texts = RECIPES | {"sft": f"model: {tiny_model}\n" + RECIPES["sft"]}
    for name, text in texts.items():
        (tmp_path / f"{name}.yaml").write_text(
            text if name == "eval" else f"output: overridden\n{text}"
        )
    options = [word for name in RECIPES for word in (f"--{name}", str(tmp_path / f"{name}.yaml"))]
    return ["quickstart", "--out", str(tmp_path / "out"), *options]


def test_it_ends_in_a_table_and_a_picture_and_is_not_done_twice(words, tmp_path, capsys):
    assert main(words) == 0
    shown = capsys.readouterr().out
    out = tmp_path / "out"
    for part in ("start", "after SFT", "after GRPO", "mean reward", "after GRPO − after SFT"):
        assert part in shown
    assert (out / "curves.png").read_bytes().startswith(b"\x89PNG")
    assert (out / "table.md").read_text() in shown
    before = {path: path.read_text() for path in out.rglob("*.jsonl")}
    rows = before[out / "grpo" / "metrics.jsonl"].splitlines()
    assert [json.loads(row)["step"] for row in rows] == [1]
    assert main(words) == 0
    assert {path: path.read_text() for path in out.rglob("*.jsonl")} == before


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ("output=x", "use --out DIR"),
        ("trainer.max_step=3", "did you mean 'max_steps'"),
        ("data.path=none.jsonl", "exactly one of 'gym' and 'path'"),
    ],
)
def test_a_mistake_is_found_before_the_first_stage(words, tmp_path, capsys, word, says):
    assert main([*words, word]) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_reward_that_cannot_measure_is_found_before_the_first_stage(words, tmp_path, capsys):
    recipe = tmp_path / "eval.yaml"
    recipe.write_text(recipe.read_text() + "reward: toolrl/two_stage\n")
    assert main(words) == 2
    assert "moves with the training step" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_names_no_format_has_the_warm_starts(words, tmp_path):
    for name in RECIPES:
        path = tmp_path / f"{name}.yaml"
        form = "format: hermes" if name == "sft" else ""
        path.write_text(path.read_text().replace("format: paper-brief", form))
    args = build_parser("quickstart").parse_args(words)
    configs = load_recipes(args, tmp_path / "out")
    assert {config.format for config in configs.values()} == {"hermes"}
