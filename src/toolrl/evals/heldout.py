"""Held-out evaluation: tasks with tools that training never saw, greedy, with intervals."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from toolrl.data.gym import make_tasks
from toolrl.data.load import read_examples
from toolrl.errors import ConfigError, DataError
from toolrl.evals.summary import summarise
from toolrl.formats import get_format
from toolrl.models.local import LocalModel
from toolrl.models.trained import settle
from toolrl.rewards import load_reward, refuse_moving
from toolrl.rewards.samples import Sample, sample_row
from toolrl.runs import SAMPLES, Run, read_lines
from toolrl.types import Example

FREE = ("batch_size",)


@dataclass(frozen=True)
class HeldoutConfig:
    """What an evaluation is made of.

    Two evaluations compare only if all is equal but ``model``, ``output`` and ``batch_size``.

    Attributes:
        model: as in a training recipe.
        output: the run folder.
        data: an examples file or built folder; its ``heldout`` rows are used. None is the gym.
        n: gym tasks to make, or rows to draw from the file.
        seed: of the tasks; apart from training seeds, so every seed faces the same tasks.
        kinds: gym task kinds and shares; empty is the gym's own mix.
        format: dialect of prompt and answer; None is the one that the model was trained in, if its
            folder says so, else ``paper``.
        reward: preset that scores the answers.
        max_new_tokens: where an answer is cut.
        batch_size: prompts at a time.
    """

    model: str
    output: str = "runs/eval"
    data: str | None = None
    n: int = 240
    seed: int = 20_000
    kinds: dict[str, Any] = field(default_factory=dict)
    format: str | None = None
    reward: str = "toolrl"
    max_new_tokens: int = 128
    batch_size: int = 48


def evaluate_heldout(
    config: HeldoutConfig,
    *,
    resume: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Answer every task greedily, score, and write the run folder; returns ``scores.json``.

    Answers already in ``samples.jsonl`` of a resumed run are not written again. Expected answers
    that are longer than ``max_new_tokens`` can't be reached; they are counted as ``cut_off``.
    """
    config, choice = settle(config)
    score = make_scorer(config)
    Run(config.output).check(config, resume=resume, free=FREE)
    examples = heldout_examples(config)
    model = LocalModel.load(config.model)
    choice.say(config.model)
    with Run.create(config.output, config, resume=resume, free=FREE, facts=choice.note()) as run:
        return answer_all(config, run, model, examples, score, on_progress)


def answer_all(
    config: HeldoutConfig,
    run: Run,
    model: LocalModel,
    examples: Sequence[Example],
    score: Callable[[Example, str], dict[str, Any]],
    on_progress: Callable[[int, int], None] | None,
) -> dict[str, Any]:
    """Answer what is missing, and write the scores of all."""
    keep_whole_batches(run, config.batch_size, len(examples))
    done = answered(run.path, examples)
    todo = [example for example in examples if example.id not in done]
    form = get_format(config.format)

    def keep(positions: Sequence[int], texts: Sequence[str]) -> None:
        rows = [score(todo[i], text) for i, text in zip(positions, texts, strict=True)]
        run.append(SAMPLES, *rows)
        done.update(todo[i].id for i in positions)
        if on_progress:
            on_progress(len(done), len(examples))

    model.generate(
        [form.render_prompt(example) for example in todo],
        max_new_tokens=config.max_new_tokens,
        batch_size=config.batch_size,
        on_batch=keep,
    )
    scores = summarise(list(read_lines(run.path / SAMPLES)))
    scores["cut_off"] = sum(
        model.length(form.render_expected(example)) > config.max_new_tokens for example in examples
    )
    run.write_scores(scores)
    return scores


def keep_whole_batches(run: Run, batch_size: int, n: int) -> None:
    """Drop what a kill left of a half-written batch.

    A batch of other prompts would give the answers other rounding, and now and then another token;
    whole batches make a resumed evaluation the one it would have been.
    """
    path = run.path / SAMPLES
    rows = list(read_lines(path)) if path.exists() else []
    if rows and len(rows) < n:
        path.unlink()
        run.append(SAMPLES, *rows[: len(rows) - len(rows) % batch_size])


def make_scorer(config: HeldoutConfig) -> Callable[[Example, str], dict[str, Any]]:
    """From an example and a text to the row of ``samples.jsonl``.

    ``exact`` is the default reward's, so that it means the same under every reward: exactly the
    expected calls (or none, where none should be made), whatever the format part. ``calls`` is how
    many calls could be read in the answer.

    Raises:
        ConfigError: no such reward or format, or a reward that moves with the training step.
    """
    config, _ = settle(config)
    reward = load_reward(config.reward, format_name=config.format)
    refuse_moving(reward)
    judge = load_reward("toolrl", format_name=config.format)
    parse = get_format(config.format).parse

    def score(example: Example, text: str) -> dict[str, Any]:
        fraction = judge(text, example).parts["correctness"].fraction
        sample = Sample(example, text, reward(text, example))
        calls = len(parse(text).calls)
        return {"exact": fraction == 1.0, "calls": calls, **sample_row(sample)}

    return score


def heldout_examples(config: HeldoutConfig) -> list[Example]:
    """The tasks: made by the gym's held-out split, or the held-out rows of a file."""
    if config.n < 1 or config.batch_size < 1 or config.max_new_tokens < 1:
        raise ConfigError("'n', 'batch_size' and 'max_new_tokens' must be 1 or more")
    if config.data is None:
        return make_tasks(config.seed, config.n, config.kinds or None, split="heldout")
    if config.kinds:
        raise ConfigError("'kinds' is for gym tasks; leave it out with 'data'")
    examples = [example for example in read_examples(config.data) if example.split == "heldout"]
    if not examples:
        raise DataError(
            f"{config.data} has no row with split 'heldout'; make one by `toolrl data build`"
        )
    twice = [id_ for id_, count in Counter(e.id for e in examples).items() if count > 1]
    if twice:
        raise DataError(
            f"{config.data}: the id {twice[0]!r} stands more than once; make ids unique"
        )
    if config.n < len(examples):
        return random.Random(config.seed).sample(examples, config.n)
    return examples


def answered(folder: Path, examples: Sequence[Example]) -> set[str]:
    """Ids of the tasks whose answers are already in the run.

    Raises:
        DataError: they answer other tasks, as when the data was built anew.
    """
    path = folder / SAMPLES
    rows = list(read_lines(path)) if path.exists() else []
    tasks = {example.id: example.to_dict() for example in examples}
    if any(row["answer"] != tasks.get(row["example"]) for row in rows):
        raise DataError(f"{path} answers other tasks than there are now; choose another folder")
    return {row["example"] for row in rows}
