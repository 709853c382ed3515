"""How fast the default reward is: rows a second on one core, and 200 by 200 calls of one tool.

    python benchmarks/reward_speed.py [--rows 8192] [--rounds 9]

Every completion is a different text and is parsed; the answers are examples with tool schemas, one
for eight completions, as in a training step, and each is prepared once. Rounds are repeated and
the best counts; ``rows_per_second`` and ``ms_200x200`` are CPU time of this one process, so that a
busy machine does not blur them, and the wall clock stands beside each. Each timing of the matching
is 200 expected against 200 predicted calls; ``ms_200x200`` is the slowest case. The last line is
one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Iterator

from toolrl.formats import get_format
from toolrl.rewards import load_reward
from toolrl.rewards.matching import best_pairs
from toolrl.types import Example, Message, ToolCall, ToolSpec

GROUP = 8
WORDS = (
    "river",
    "amber",
    "north",
    "cedar",
    "lumen",
    "delta",
    "quartz",
    "harbor",
    "willow",
    "ember",
)
KINDS = {
    "integer": lambda dice: dice.randrange(1000),
    "number": lambda dice: dice.randrange(1000) / 8,
    "string": lambda dice: " ".join(dice.sample(WORDS, 2)),
    "boolean": lambda dice: dice.random() < 0.5,
}


def make_tool(dice: random.Random, number: int) -> ToolSpec:
    names = dice.sample(WORDS, dice.randint(1, 4))
    properties = {name: {"type": dice.choice(list(KINDS))} for name in names}
    schema = {"type": "object", "properties": properties, "required": names[:1]}
    return ToolSpec(f"{dice.choice(WORDS)}_{number}", "A tool.", schema)


def make_call(dice: random.Random, tool: ToolSpec) -> ToolCall:
    return ToolCall(
        tool.name, {k: KINDS[schema["type"]](dice) for k, schema in tool.properties.items()}
    )


def make_example(dice: random.Random, number: int) -> Example:
    tools = tuple(make_tool(dice, i) for i in range(4))
    calls = tuple(make_call(dice, dice.choice(tools)) for _ in range(dice.randint(1, 3)))
    return Example(f"bench-{number}", tools, (Message("user", "Go on."),), calls=calls)


def make_completion(dice: random.Random, example: Example, number: int) -> str:
    """Half of them perfect, the others with a wrong value, a missing argument or a broken line."""
    calls = list(example.calls)
    quality = dice.random()
    at = dice.randrange(len(calls))
    if quality < 0.25:
        calls[at] = make_call(dice, example.tool(calls[at].name))
    elif quality < 0.4:
        kept = list(calls[at].arguments.items())[1:]
        calls[at] = ToolCall(calls[at].name, dict(kept))
    text = get_format("paper").render_answer(f"Step {number}, so I call.", calls, "")
    return text.replace("}}\n", "}\n", 1) if quality > 0.9 else text


def make_rows(rows: int) -> Iterator[tuple[str, Example]]:
    dice = random.Random(7)
    for number in range(rows):
        if number % GROUP == 0:
            example = make_example(dice, number)
        yield make_completion(dice, example, number), example


def best_seconds(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """CPU seconds of this process and wall seconds, each the best of the rounds."""
    cpu, wall = [], []
    for _ in range(rounds):
        cpu_before, wall_before = time.process_time(), time.perf_counter()
        work()
        cpu.append(time.process_time() - cpu_before)
        wall.append(time.perf_counter() - wall_before)
    return min(cpu), min(wall)


def score_all(work: list[tuple[str, Example]]) -> None:
    reward = load_reward("toolrl")
    for completion, example in work:
        reward(completion, example)


MAKERS: dict[str, Callable[[random.Random, int, int], dict]] = {
    "all different": lambda dice, i, side: {"a": (side, i), "b": (side, i)},
    "one argument in common": lambda dice, i, side: {"a": 1, "b": (side, i)},
    "few values": lambda dice, i, side: {k: dice.randrange(6) for k in "abc"} | {"u": (side, i)},
    "eight arguments": lambda dice, i, side: {k: dice.randrange(10) for k in "abcdefgh"},
    "four optional": lambda dice, i, side: {
        k: dice.randrange(5) for k in dice.sample("abcd", dice.randint(1, 4))
    },
    "eight optional": lambda dice, i, side: {
        k: dice.randrange(5) for k in dice.sample("abcdefgh", dice.randint(1, 8))
    },
    "twenty optional": lambda dice, i, side: {
        k: dice.randrange(5) for k in dice.sample("abcdefghijklmnopqrst", dice.randint(1, 20))
    },
}


def milliseconds(
    make: Callable[[random.Random, int, int], dict], rounds: int
) -> tuple[float, float]:
    """CPU and wall time for 200 expected and 200 predicted calls of one tool."""
    dice = random.Random(3)
    expected, predicted = ([make(dice, i, side) for i in range(200)] for side in (0, 1))
    cpu, wall = best_seconds(lambda: best_pairs(expected, predicted), rounds)
    return cpu * 1000, wall * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=8192)
    parser.add_argument("--rounds", type=int, default=9)
    args = parser.parse_args()
    work = list(make_rows(args.rows))
    cpu, wall = best_seconds(lambda: score_all(work), args.rounds)
    print(f"default reward on one core, parsing included, {args.rows} different completions,")
    print(f"best of {args.rounds}: {args.rows / cpu:,.0f} rows a CPU second, ", end="")
    print(f"{args.rows / wall:,.0f} rows a wall second")
    times = {name: milliseconds(make, args.rounds) for name, make in MAKERS.items()}
    for name, (in_cpu, in_wall) in times.items():
        print(f"200 x 200 calls of one tool, {name}: {in_cpu:.1f} ms CPU, {in_wall:.1f} ms wall")
    figures = {
        "rows_per_second": round(args.rows / cpu),
        "rows_per_wall_second": round(args.rows / wall),
        "ms_200x200": round(max(in_cpu for in_cpu, _ in times.values()), 1),
        "wall_ms_200x200": round(max(in_wall for _, in_wall in times.values()), 1),
        "ms_200x200_by_case": {name: round(in_cpu, 1) for name, (in_cpu, _) in times.items()},
        "rows": args.rows,
        "rounds": args.rounds,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
