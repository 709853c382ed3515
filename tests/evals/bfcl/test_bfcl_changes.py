"""Variants of BFCL: the key follows, and the items that can't be changed are left out."""

from collections import Counter

import pytest

pytest.importorskip("bfcl_eval")
pytest.importorskip("tree_sitter")

from official_bfcl import UNREACHABLE, UNREADABLE

from toolrl.cli.main import main
from toolrl.errors import ConfigError
from toolrl.evals.benchmark import evaluate
from toolrl.evals.bfcl.bench import BFCL, BFCLConfig
from toolrl.evals.bfcl.categories import needs_no_call
from toolrl.evals.bfcl.changes import changed, documents_of
from toolrl.evals.bfcl.items import Item, items_of
from toolrl.evals.variants.settings import Variant
from toolrl.runs import SAMPLES, read_lines
from toolrl.types import Message


def run(tmp_path, variant, model="gold", **settings):
    config = BFCLConfig(model, output=str(tmp_path / "run"), variant=variant, **settings)
    scores = evaluate(BFCL(config), config)
    return scores, {row["item"]: row for row in read_lines(tmp_path / "run" / SAMPLES)}


PROMPTS = pytest.mark.parametrize("prompt", ["paper", "bfcl"])


@PROMPTS
@pytest.mark.parametrize(
    "variant",
    [Variant(mask=True), Variant(shuffle=True, distractors=3), Variant(numbers=True),
     Variant(remove=True, mask=True)],
    ids=str,
)  # fmt: skip
def test_the_key_answers_every_variant(tmp_path, prompt, variant):
    scores, rows = run(tmp_path, variant, prompt=prompt, limit=12)
    wrong = {name for name, row in rows.items() if not row["official"]}
    assert wrong <= UNREACHABLE | UNREADABLE
    assert scores["n"] == len(rows) >= 30
    assert scores["recalled"] == 0
    assert scores["variant"] == str(variant)


def test_a_key_of_the_benchmarks_own_names_gets_nothing_where_names_are_masked():
    plain = BFCL(BFCLConfig("gold", categories=["multiple"], limit=20))
    masked = BFCL(BFCLConfig("gold", categories=["multiple"], limit=20, variant=Variant(mask=True)))
    for item in masked.items():
        episode = masked.begin(item)
        assert episode.request()
        episode.receive(plain.begin(item).gold())
        row = episode.row()
        assert (row["official"], row["recalled"]) == (False, 1)


@PROMPTS
def test_a_row_says_which_tools_were_shown_and_under_which_names(prompt):
    plain = BFCL(BFCLConfig("gold", prompt=prompt, limit=2))
    masked = BFCL(BFCLConfig("gold", prompt=prompt, limit=2, variant=Variant(mask=True)))
    for item in plain.items():
        shown = [one.partition("(")[0] for one in plain.begin(item).offered()]
        hidden = [one.partition("(")[0] for one in masked.begin(item).offered()]
        assert shown == [one["name"] for one in item.shown]
        assert len(hidden) == len(shown)
        assert not set(hidden) & set(shown)


def test_where_the_due_tool_is_taken_away_an_empty_answer_is_right_only_officially(tmp_path):
    scores, _ = run(tmp_path, Variant(remove=True), model="empty", categories=["multiple"], limit=9)
    assert scores["official"]["overall"]["value"] == 1.0
    assert scores["strict"]["overall"]["value"] == 0.0


def test_a_removed_tool_is_not_shown_and_others_are(tmp_path):
    for item in items_of("multiple", 30):
        left = changed(item, Variant(remove=True))
        due = {name for call in item.key for name in call}
        assert left is not None
        assert {one["name"] for one in left.shown} == {one["name"] for one in item.shown} - due
    assert all(changed(item, Variant(remove=True)) is None for item in items_of("simple_python", 9))


def test_distractors_are_not_for_items_where_no_call_is_due():
    (item,) = items_of("irrelevance", 1)
    assert changed(item, Variant(distractors=2)) is None
    assert changed(item, Variant(mask=True)) is item


def test_other_numbers_stand_in_question_and_key_and_fit_what_the_tool_takes():
    found = Counter()
    for category in ("simple_python", "multiple", "parallel", "live_simple"):
        for item in items_of(category, 60):
            new = changed(item, Variant(numbers=True, seed=3))
            found[new is not None] += 1
            if new:
                assert new.key != item.key
                assert new.turns[0] != item.turns[0]
                assert new.documents == item.documents
    assert found[True] > 40


@pytest.mark.parametrize(
    ("schema", "left_out"),
    [
        ({"type": "integer"}, False),
        ({"type": "integer", "enum": [7, 8]}, True),
        ({"type": "integer", "maximum": 8}, True),
        ({"type": "integer", "description": "Pages, from 3 to 100."}, True),
        ({"type": "integer", "description": "The maximum is 9."}, True),
        ({"type": "integer", "description": "How many pages."}, False),
    ],
)
def test_a_number_that_is_limited_stays(schema, left_out):
    tool = {"name": "f", "parameters": {"type": "dict", "properties": {"n": schema}}}
    item = Item(
        "1", "simple_python", ((Message("user", "Give me 7 pages."),),), (tool,), (tool,),
        [{"f": {"n": [7]}}], {},
    )  # fmt: skip
    assert (changed(item, Variant(numbers=True)) is None) == left_out


def test_no_item_left_is_said_in_one_line(tmp_path, capsys):
    words = ["eval", "bfcl", "--model", "gold", "categories=[irrelevance]", "variant.remove=true"]
    assert main([*words, "--out", str(tmp_path / "run")]) == 2
    assert "no item can be changed so (variant: remove)" in capsys.readouterr().err
    with pytest.raises(ConfigError):
        run(tmp_path, Variant(remove=True), categories=["multi_turn"], limit=1)


def test_the_tools_of_a_category_have_each_name_once():
    names = [one["name"] for one in documents_of("multiple")]
    assert len(names) == len(set(names)) > 100
    assert all(needs_no_call(name) for name in ("irrelevance", "live_irrelevance"))


def test_bfcls_own_files_are_written_only_where_its_own_key_counts(tmp_path):
    run(tmp_path / "a", Variant(mask=True), categories=["multiple"], limit=2)
    run(tmp_path / "b", Variant(numbers=True), categories=["multiple"], limit=20)
    assert (tmp_path / "a" / "run" / "bfcl").exists()
    assert not (tmp_path / "b" / "run" / "bfcl").exists()
