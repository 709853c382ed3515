import json
import pickle
from types import SimpleNamespace

import pytest
from reward_strategies import F_CALL as F
from reward_strategies import example, text

from toolrl.errors import ConfigError, DataError
from toolrl.formats import get_format
from toolrl.rewards import load_reward
from toolrl.rewards.trl import completion_text, reward_functions
from toolrl.rewards.verl import compute_score
from toolrl.types import Example, Message, ToolCall, ToolSpec

WRONG = ToolCall("f", {"a": 1, "b": 2, "d": 4})
ROWS = [(text([F]), text([F])), (text([WRONG]), text([F])), ("", text(reply="Hi."))]
COMPLETIONS, ANSWERS = (list(column) for column in zip(*ROWS, strict=True))


def called_like_trl(function, completions=COMPLETIONS, step=0, **columns):
    """With all that the trainer passes; columns it does not know must not matter."""
    return function(
        prompts=["?"] * len(completions),
        completions=completions,
        completion_ids=[[1, 2]] * len(completions),
        trainer_state=SimpleNamespace(global_step=step),
        log_extra=lambda name, values: None,
        log_metric=lambda name, value: None,
        **{"answer": ANSWERS, "kind": ["x"] * len(completions), **columns},
    )


def test_there_is_one_named_function_a_component():
    names = [function.__name__ for function in reward_functions(load_reward("toolrl/length"))]
    assert names == ["format", "correctness", "length"]


def test_the_components_sum_to_the_total():
    reward = load_reward("toolrl")
    columns = [called_like_trl(function) for function in reward_functions(reward)]
    totals = [reward(completion, answer).total for completion, answer in ROWS]
    assert [sum(parts) for parts in zip(*columns, strict=True)] == pytest.approx(totals)
    assert all(isinstance(value, float) for column in columns for value in column)


def test_the_step_drives_the_schedule():
    layout, _ = reward_functions(load_reward("paper/two_stage"))
    assert called_like_trl(layout, step=0)[0] == 1.0
    assert called_like_trl(layout, step=30)[0] == 0.5
    assert layout(["?"], COMPLETIONS[:1], answer=ANSWERS[:1]) == [1.0]


def test_messages_are_as_good_as_text():
    _, correctness = reward_functions(load_reward())
    spoken = [[{"role": "assistant", "content": one}] for one in COMPLETIONS]
    assert called_like_trl(correctness, spoken) == called_like_trl(correctness)
    parts = [[{"role": "assistant", "content": [{"type": "text", "text": COMPLETIONS[0]}]}]]
    assert called_like_trl(correctness, parts, answer=ANSWERS[:1]) == [3.0]
    assert called_like_trl(correctness, [[]], answer=ANSWERS[:1]) == [-3.0]


def test_an_answer_may_be_the_json_of_an_example():
    _, correctness = reward_functions(load_reward(), answer_column="gold")
    gold = [json.dumps(example([F]).to_dict())]
    assert called_like_trl(correctness, COMPLETIONS[:1], gold=gold) == [3.0]


def test_the_last_batch_is_kept_for_callbacks_and_shared():
    layout, correctness = reward_functions(load_reward())
    called_like_trl(layout)
    assert next(score.total for score in correctness.scores) == 4.0
    assert len(layout.scores) == len(ROWS)


def test_every_component_uses_the_same_scoring():
    counted = []
    inner = load_reward()

    def reward(completion, answer, step=0):
        counted.append(completion)
        return inner(completion, answer, step)

    reward.components, reward.format_name = inner.components, inner.format_name
    for function in reward_functions(reward):
        called_like_trl(function)
    assert len(counted) == len(ROWS)


def test_functions_can_be_pickled():
    for function in pickle.loads(pickle.dumps(reward_functions(load_reward("paper/length")))):
        assert len(called_like_trl(function)) == len(ROWS)


def test_a_missing_column_is_the_users_mistake():
    layout, _ = reward_functions(load_reward(), answer_column="gold")
    with pytest.raises(DataError, match="no column 'gold'"):
        called_like_trl(layout)


@pytest.mark.parametrize("name", ["toolrl", "toolrl/length", "paper/dynamic_length"])
def test_verl_gets_the_same_keys_for_every_row(name):
    rows = [compute_score("any", c, a, {"global_steps": None}, reward=name) for c, a in ROWS]
    keys = ("score", *load_reward(name).components)
    assert all(tuple(row) == keys for row in rows)
    assert all(row["score"] == pytest.approx(sum(row.values()) / 2) for row in rows)


def test_verl_hands_the_step_over_in_its_extra_info():
    def layout(extra_info):
        row = compute_score("any", text([F]), text([F]), extra_info, reward="paper/two_stage")
        return row["format"]

    assert layout({"global_steps": 30}) == 0.5
    assert layout({"global_steps": 3}) == layout({}) == layout(None) == 1.0


def test_verl_passes_what_a_reward_model_needs_and_we_do_not_look_at_it():
    row = compute_score(
        data_source="x",
        solution_str=text([F]),
        ground_truth=json.dumps(example([F]).to_dict()),
        extra_info={"index": 3},
        reward_router_address="http://127.0.0.1:1",
        reward_model_tokenizer=object(),
    )
    assert row == {"score": 4.0, "format": 1.0, "correctness": 3.0}


def test_options_of_the_reward_are_verls_reward_kwargs():
    loose = text([F]).replace("<think>", "<think><think>")
    plain = compute_score("any", loose, text([F]))
    assert compute_score("any", loose, text([F]), strict=True)["score"] < plain["score"]
    long = compute_score("any", text([F]), text([F]), reward="toolrl/length", length_words=1)
    default = compute_score("any", text([F]), text([F]), reward="toolrl/length")
    assert long["length"] > default["length"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"format_nam": "hermes"}, r"no option 'format_nam'; did you mean 'format_name'\?"),
        ({"lenght_words": 3}, r"no option 'lenght_words'; did you mean 'length_words'\?"),
        ({"zzz": 1}, "no option 'zzz'; known: format_name"),
        ({"length_words": 3}, "has no length part"),
    ],
)
def test_an_option_that_nothing_reads_is_refused(options, said):
    with pytest.raises(ConfigError, match=said):
        compute_score("any", text([F]), text([F]), **options)


def parsed(**fields):
    """A message as TRL parses it, with a call of the clock or not."""
    return [{"role": "assistant", "content": "", **fields}]


CLOCK_CALL = {"type": "function", "function": {"name": "clock", "arguments": {}}}


def test_a_thought_that_trl_took_out_of_harmony_is_no_part_of_the_words():
    row = Example("1", (ToolSpec("clock"),), (Message("user", "Hi"),), reply="Hello.")
    message = parsed(thinking="I need no clock().", content="Hello.")
    text = completion_text(message, get_format("gpt-oss"))
    score = load_reward("toolrl", format_name="gpt-oss")(text, row)
    assert score.total == 4.0, score.explain()
    done = get_format("gpt-oss").parse(text)
    assert (done.thought, done.reply) == ("I need no clock().", "Hello.")


@pytest.mark.parametrize("name", ["qwen3-coder", "hermes", "deepseek", "paper"])
def test_a_parsed_call_stands_behind_a_thought_that_the_prompt_opened(name):
    row = Example("1", (ToolSpec("clock"),), (Message("user", "Time?"),), (ToolCall("clock"),))
    reward = load_reward("toolrl", format_name=name, thought_open=True)
    answer = [json.dumps(row.to_dict())]
    message = parsed(tool_calls=[CLOCK_CALL])  # TRL leaves out an empty thought
    parts = [f([None], [message], answer=answer)[0] for f in reward_functions(reward)]
    assert sum(parts) == 4.0
