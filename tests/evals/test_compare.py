"""Two runs side by side: what changed, how sure it is, and when they can't be compared."""

import random

import pytest

pytest.importorskip("bfcl_eval")

from toolrl.cli.main import main
from toolrl.errors import DataError
from toolrl.evals.bfcl.bench import BFCL, BFCLConfig
from toolrl.evals.compare import compare_rows
from toolrl.evals.shares import Observed, change, mcnemar
from toolrl.report.benchmarks import differences
from toolrl.runs import SAMPLES, as_line, read_lines

BENCHMARK = BFCL(BFCLConfig("m", categories=["multiple", "irrelevance"]))


def rows(right, category="multiple", **more):
    return [
        {"item": f"{category}{i}", "category": category, "official": r, "strict": r, **more}
        for i, r in enumerate(right)
    ]


def test_what_is_lost_and_won_is_counted():
    found = compare_rows(BENCHMARK, rows([1, 1, 0, 0, 0]), rows([1, 0, 1, 1, 0]))["official"]
    assert found["categories"]["multiple"] | {"low": 0, "high": 0} == {
        "value": 0.2, "low": 0, "high": 0, "n": 5, "only_before": 1, "only_after": 2
    }  # fmt: skip
    assert found["overall"]["p"] == 1.0


def test_a_run_beside_itself_has_no_difference_but_an_interval():
    found = compare_rows(BENCHMARK, rows([1, 0] * 9), rows([1, 0] * 9))["strict"]["overall"]
    assert found["value"] == 0.0
    assert found["low"] < 0.0 < found["high"]


def test_failed_items_are_left_out_and_counted():
    broken = rows([1, 0, 1])
    broken[0] = {"item": "multiple0", "category": "multiple", "failed": "HTTP 500"}
    found = compare_rows(BENCHMARK, broken, rows([0, 0, 1]))
    assert (found["n"], found["left_out"]) == (2, 1)
    assert found["official"]["overall"]["value"] == 0.0


def test_runs_of_other_items_are_refused():
    with pytest.raises(DataError, match="2 stand in only one"):
        compare_rows(BENCHMARK, rows([1, 0]), rows([1, 0, 1, 1]))


def test_variants_are_compared_on_the_items_that_both_have():
    found = compare_rows(BENCHMARK, rows([1, 0, 1]), rows([0, 0]), variants=True)
    assert (found["n"], found["left_out"], found["only_one"]) == (2, 0, 1)
    assert found["official"]["overall"]["value"] == -0.5


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    draw, covered = random.Random(2), 0
    for _ in range(400):
        changes = draw.choices([-1, 0, 1], [0.05, 0.8, 0.15], k=40)
        found = change(Observed(tuple(map(float, changes)), ("",) * 40))
        covered += found.low <= 0.1 <= found.high
    assert covered / 400 > 0.92


@pytest.mark.parametrize(("lost", "won", "p"), [(0, 0, 1.0), (1, 9, 22 / 1024), (900, 1100, 0.0)])
def test_mcnemar_is_the_binomial_test_of_a_fair_coin(lost, won, p):
    assert mcnemar(lost, won) == pytest.approx(p, abs=1e-4)


def test_items_that_belong_together_are_known_in_differences_and_in_p():
    before, after = rows([0] * 12), rows([1] * 6 + [0] * 6)
    plain = compare_rows(BENCHMARK, before, after)["official"]["overall"]
    grouped = [row | {"group": f"talk {i // 3}"} for i, row in enumerate(after)]
    known = compare_rows(BENCHMARK, before, grouped)["official"]["overall"]
    assert (plain["test"], known["test"]) == ("mcnemar", "sign_flip")
    assert known["value"] == plain["value"] == 0.5
    assert known["low"] < plain["low"]
    assert known["p"] > 0.3 > plain["p"]


def test_p_is_of_the_headline_also_where_the_categories_weigh_otherwise():
    before = rows([1] * 9 + [0] * 91) + rows([0] * 10, "irrelevance")
    after = rows([0] * 100) + rows([1] * 8 + [0] * 2, "irrelevance")
    found = compare_rows(BENCHMARK, before, after)["official"]["overall"]
    assert (found["only_before"], found["only_after"]) == (9, 8)  # pooled: nothing, and lost
    assert (found["test"], found["p"] < 0.05, found["low"] > 0) == ("sign_flip", True, True)
    shown = differences({"official": changes_of(found), "strict": changes_of(found),
                         "only_one": 0, "left_out": 0}, "A", "B")  # fmt: skip
    assert "Sign-flip test of the weighted difference" in shown
    assert "McNemar" not in shown


def changes_of(overall):
    return {"overall": overall, "categories": {}}


@pytest.fixture
def runs(tmp_path):
    folders = [tmp_path / kind for kind in ("empty", "gold")]
    for folder in folders:
        words = ["--model", folder.name, "--out", str(folder), "--limit", "3"]
        assert main(["eval", "bfcl", *words, "categories=[multiple, irrelevance]"]) == 0
    return folders


def test_the_command_compares_two_runs(runs, capsys):
    assert main(["eval", "compare", *map(str, runs)]) == 0
    shown = capsys.readouterr().out
    official, strict = shown[shown.index("official, points") :].split("strict, points of 100")
    assert "0, 3" in next(x for x in official.splitlines() if x.startswith("| multiple "))
    assert "0, 0" in next(x for x in official.splitlines() if x.startswith("| irrelevance "))
    assert "0, 3" in next(x for x in strict.splitlines() if x.startswith("| irrelevance "))


def test_saved_answers_are_judged_again_without_a_model(runs, capsys):
    gold = runs[1]
    before = (gold / SAMPLES).read_text(), (gold / "scores.json").read_text()
    (gold / "scores.json").unlink()
    spoilt = before[0].replace('"official": true', '"official": false', 1)
    (gold / SAMPLES).write_text(spoilt)
    assert main(["eval", "rescore", str(gold)]) == 0
    assert "1 verdicts changed" in capsys.readouterr().out
    assert ((gold / SAMPLES).read_text(), (gold / "scores.json").read_text()) == before
    assert len(list(read_lines(gold / SAMPLES))) == 6


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda answers: answers.append(answers[0]), "is over after 1 of its 2 answers"),
        (lambda answers: answers.clear(), "is not over after its 0 answers"),
    ],
)
def test_answers_that_the_rules_of_today_do_not_fit_are_not_judged_again(
    runs, capsys, change, says
):
    path = runs[1] / SAMPLES
    lines = list(read_lines(path))
    change(lines[2]["answers"])
    path.write_text("".join(map(as_line, lines)))
    kept = path.read_text(), (runs[1] / "scores.json").read_text()
    assert main(["eval", "rescore", str(runs[1])]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert f"{runs[1]}: item {lines[2]['item']} {says}" in said
    assert "evaluate anew in another folder" in said
    assert (path.read_text(), (runs[1] / "scores.json").read_text()) == kept


def test_a_run_that_did_not_end_is_not_judged_again(runs, capsys):
    path = runs[1] / SAMPLES
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:4]))
    assert main(["eval", "rescore", str(runs[1])]) == 2
    assert "no answers to 2 of 6 items yet" in capsys.readouterr().err


def test_a_damaged_row_is_named(runs, capsys):
    path = runs[1] / SAMPLES
    path.write_text(path.read_text().replace("{", "", 1))
    for words in (["rescore", str(runs[1])], ["compare", *map(str, runs)]):
        assert main(["eval", *words]) == 2
        assert "samples.jsonl, row 1: no JSON object" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["compare", "a"], "takes 2 run folder(s)"),
        (["rescore", "nowhere"], "evaluation not found"),
        (["compare", "a", "b", "--limit", "2"], "--limit is not for 'compare'"),
        (["rescore", "a", "--model", "m"], "--model is not for 'rescore'"),
        (["bfcl"], "'bfcl' needs --model"),
    ],
)
def test_a_wrong_word_is_one_line(words, said, capsys):
    assert main(["eval", *words]) == 2
    assert said in capsys.readouterr().err
