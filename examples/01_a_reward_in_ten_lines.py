"""Score what a model wrote, and see why: needs nothing but toolrl."""

from toolrl import Example, Message, ToolCall, ToolSpec, load_reward

weather = ToolSpec(
    "get_weather",
    "Weather of a city.",
    {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "default": 1}},
        "required": ["city"],
    },
)
example = Example(
    id="paris",
    tools=(weather,),
    messages=(Message("user", "What will the weather be in Paris until Thursday?"),),
    calls=(ToolCall("get_weather", {"city": "Paris", "days": 3}),),
)
completion = """<think> I look it up. </think>
<tool_call>
{"name": "get_weather", "parameters": {"city": "Paris", "days": "2"}}
</tool_call>"""

score = load_reward("toolrl")(completion, example)
print(score.explain())
