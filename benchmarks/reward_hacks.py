"""A search for holes in the default reward: answers that earn more, or less, than they are worth.

    python benchmarks/reward_hacks.py [--minutes 1] [--seed 0] [--formats paper,hermes]

Three searches take turns, for each format:

- *steps*: a right answer is changed step by step. The oracle knows what each step does: another
  order must not move the score; a wrong value, a key too many, a needless call, a guess in another
  syntax, the answer twice, words around it or a marker anywhere must not raise it.
- *characters*: right answers with a few characters lost, doubled or put in. All points are due
  only where each expected name and value still stands in the text.
- *abstentions*: a call in a syntax that is put together from what syntaxes are made of. None is
  an abstention.

The last line is one JSON object with the number of answers tried and of findings.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from toolrl.formats import FORMAT_NAMES, get_format
from toolrl.rewards import load_reward
from toolrl.types import Example, Message, ToolCall, ToolSpec

ASKED = (Message("user", "Go on."),)


def spec(name: str, **types: str) -> ToolSpec:
    properties = {key: {"type": kind} for key, kind in types.items()}
    return ToolSpec(name, "A tool.", {"type": "object", "properties": properties})


TOOLS = (
    spec("convert_currency", amount="number", source="string", target="string"),
    spec("get_user", user_id="integer"),
    spec("send_note", to="string", text="string", tags="array", extra="object"),
    spec("clock"),
)
WORDS = ("SEK", "PLN", "Ada", "row {1}", 'say "hi"', "a, b", "it's", "x=1); g(", "</tool>", "[1]")


def value_for(kind: str, rng: random.Random) -> object:
    return {
        "number": lambda: rng.randrange(1000) / 4,
        "integer": lambda: rng.randrange(10_000),
        "string": lambda: f"{rng.choice(WORDS)}{rng.randrange(100)}",
        "array": lambda: [rng.choice(WORDS), rng.randrange(100)],
        "object": lambda: {"k": rng.choice(WORDS), "n": [rng.randrange(100)]},
    }[kind]()


def make_call(rng: random.Random, tool: ToolSpec | None = None) -> ToolCall:
    tool = tool or rng.choice(TOOLS)
    return ToolCall(tool.name, {k: value_for(s["type"], rng) for k, s in tool.properties.items()})


@dataclass(frozen=True)
class Answer:
    """A right answer, its calls and its text changed so far."""

    form: str
    row: Example
    calls: tuple[ToolCall, ...]
    reply: str = ""
    broken: tuple[str, ...] = ()

    def text(self) -> str:
        text = get_format(self.form).render_answer("Hm.", self.calls, self.reply)
        for change in self.broken:
            before, _, after = change.partition("\0")
            text = text.replace(before, after, 1) if before else text + after
        return text


def counts(calls: tuple[ToolCall, ...]) -> Counter[str]:
    return Counter(call.name for call in calls)


def shuffle(answer: Answer, rng: random.Random) -> Answer:
    calls = [
        ToolCall(c.name, dict(rng.sample(sorted(c.arguments.items()), len(c.arguments))))
        for c in answer.calls
    ]
    rng.shuffle(calls)
    return replace(answer, calls=tuple(calls))


def wrong_value(answer: Answer, rng: random.Random) -> Answer:
    at = rng.randrange(len(answer.calls))
    call = answer.calls[at]
    if not call.arguments:
        return answer
    key = rng.choice(sorted(call.arguments))
    wrong = ToolCall(call.name, {**call.arguments, key: f"wrong-{rng.random()}"})
    return replace(answer, calls=(*answer.calls[:at], wrong, *answer.calls[at + 1 :]))


def needless_call(answer: Answer, rng: random.Random) -> Answer:
    expected = counts(answer.row.calls)
    given = counts(answer.calls)
    enough = [tool for tool in TOOLS if given[tool.name] >= max(1, expected[tool.name])]
    if not enough:
        return answer
    more = make_call(rng, rng.choice(enough))
    again = [call for call in answer.row.calls if call.name == more.name]
    more = rng.choice([more, *again])
    at = rng.randrange(len(answer.calls) + 1)
    return replace(answer, calls=(*answer.calls[:at], more, *answer.calls[at:]))


def extra_key(answer: Answer, rng: random.Random) -> Answer:
    at = rng.randrange(len(answer.calls))
    call = answer.calls[at]
    wrong = ToolCall(call.name, {**call.arguments, f"k{rng.randrange(1000)}": 1})
    return replace(answer, calls=(*answer.calls[:at], wrong, *answer.calls[at + 1 :]))


OTHER_SYNTAXES = (
    "{name}({python})",
    "[{name}({python})]",
    '{{"name": "{name}", "arguments": {json}}}',
    '<tool_call>\n{{"name": "{name}", "arguments": {json}}}\n</tool_call>',
    "<function={name}>{json}</function>",
    "[TOOL_CALLS]{name}[ARGS]{json}",
    "Action: {name}\nAction Input: {json}",
)


def guess_elsewhere(answer: Answer, rng: random.Random) -> Answer:
    """A call that is expected, or a guess, in a syntax that this format does not read."""
    call = rng.choice([*answer.row.calls, make_call(rng)])
    python = ", ".join(f"{k}={v!r}" for k, v in call.arguments.items())
    said = rng.choice(OTHER_SYNTAXES).format(
        name=call.name, python=python, json=json.dumps(dict(call.arguments))
    )
    return replace(answer, broken=(*answer.broken, f"\0\n{said}"))


# What may stand around a name, its keys and their values in a syntax that somebody makes up.
LEADS = ("", "call ", "I call ", "Tool: ", "> ", "- ", "1. ", "@", "$ ", "Use ")
JOINTS = (
    " ",
    ": ",
    "\n",
    ":\n",
    " -> ",
    "\n\n",
    " with ",
    " with arguments ",
    " | ",
    "?",
    " - ",
    "/",
)
BRACKETS = (("(", ")"), ("{", "}"), ("[", "]"), ("<", ">"), ("", ""))
ASSIGNMENTS = ("=", ": ", " = ", " -> ", ":", " := ", "=>")
SEPARATORS = (", ", "\n", "; ", " ", "&", "\n- ", ",\n  ", " | ")


def answer_again(answer: Answer, rng: random.Random) -> Answer:
    return replace(answer, broken=(*answer.broken, f"\0\n{answer.text()}"))


def words_around(answer: Answer, rng: random.Random) -> Answer:
    text = answer.text()
    words = rng.choice(("Sure!", "```\n", "1. ", "</s>", "So: ", "\u200b", "<answer>"))
    around = (f"{text}\0{words}{text}", f"\0{words}", f"\0\n{words}\n")
    return replace(answer, broken=(*answer.broken, rng.choice(around)))


def marker_put_in(answer: Answer, rng: random.Random) -> Answer:
    """One of the format's own markers where a line, a word or a tag begins."""
    text = answer.text()
    marker = rng.choice(sorted(get_format(answer.form).markers))
    at = rng.choice([found.start() for found in re.finditer(r"^|[<\s\[({]|$", text)])
    put_in = f"{text}\0{text[:at]}{marker}{text[at:]}"
    return replace(answer, broken=(*answer.broken, put_in))


NEUTRAL: dict[str, Callable] = {"shuffle": shuffle}
HARMFUL: dict[str, Callable] = {
    "wrong value": wrong_value,
    "needless call": needless_call,
    "extra key": extra_key,
}
IN_TEXT: dict[str, Callable] = {
    "guess elsewhere": guess_elsewhere,
    "answer again": answer_again,
    "words around": words_around,
    "marker put in": marker_put_in,
}


class Search:
    def __init__(self, form: str, seed: int):
        self.form = form
        self.rng = random.Random(f"{form} {seed}")
        self.reward = load_reward("toolrl", format_name=form)
        self.tried = 0
        self.found: dict[str, str] = {}

    def total(self, text: str, row: Example) -> float:
        self.tried += 1
        return self.reward(text, row).total

    def note(self, kind: str, what: str) -> None:
        if kind not in self.found:
            self.found[kind] = what
            print(f"== {self.form}: {kind}\n{what}\n", flush=True)

    def row(self) -> Example:
        calls = tuple(make_call(self.rng) for _ in range(self.rng.randint(1, 3)))
        return Example("1", TOOLS, ASKED, calls=calls)

    def steps(self) -> None:
        row = self.row()
        answer = Answer(self.form, row, row.calls)
        before = self.total(answer.text(), row)
        if before != 4.0:
            self.note("right answer below 4", answer.text())
        for _ in range(self.rng.randrange(4)):
            harmful = self.rng.random() < 0.7
            name, change = self.rng.choice(sorted((HARMFUL if harmful else NEUTRAL).items()))
            changed = change(answer, self.rng)
            after = self.total(changed.text(), row)
            if after > before + 1e-9:
                self.note(f"{name} raises the score", f"{before} -> {after}\n{changed.text()}")
            if not harmful and abs(after - before) > 1e-9:
                self.note(f"{name} moves the score", f"{before} -> {after}\n{changed.text()}")
            answer, before = changed, after
        made_up = any(key[0] == "k" for call in answer.calls for key in call.arguments)
        if made_up or counts(answer.calls) != counts(row.calls):
            return  # what is too much costs less where it can't be read any more, as it should
        name, change = self.rng.choice(sorted(IN_TEXT.items()))
        changed = change(answer, self.rng)
        after = self.total(changed.text(), row)
        if after > before + 1e-9:
            said = f"{before} -> {after}\n{answer.text()}\n-- becomes --\n{changed.text()}"
            self.note(f"{name} raises the score", said)

    def characters(self) -> None:
        row = self.row()
        text = get_format(self.form).render_expected(row)
        for _ in range(self.rng.randint(1, 3)):
            at = self.rng.randrange(len(text))
            text = self.rng.choice(
                [
                    text[:at] + text[at + 1 :],
                    text[:at] + text[at] + text[at:],
                    text[:at] + self.rng.choice("{}[]\"'(),:;\n<>= ") + text[at:],
                ]
            )
        total = self.total(text, row)
        plain = squeeze(text)
        for call in row.calls:
            for part in (call.name, *leaves(dict(call.arguments))):
                if total == 4.0 and squeeze(str(part)) not in plain:
                    self.note(f"4.0 without {part!r}", text)
        if total > 4.0 or total < -3.0:
            self.note("outside the range", text)

    def abstentions(self) -> None:
        call = make_call(self.rng, TOOLS[0])
        draw = self.rng.choice
        joint, (opening, closing), sign = draw(JOINTS), draw(BRACKETS), draw(ASSIGNMENTS)
        quote, mark, between = draw(("", '"', "'", "`")), draw(("", "**", "`")), draw(SEPARATORS)
        given = between.join(
            f"{quote}{key}{quote}{sign}{json.dumps(value)}" for key, value in call.arguments.items()
        )
        text = f"{draw(LEADS)}{mark}{call.name}{mark}{joint}{opening}{given}{closing}"
        row = Example("1", TOOLS, ASKED, reply="No tool fits.")
        wrapped = text
        if self.form.startswith("paper"):
            wrapped = f"<think> t </think>\n<response> {text} </response>"
        if self.total(wrapped, row) > 3:
            self.note(f"passes for a reply: NAME{joint}{opening}KEY{sign}", text)


def leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in leaves(one)]
    if isinstance(value, list):
        return [leaf for one in value for leaf in leaves(one)]
    return [value]


def squeeze(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]", "", text.replace("\\u003c", "<").replace(".0", ""))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--formats", default=",".join(FORMAT_NAMES))
    given = parser.parse_args()
    searches = [Search(form, given.seed) for form in given.formats.split(",")]
    stop = time.monotonic() + 60 * given.minutes
    while time.monotonic() < stop:
        for search in searches:
            for _ in range(50):
                search.steps()
                search.characters()
                search.abstentions()
    tried = sum(search.tried for search in searches)
    print(json.dumps({"tried": tried, "found": {one.form: len(one.found) for one in searches}}))


if __name__ == "__main__":
    main()
