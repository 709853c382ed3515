"""The page in a real browser, where there is one: its script, its links, and hostile text."""

import json
import re
import shutil
import subprocess
from urllib.parse import quote

import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("jinja2")

from toolrl.report.gather import gather
from toolrl.report.page import write_page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

EVIL = "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>"


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    rows = [
        {
            "step": i, "example": str(i), "kind": "single" if i % 2 else "no_tool",
            "completion": EVIL, "total": i / 10, "parts": {}, "explanation": f"{EVIL}\n  a: 1 same",
            "issues": [f"line 1: bad_json: {EVIL}"] if i % 3 == 0 else [],
            "answer": {
                "tools": [{"name": EVIL}], "messages": [{"role": "user", "content": EVIL}],
                "calls": [{"name": EVIL, "arguments": {"a": EVIL}}], "reply": EVIL,
            },
        }
        for i in range(50)
    ]  # fmt: skip
    (folder / "samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    folder.rename(folder.parent / "run")
    gathered = gather([folder.parent / "run"])
    return write_page(gathered, [], [], folder.parent / "p.html", title="A page", most=100)


def dom(page, tmp_path, link=""):
    """The page's HTML after its script has run."""
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
        "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=3000",
        "--dump-dom", f"file://{page}{link}",
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def test_answers_are_shown_twenty_at_a_time_and_text_of_models_does_nothing(page, tmp_path):
    found = dom(page, tmp_path)
    assert found.count("<article") == 20
    assert ">50 answers<" in found
    assert "page 1 of 3" in found
    assert "<title>A page</title>" in found
    assert "<img" not in found
    assert '<span class="good">  a: 1 same' in found


@pytest.mark.parametrize(
    ("link", "count"),
    [
        ("#kind=no_tool", 25),
        ("#issue=bad_json", 17),
        ("#issue=(none)&kind=single", 17),
        ("#from=10&to=19", 10),
        ("#low=4", 10),
        ("#low=1&high=1.5&kind=single", 3),
    ],
)
def test_a_link_is_a_selection(page, tmp_path, link, count):
    assert f">{count} answers<" in dom(page, tmp_path, link)


def test_a_link_to_an_answer_opens_the_page_it_stands_on(page, tmp_path):
    label = quote(str(page.parent / "run"))  # of one run the whole path
    found = dom(page, tmp_path, f"#order=high&run={label}&open={label}:5")
    assert "page 3 of 3" in found
    (opened,) = re.findall(r'<article class="open">.*?</article>', found, re.S)
    assert "step 5<" in opened
    assert "+0.50" in opened


def test_a_link_to_an_answer_that_is_not_there_says_so(page, tmp_path):
    assert "elsewhere:7 is not in this page" in dom(page, tmp_path, "#open=elsewhere:7")
