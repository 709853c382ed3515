"""The page: what stands in it, and that nothing a model wrote is read as HTML."""

import json
import re
import shutil
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("matplotlib")
pytest.importorskip("jinja2")

from toolrl.cli.main import main
from toolrl.errors import NotFoundError
from toolrl.report.arms import tables_of, write_tables
from toolrl.report.bands import draw_band, figures_of, panels_of, points, write_bands
from toolrl.report.gather import gather
from toolrl.report.page import notes_of, script_json, write_page
from toolrl.runs import Run

EVIL = "</script><script>document.title='owned'</script><img src=x onerror=alert(1)>&amp;"


def write(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def step(number):
    return {
        "step": number, "loss": 0.1, "reward": number / 3, "rewards/format/mean": 0.5,
        "groups": 4, "zero_std_groups": number % 4, "samples": 8, "entropy": 0.3,
    }  # fmt: skip


def sample(number, text="<think> a </think>", **more):
    answer = {
        "tools": [{"name": "f", "description": EVIL, "parameters": {"properties": {}}}],
        "messages": [{"role": "user", "content": EVIL}], "calls": [],
    }  # fmt: skip
    return {
        "example": str(number), "kind": "single", "completion": text, "total": number - 2.0,
        "parts": {}, "issues": ["line 1: bad_json: x"] if number % 2 else [], "answer": answer,
        "explanation": '  city: "Oslo" same\n  days: 3 expected, 2 predicted', **more,
    }  # fmt: skip


@pytest.fixture
def study(tmp_path):
    arms = {
        "base": {"against": []},
        "one": {"against": ["base"]},
        "two": {"against": ["base"]},
    }
    folder = tmp_path / "study"
    for arm in arms:
        for seed in (1, 2):
            train = folder / arm / f"seed-{seed}" / "train"
            write(train / "metrics.jsonl", [step(i) for i in range(1, 4 + seed)])
            write(train / "samples.jsonl", [sample(i, EVIL, step=i) for i in range(5)])
    (folder / "study.json").write_text(json.dumps({"model": "m", "arms": arms}))
    return folder


def page(gathered, tmp_path, most=3):
    tables, curves = tables_of(gathered), [("t", b"png")]
    out = write_page(gathered, tables, curves, tmp_path / "p.html", title=EVIL, most=most)
    return out.read_text(encoding="utf-8")


def test_what_a_model_wrote_cannot_become_part_of_the_page(study, tmp_path):
    text = page(gather([study]), tmp_path)
    assert "<img" not in text.replace('<figure class="wide"><img src="data:', "")
    assert text.count("<script") == text.count("</script>") == 2
    assert "owned" in text
    (data,) = re.findall(r'id="data">(.*?)</script>', text, re.S)
    assert json.loads(data)["samples"][0]["completion"] == EVIL


TEXTS = st.one_of(
    st.text(st.characters(codec=None)),
    st.sampled_from(["\ud83d", "\ude00\ud83d", "\0", "\u2028\u2029", "<!--<script>", EVIL, "]]>"]),
)


@settings(max_examples=50, deadline=None)
@given(TEXTS, TEXTS)
def test_any_text_of_a_model_is_in_the_page_as_it_is(tmp_path_factory, text, asked):
    folder = tmp_path_factory.mktemp("page")
    row = sample(1, text, issues=[text], explanation=f": {text}", step=1)
    row["answer"]["messages"][0]["content"] = asked
    with Run.create(folder / "run", {}) as run:
        run.append("metrics.jsonl", step(1))
        run.append("samples.jsonl", row)
        run.write_scores({"collapsed": text})
    gathered = gather([folder / "run"])
    write_tables(tables_of(gathered), folder)
    shown = page(gathered, folder)
    (data,) = re.findall(r'id="data">(.*?)</script>', shown, re.S)
    (kept,) = json.loads(data)["samples"]
    (example,) = json.loads(data)["examples"]
    assert (kept["completion"], kept["explanation"]) == (whole(text), f": {whole(text)}")
    assert kept["issues"] == [whole(text)]
    assert example["messages"][0]["content"] == whole(asked)
    assert shown.count("<script") == shown.count("</script>") == 2


def whole(text):
    """Two halves of a pair that meet are its character, in JSON."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


def test_the_page_fetches_nothing(study, tmp_path):
    text = page(gather([study]), tmp_path)
    assert not re.search(r"(src|href)\s*=\s*[\"'](?!data:|#)", text)
    assert "default-src 'none'" in text


def test_it_says_how_many_answers_are_left_out_and_an_example_stands_once(study, tmp_path):
    text = page(gather([study]), tmp_path)
    assert "18 of 30 answers are in this page" in text
    data = json.loads(re.findall(r'id="data">(.*?)</script>', text, re.S)[0])
    assert len(data["examples"]) == 1
    assert {one["run"] for one in data["samples"]} == set(range(6))


def test_a_running_run_with_half_a_line_is_read(study, tmp_path):
    path = study / "one" / "seed-1" / "train" / "samples.jsonl"
    path.write_text(path.read_text() + '{"example": "9", "comp')
    assert "Not finished: " in page(gather([study]), tmp_path)


def test_arms_that_are_compared_with_one_stand_beside_it(study, tmp_path):
    gathered = gather([study])
    (alone, together) = figures_of(gathered)
    assert list(alone[1]) == ["base"]
    assert list(together[1]) == ["base", "one", "two"]
    titles = panels_of(together[1])
    assert list(titles) == [
        "reward", "rewards/format/mean", "zero_share", "entropy",
    ]  # fmt: skip
    assert points(together[1]["one"][0], "zero_share") == {1: 0.25, 2: 0.375, 3: 0.5, 4: 0.375}
    drawn = write_bands(gathered, tmp_path / "pictures")
    assert [png[:4] for _, png in drawn] == [b"\x89PNG"] * 2
    assert sorted(p.name for p in (tmp_path / "pictures").iterdir()) == [
        "curves-1.png", "curves-2.png",
    ]  # fmt: skip


def test_many_arms_are_cut_into_pictures_of_eight_lines(study):
    config = json.loads((study / "study.json").read_text())
    for i in range(9):
        config["arms"][f"x{i}"] = {"against": ["base"]}
        write(study / f"x{i}" / "seed-1" / "train" / "metrics.jsonl", [step(1)])
    (study / "study.json").write_text(json.dumps(config))
    sizes = [len(arms) for _, arms in figures_of(gather([study]))]
    assert sizes == [1, 8, 5]


def test_a_folder_that_is_nothing_of_ours_is_said(tmp_path):
    (tmp_path / "charts").mkdir()
    (tmp_path / "charts" / "config.yaml").write_text("a: 1")
    with pytest.raises(NotFoundError, match="is no run and no study, and holds none"):
        gather([tmp_path])


STAGES = ["eval-start", "sft", "eval-after-sft", "grpo", "eval-after-grpo"]


@pytest.fixture
def quickstart(tmp_path):
    """A folder as the quickstart leaves it, with other things in it."""
    folder = tmp_path / "quickstart"
    for number, name in enumerate(STAGES):
        with Run.create(folder / name, {"seed": 1}) as run:
            run.append("samples.jsonl", sample(number))
            if "eval" not in name:
                run.append("metrics.jsonl", step(1))
        (folder / name / "model").mkdir()
        (folder / name / "model" / "config.yaml").write_text("")
    (folder / "table.md").write_text("x")
    shutil.copytree(folder / "sft", folder / ".old" / "sft")
    return folder


def test_a_folder_of_runs_stands_for_the_runs_in_it_in_their_order(quickstart):
    assert [run.label for run in gather([quickstart]).runs] == STAGES
    both = gather([quickstart, quickstart / "grpo"]).runs
    assert [run.label for run in both] == STAGES


def test_a_run_in_another_format_than_its_models_is_noted(quickstart, tmp_path):
    choices = {
        "own": {"name": "paper", "own": "paper"},
        "other": {"name": "paper", "own": "hermes"},
    }
    for name, choice in choices.items():
        Run.create(tmp_path / "x" / name, {}, facts={"format": choice}).close()
    notes = notes_of(gather([quickstart, tmp_path / "x"]).runs)
    (note,) = [one for one in notes if "another format" in one]
    assert "other (in paper; the model's own is hermes)" in note


def test_studies_and_runs_deep_in_a_folder_are_found(study, quickstart, tmp_path):
    found = gather([tmp_path])
    assert len(found.runs) == len(STAGES) + 6
    assert list(found.arms) == ["base", "one", "two"]


def test_the_report_of_the_quickstarts_folder_is_written_and_written_anew(quickstart, capsys):
    for _ in range(2):
        assert main(["report", str(quickstart)]) == 0
    assert "eval-after-grpo" in (quickstart / "report.html").read_text(encoding="utf-8")


def test_files_that_are_no_page_of_ours_are_replaced_only_when_told(quickstart, tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    for name in ("report.md", "curves-9.png", "curves-of-mine.png"):
        (out / name).write_text("mine")
    assert main(["report", str(quickstart), "--out", str(out)]) == 2
    assert "holds curves-9.png, report.md," in (said := capsys.readouterr().err)
    assert "--overwrite" in said
    assert (out / "report.md").read_text() == "mine"
    assert not (out / "report.html").exists()
    assert main(["report", str(quickstart), "--out", str(out), "--overwrite"]) == 0
    assert (out / "curves-of-mine.png").read_text() == "mine"
    assert not (out / "curves-9.png").exists()


def test_json_in_a_script_element_reads_back_the_same():
    assert json.loads(script_json({"a": EVIL})) == {"a": EVIL}
    assert "<" not in script_json({"a": EVIL})


def test_a_seed_that_has_come_less_far_does_not_cut_the_others(study):
    short = study / "one" / "seed-1" / "train" / "metrics.jsonl"
    short.write_text(short.read_text().splitlines()[0] + "\n")
    drawn = []
    axis = SimpleNamespace(
        plot=lambda steps, *_, **__: drawn.append(steps), fill_between=lambda *_, **__: None
    )
    runs = [run for run in gather([study]).runs if run.arm == "one"]
    draw_band(axis, "C0", [points(run, "reward") for run in runs], "reward")
    assert drawn == [[1, 2, 3, 4, 5]]


def test_two_studies_with_arms_of_one_name_are_told_apart(study, tmp_path):
    shutil.copytree(study, tmp_path / "other")
    found = gather([study, tmp_path / "other"])
    assert len(found.arms) == 6
    assert len({run.label for run in found.runs}) == len(found.runs) == 12


def test_an_evaluation_beside_a_study_has_its_line(study, tmp_path):
    value = {"value": 1.0, "low": 0.5, "high": 1.5, "n": 9}
    one = {
        "note": "", "seeds": [1], "by_seed": [{"reward": 1.0}],
        "figures": dict.fromkeys(("reward", "exact", "format"), value),
        "differences": {"base": {"reward": value}},
    }  # fmt: skip
    results = {"arms": {"one": one}, "missing": {"two": [1, 2]}}
    (study / "results.json").write_text(json.dumps(results))
    alone = tmp_path / "eval"
    scores = {"reward": value, "exact": value, "parts": {}, "exact_by_kind": {}, "n": 9}
    write(alone / "samples.jsonl", [sample(1)])
    (alone / "scores.json").write_text(json.dumps(scores))
    tables = tables_of(gather([study, alone]))
    assert [table["title"] for table in tables] == [
        "Arms", "Differences", "To call or not to call", "Evaluations",
    ]  # fmt: skip
    assert "two (1, 2)" in tables[0]["text"]
    assert tables[3]["rows"][0][0] == "eval"
    text = write_tables(tables, tmp_path / "out")
    assert "one − base" in text
    assert (tmp_path / "out" / "report.md").read_text() == text
    assert (
        'Differences,one − base,"+1.00 [+0.50, +1.50]"'
        in (tmp_path / "out" / "report.csv").read_text()
    )


def test_older_answers_without_an_explanation_show_their_parts(tmp_path):
    row = sample(1, parts={"format": {"fraction": 1.0, "points": 1.0}})
    del row["explanation"]
    write(tmp_path / "run" / "samples.jsonl", [row])
    text = page(gather([tmp_path / "run"]), tmp_path)
    assert "format: +1.00" in text


def test_what_json_does_not_know_is_null(tmp_path):
    row = sample(1)
    row["answer"]["tools"][0]["parameters"] = {"default": float("nan")}
    write(tmp_path / "run" / "samples.jsonl", [row])
    text = page(gather([tmp_path / "run"]), tmp_path)
    data = json.loads(re.findall(r'id="data">(.*?)</script>', text, re.S)[0])
    assert data["examples"][0]["tools"][0]["parameters"] == {"default": None}
