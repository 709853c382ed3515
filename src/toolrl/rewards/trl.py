"""Rewards for TRL's trainers: one named function a component, so that the curves come apart.

TRL sums what its reward functions return, so the sum is the total. Every function of one list
shares one scorer: a completion is parsed and compared once, whatever the number of components.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from toolrl.errors import DataError
from toolrl.formats import get_format
from toolrl.formats.base import OPEN_THOUGHT, Format
from toolrl.formats.issues import IssueLog
from toolrl.formats.json_calls import read_call
from toolrl.rewards.reward import ScoringReward
from toolrl.rewards.score import Score
from toolrl.types import ToolCall

_MOST_KEPT = 8192


class BatchScorer:
    """Scores batches and remembers what it saw, up to a bound.

    Attributes:
        scores: the scores of the last batch, in its order; for callbacks that write samples.
    """

    def __init__(
        self,
        reward: ScoringReward,
        answer_column: str,
        decode: Callable[[Sequence[int]], str] | None = None,
    ):
        """Wrap a reward; the answers come from a column of that name, texts from their tokens."""
        self.decode = decode
        self.reward = reward
        self.answer_column = answer_column
        self._form = get_format(reward.format_name)
        self.scores: list[Score] = []
        self._scored: list[tuple[str, Any, Score]] = []
        self._last: tuple[Any, ...] = ()
        self._kept: dict[tuple[str, str, int], Score] = {}

    def __call__(
        self,
        completions: Sequence[Any],
        columns: Mapping[str, Any],
        step: int,
        completion_ids: Sequence[Sequence[int]] | None = None,
    ) -> list[Score]:
        """The scores of a batch.

        Raises:
            DataError: there is no answer column, or one of its answers can't be read.
        """
        if self.answer_column not in columns:
            raise DataError(
                f"the training rows have no column {self.answer_column!r}; add it with the JSON of "
                "each example, or pass answer_column="
            )
        answers = list(columns[self.answer_column])
        if self.decode and completion_ids is not None:
            texts = [self.decode(ids) for ids in completion_ids]
        else:
            is_open = getattr(self.reward, "thought_open", False)
            texts = [completion_text(c, self._form, thought_open=is_open) for c in completions]
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self.scores = [
            self._score(text, answer, step) for text, answer in zip(texts, answers, strict=True)
        ]
        self._record(texts, answers, completions)
        return self.scores

    def drain(self) -> list[tuple[str, Any, Score]]:
        """Text, answer and score of everything scored since the last call, each batch once."""
        scored, self._scored = self._scored, []
        return scored

    def _record(self, texts: list[str], answers: list[Any], completions: Sequence[Any]) -> None:
        """Keep a batch once, though each component asks for its scores."""
        if self._last and self._last[0] is completions:
            return
        self._last = (completions,)
        self._scored = [*self._scored, *zip(texts, answers, self.scores, strict=True)][-_MOST_KEPT:]

    def _score(self, completion: str, answer: Any, step: int) -> Score:
        if not isinstance(answer, str):  # an Example or its dict can't be a key
            return self.reward(completion, answer, step)
        key = completion, answer, step
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = self.reward(completion, answer, step)
        return found

    def __getstate__(self) -> dict[str, Any]:
        """A copy starts empty."""
        return {**self.__dict__, "scores": [], "_scored": [], "_last": (), "_kept": {}}


class RewardFunction:
    """One component of a reward, in the form that TRL calls.

    Attributes:
        __name__: the component; TRL names its metrics after it.
        scorer: shared by all components of one reward.
    """

    def __init__(self, component: str, scorer: BatchScorer):
        """Take one component out of the scores of a scorer."""
        self.__name__ = component
        self.scorer = scorer

    @property
    def scores(self) -> list[Score]:
        """The scores of the last batch, with all components."""
        return self.scorer.scores

    def __call__(
        self,
        prompts: Sequence[Any],
        completions: Sequence[Any],
        completion_ids: Sequence[Any] | None = None,
        *,
        trainer_state: Any = None,
        log_extra: Any = None,
        log_metric: Any = None,
        **columns: Any,
    ) -> list[float]:
        """The points of this component for each completion of a batch.

        Args:
            prompts: not looked at.
            completions: texts, or lists of chat messages (`completion_text`).
            completion_ids: the tokens of the completions, for a reward that decodes them itself.
            trainer_state: its ``global_step`` drives schedules; without one the step is 0.
            log_extra: not used.
            log_metric: not used.
            columns: the columns of the training rows, among them the answers.

        Raises:
            DataError: there is no answer column, or one of its answers can't be read.
        """
        step = getattr(trainer_state, "global_step", 0) or 0
        scores = self.scorer(completions, columns, int(step), completion_ids)
        return [score.parts[self.__name__].points for score in scores]


def reward_functions(
    reward: ScoringReward,
    *,
    answer_column: str = "answer",
    decode: Callable[[Sequence[int]], str] | None = None,
) -> list[RewardFunction]:
    r"""TRL reward functions, one a component, for ``GRPOTrainer(reward_funcs=…)``.

    Args:
        reward: from `toolrl.load_reward`.
        answer_column: the column with each row's answer: the JSON of ``Example.to_dict()``, or
            text in the paper's format.
        decode: from the tokens of a completion to its text, in place of TRL's decoding, which
            leaves special tokens out: those that some families put around calls, too
            (`toolrl.models.answer_text`).

    Example:
        >>> from toolrl import load_reward
        >>> layout, correctness = reward_functions(load_reward("toolrl"))
        >>> answer = "<think> a </think>\n<response> Hi. </response>"
        >>> correctness.__name__, correctness(["?"], [answer], answer=[answer])
        ('correctness', [3.0])
    """
    scorer = BatchScorer(reward, answer_column, decode)
    return [RewardFunction(component, scorer) for component in reward.components]


def completion_text(
    completion: str | Sequence[Mapping[str, Any]], form: Format, *, thought_open: bool = False
) -> str:
    """What a model wrote, whether TRL gives text or messages that it has parsed.

    Where a tokenizer has a response template, TRL takes the calls and the thought out of the text.
    Here they are put back in the format's own syntax, so a message earns what its text would. Of
    several assistant messages (TRL's loop with tools) all calls count, and the last one's words.

    Args:
        completion: text, or chat messages.
        form: the format that completions are written in.
        thought_open: whether prompts end in an opened thought. Then a message without a thought
            never got out of it, unless it has calls.

    Example:
        >>> from toolrl.formats import get_format
        >>> call = {"type": "function", "function": {"name": "now", "arguments": {}}}
        >>> message = {"role": "assistant", "content": "", "tool_calls": [call]}
        >>> print(completion_text([message], get_format("hermes")))
        <tool_call>
        {"name": "now", "arguments": {}}
        </tool_call>
    """
    if isinstance(completion, str):
        return completion
    said = [message for message in completion if message.get("role") == "assistant"]
    thoughts = [thought for thought in map(_thought_of, said) if thought is not None]
    content = _content_of(said[-1]) if said else ""
    parsed = [call for message in said for call in message.get("tool_calls") or ()]
    if OPEN_THOUGHT not in form.markers and (thoughts or parsed):  # it knows no such tag
        own = form.read(content)
        calls = (*map(_call_of, parsed), *own.calls)
        thought = thoughts[0] if thoughts else ""
        closed = "".join(form.thoughts[0]) if thought_open and not thought else ""
        return closed + form.render_answer(thought, calls, own.reply or "")
    if parsed and thought_open and not thoughts:
        thoughts = [""]  # TRL leaves out an empty thought, and reads calls behind it
    opened = f"{OPEN_THOUGHT}{thoughts[0]}</think>\n" if thoughts else ""
    if not parsed:
        return opened + content
    own = form.read(content)
    calls = (*map(_call_of, parsed), *own.calls)
    reply = content if own.reply is None and not own.calls else own.reply or ""
    written = form.render_answer("", calls, reply)
    if form.demands_thought:  # the format would write an empty one, and the model wrote its own
        written = written.partition("</think>")[2].lstrip()
    return opened + written


def _content_of(message: Mapping[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, list):
        return "".join(part.get("text") or "" for part in content if isinstance(part, Mapping))
    return content


def _thought_of(message: Mapping[str, Any]) -> str | None:
    found = (message.get(key) for key in ("reasoning_content", "thinking", "reasoning"))
    return next((thought for thought in found if isinstance(thought, str)), None)


def _call_of(parsed: Mapping[str, Any]) -> ToolCall:
    """A parsed call; one without a name has none in the text either, where it counts as lost."""
    return read_call(parsed, "arguments", IssueLog(""), 0) or ToolCall("", {})
