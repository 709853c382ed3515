"""A training set by a recipe: everything read is kept or rejected, and the same each time."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from toolrl.config import load_config
from toolrl.data.card import write_card
from toolrl.data.load import read_examples
from toolrl.data.prepare import prepare
from toolrl.data.recipe import DataRecipe, load_recipe
from toolrl.data.write import write_folder
from toolrl.errors import ConfigError, NotFoundError, RunExistsError
from toolrl.types import Example, Message, ToolCall, ToolSpec

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = Path(__file__).parent / "fixtures"
ALL = ("toolace.json", "xlam.json", "hammer.json", "sharegpt.json", "hermes.json", "openai.jsonl")


def recipe(tmp_path, sources, **more):
    import yaml

    file = tmp_path / "recipe.yaml"
    file.write_text(yaml.safe_dump({"out": str(tmp_path / "out"), "sources": sources, **more}))
    return load_recipe([file])


def every_source(**augment):
    return [
        {"source": name.partition(".")[0], "path": str(FIXTURES / name), "augment": augment}
        for name in ALL
    ]


def made_examples(tmp_path, examples):
    file = tmp_path / "made.jsonl"
    file.write_text("".join(json.dumps(example.to_dict()) + "\n" for example in examples))
    return [{"source": "examples", "path": str(file)}]


def calling(number, text=None):
    name = f"tool{number}"
    messages = (Message("user", text or f"Do {number}."),)
    return Example(str(number), (ToolSpec(name),), messages, (ToolCall(name),))


def test_read_is_kept_plus_rejected(tmp_path):
    done = prepare(recipe(tmp_path, every_source()))
    counts = done.tally().counts()
    assert counts["read"] == sum(done.read.values()) == counts["kept"] + counts["rejected"]
    assert counts["kept"] == sum(done.kept.values()) == len(done.train) + len(done.heldout)
    assert all(one.source and one.file and one.row and one.reason for one in done.rejections)


def test_the_same_recipe_gives_the_same_set(tmp_path):
    made = recipe(tmp_path, every_source(mask=0.67, remove_tools=0.5, distractors=2))
    first, second = prepare(made), prepare(made)
    assert (first.train, first.heldout) == (second.train, second.heldout)
    assert write_card(first) == write_card(second)


def test_augmentation_makes_no_rows_and_leaves_held_out_ones_alone(tmp_path):
    plain = prepare(recipe(tmp_path, every_source()))
    changed = prepare(recipe(tmp_path, every_source(mask=1.0, distractors=1)))
    assert changed.heldout == plain.heldout
    assert [e.id for e in changed.train] == [e.id for e in plain.train]
    assert changed.changed["mask"] == sum(bool(e.tools) for e in changed.train)


def test_the_same_prompt_twice_is_kept_once(tmp_path):
    rows = made_examples(tmp_path, [calling(1), calling(1, "do 1"), calling(2)])
    done = prepare(recipe(tmp_path, rows))
    assert done.tally().reasons() == {"the prompt occurred before": 1}
    assert prepare(recipe(tmp_path, rows, dedupe=False)).tally().counts()["kept"] == 3


def test_ids_stay_unique_when_sources_repeat_them(tmp_path):
    done = prepare(recipe(tmp_path, every_source() + every_source(), dedupe=False))
    ids = [example.id for example in done.train + done.heldout]
    assert len(ids) == len(set(ids))


def test_a_benchmark_question_is_left_out_and_named(tmp_path):
    (tmp_path / "bench.txt").write_text("do 2!\n")
    rows = made_examples(tmp_path, [calling(1), calling(2)])
    done = prepare(recipe(tmp_path, rows, decontaminate=[str(tmp_path / "bench.txt")]))
    (rejection,) = done.rejections
    assert rejection.reason == "a question of the decontamination files"
    assert (rejection.row, rejection.detail) == (2, "Do 2.")


def test_long_prompts_and_plain_chat_can_be_left_out(tmp_path):
    chat = Example("c", (), (Message("user", "Hi."),), reply="Hello.")
    rows = made_examples(tmp_path, [calling(1), calling(2, "x" * 500), chat])
    done = prepare(recipe(tmp_path, rows, clean={"max_prompt_chars": 400, "min_tools": 1}))
    assert done.tally().reasons() == {"the prompt is too long": 1, "too few tools": 1}


def test_take_draws_rows_by_the_seed(tmp_path):
    rows = made_examples(tmp_path, [calling(number) for number in range(50)])
    rows[0]["take"] = 10
    taken = [
        sorted(e.id for e in prepare(recipe(tmp_path, rows, seed=seed)).tally().examples)
        for seed in (0, 0, 1)
    ]
    assert len(taken[0]) == 10
    assert taken[0] == taken[1] != taken[2]


def test_the_folder_reads_back_as_it_was_made(tmp_path):
    pytest.importorskip("pyarrow")
    done = prepare(recipe(tmp_path, every_source(mask=0.5)))
    folder = write_folder(done, tmp_path / "out")
    assert read_examples(folder, "train") == done.train
    assert read_examples(folder, "heldout") == done.heldout
    assert load_config(DataRecipe, [folder / "recipe.yaml"]) == done.recipe
    assert sorted(file.name for file in folder.iterdir()) == [
        "card.md",
        "heldout.parquet",
        "recipe.yaml",
        "rejects.jsonl",
        "train.parquet",
    ]


def test_an_existing_folder_is_left_alone_unless_told(tmp_path):
    pytest.importorskip("pyarrow")
    done = prepare(recipe(tmp_path, made_examples(tmp_path, [calling(1)])))
    write_folder(done, tmp_path / "out")
    (tmp_path / "out/mine.txt").write_text("mine")
    with pytest.raises(RunExistsError, match="choose another --out or pass --overwrite"):
        write_folder(done, tmp_path / "out")
    assert (tmp_path / "out/mine.txt").read_text() == "mine"
    write_folder(done, tmp_path / "out", overwrite=True)
    assert not (tmp_path / "out/mine.txt").exists()


def test_a_folder_that_is_no_training_set_is_never_replaced(tmp_path):
    done = prepare(recipe(tmp_path, made_examples(tmp_path, [calling(1)])))
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw/logs.jsonl").write_text("mine")
    with pytest.raises(RunExistsError, match="no training set of ours"):
        write_folder(done, tmp_path / "raw", overwrite=True)
    assert (tmp_path / "raw/logs.jsonl").read_text() == "mine"


def test_a_write_that_fails_leaves_the_old_folder_and_nothing_half(tmp_path):
    pytest.importorskip("pyarrow")
    done = prepare(recipe(tmp_path, made_examples(tmp_path, [calling(1)])))
    write_folder(done, tmp_path / "out")
    done.rejections.append("no rejection")
    with pytest.raises(AttributeError):
        write_folder(done, tmp_path / "out", overwrite=True)
    assert len(read_examples(tmp_path / "out")) == 1
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_dir()) == ["out"]


def test_the_card_accounts_for_everything(tmp_path):
    sources = every_source()
    sources[0]["licence"] = "our own | CC0"
    card = write_card(prepare(recipe(tmp_path, sources)))
    assert "our own \\| CC0" in card
    assert "| toolace | a call that can't be read | 1 |" in card
    assert "| answers with 2 calls |" in card
    assert str(tmp_path) not in card


@pytest.mark.parametrize(
    "row",
    ['{"query": "q", "tools": "[{\\"name\\": \\"f\\"}]", "answers": '
     '"[{\\"name\\": \\"f\\", \\"arguments\\": {\\"n\\": NaN}}]"}',
     '{"query": "q\\ud800", "tools": "[{\\"name\\": \\"f\\"}]", "answers": "[]"}'],
    ids=["NaN", "half of a surrogate pair"],
)  # fmt: skip
def test_what_json_cannot_hold_is_rejected_with_its_reason(tmp_path, row):
    file = tmp_path / "rows.jsonl"
    file.write_text(row + "\n")
    done = prepare(recipe(tmp_path, [{"source": "xlam", "path": str(file)}]))
    assert done.train == done.heldout == []
    assert [one.row for one in done.rejections] == [1]


def test_a_split_by_row_keeps_the_same_tools_on_both_sides(tmp_path):
    tools = (ToolSpec("track", "Where a parcel is."), ToolSpec("refund", "Pay back."))
    sources = made_examples(
        tmp_path,
        [Example(str(n), tools, (Message("user", f"Parcel {n}?"),), (ToolCall("track"),))
         for n in range(20)],
    )  # fmt: skip
    done = prepare(recipe(tmp_path, sources, split={"by": "row", "heldout": 0.2}))
    assert (len(done.train), len(done.heldout), done.rejections) == (16, 4, [])
    assert all(e.tools == tools for e in done.train + done.heldout)
    assert "its tools occur in the training part too" in write_card(done)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("sorces", [], "unknown key 'sorces'; did you mean 'sources'"),
        ("seed", "many", "'seed' must be of type int"),
        ("split", {"heldout": 1.5}, "'split.heldout' must be between 0 and 1"),
        ("split", {"by": "rows"}, "'split.by' must be 'tool' or 'row'"),
        ("sources", [], "'sources' is empty"),
        ("sources", [{"source": "hammer"}], r"'sources\[0\].path' is missing"),
        ("sources", [{"source": "xlam", "take": 0}], "take' must be 1 or more"),
        ("sources", [{"source": "xlam", "augment": {"mask": 2}}], "mask' must be between"),
        ("sources", [{"source": "xlam", "augment": {"mesk": 1}}], "did you mean 'mask'"),
    ],
)
def test_a_mistake_in_a_recipe_is_named(tmp_path, key, value, said):
    with pytest.raises(ConfigError, match=said):
        recipe(tmp_path, **{"sources": every_source(), key: value})


def test_an_unknown_source_is_not_found(tmp_path):
    with pytest.raises(NotFoundError, match="did you mean 'xlam'"):
        recipe(tmp_path, [{"source": "xlamm", "path": "x.json"}])


def test_the_shipped_recipe_loads():
    mix = load_recipe([ROOT / "recipes/data_mix.yaml"], ["seed=3"])
    assert mix.seed == 3
    assert {source.source for source in mix.sources} == {"toolace", "xlam"}


@pytest.mark.parametrize("seed", range(4))
def test_turns_in_rows_of_their_own_stay_with_their_conversation(tmp_path, seed):
    turns = [replace(calling(n), group=f"chat-{n // 4}") for n in range(40)]
    split = {"by": "row", "heldout": 0.5}
    done = prepare(recipe(tmp_path, made_examples(tmp_path, turns), split=split, seed=seed))
    train, heldout = ({e.group for e in part} for part in (done.train, done.heldout))
    assert not train & heldout
    assert train
    assert heldout


def test_conversations_of_two_files_are_two_though_their_rows_have_one_number(tmp_path):
    for number, name in enumerate(("one", "two")):
        turns = [{"role": "user", "content": f"Hi {number}"}, {"role": "assistant", "content": "a"}]
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"messages": turns}))
    sources = [{"source": "openai", "path": str(tmp_path / f"{n}.jsonl")} for n in ("one", "two")]
    done = prepare(recipe(tmp_path, sources))
    groups = {example.group for example in (*done.train, *done.heldout)}
    assert groups == {"openai-1", "openai-1~2"}
