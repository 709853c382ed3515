"""Rewards for TRL's trainers: one named function a component, so that the curves come apart.

TRL sums what its reward functions return, so the sum is the total. Every function of one list
shares one scorer: a completion is parsed and compared once, whatever the number of components.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from toolrl.errors import DataError
from toolrl.rewards.reward import ScoringReward
from toolrl.rewards.score import Score

_MOST_KEPT = 8192


class BatchScorer:
    """Scores batches and remembers what it saw, up to a bound.

    Attributes:
        scores: the scores of the last batch, in its order; for callbacks that write samples.
    """

    def __init__(self, reward: ScoringReward, answer_column: str):
        """Wrap a reward; the answers come from a column of that name."""
        self.reward = reward
        self.answer_column = answer_column
        self.scores: list[Score] = []
        self._scored: list[tuple[str, Any, Score]] = []
        self._last: tuple[Any, ...] = ()
        self._kept: dict[tuple[str, str, int], Score] = {}

    def __call__(
        self, completions: Sequence[Any], columns: Mapping[str, Any], step: int
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
        texts = [completion_text(completion) for completion in completions]
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
            completions: texts, or lists of chat messages of which the last assistant's counts.
            completion_ids: not looked at.
            trainer_state: its ``global_step`` drives schedules; without one the step is 0.
            log_extra: not used.
            log_metric: not used.
            columns: the columns of the training rows, among them the answers.

        Raises:
            DataError: there is no answer column, or one of its answers can't be read.
        """
        step = getattr(trainer_state, "global_step", 0) or 0
        scores = self.scorer(completions, columns, int(step))
        return [score.parts[self.__name__].points for score in scores]


def reward_functions(
    reward: ScoringReward, *, answer_column: str = "answer"
) -> list[RewardFunction]:
    r"""TRL reward functions, one a component, for ``GRPOTrainer(reward_funcs=…)``.

    Args:
        reward: from `toolrl.load_reward`.
        answer_column: the column with each row's answer: the JSON of ``Example.to_dict()``, or
            text in the paper's format.

    Example:
        >>> from toolrl import load_reward
        >>> layout, correctness = reward_functions(load_reward("toolrl"))
        >>> answer = "<think> a </think>\n<response> Hi. </response>"
        >>> correctness.__name__, correctness(["?"], [answer], answer=[answer])
        ('correctness', [3.0])
    """
    scorer = BatchScorer(reward, answer_column)
    return [RewardFunction(component, scorer) for component in reward.components]


def completion_text(completion: str | Sequence[Mapping[str, Any]]) -> str:
    """The text of a completion: itself, or the content of its last assistant message.

    Example:
        >>> completion_text([{"role": "assistant", "content": "Hi."}])
        'Hi.'
    """
    if isinstance(completion, str):
        return completion
    said = [message for message in completion if message.get("role") == "assistant"]
    content = said[-1].get("content") if said else ""
    if isinstance(content, list):
        return "".join(part.get("text") or "" for part in content if isinstance(part, Mapping))
    return content or ""
