"""Examples of every shape, for the laws of augmentation and splitting."""

from hypothesis import strategies as st

from toolrl.types import Example, Message, ToolCall, ToolSpec

NAMES = ["Get Rain", "get_rain", "zoo.find", "a", "Likes (2022)", ".Cz", "now", "stop's"]


@st.composite
def tools(draw, names=NAMES):
    properties = {
        name: {"type": "string"}
        for name in draw(st.lists(st.sampled_from(["x", "type", "a b"]), unique=True))
    }
    required = (
        draw(st.lists(st.sampled_from(sorted(properties)), unique=True)) if properties else []
    )
    schema = {"type": "object", "properties": properties, "required": required}
    return ToolSpec(draw(st.sampled_from(names)), draw(st.sampled_from(["", "d", "e"])), schema)


@st.composite
def examples(draw, names=NAMES, key="e"):
    """An example whose calls, now and before, name offered tools."""
    listed = draw(st.lists(tools(names), min_size=1, max_size=4))
    offered = tuple({tool.name: tool for tool in listed}.values())

    def call():
        tool = draw(st.sampled_from(offered))
        return ToolCall(tool.name, {name: draw(st.integers(0, 3)) for name in tool.properties})

    messages = (Message("user", draw(st.sampled_from(["Rain?", "Now?"]))),)
    if draw(st.booleans()):
        before = call()
        result = Message("tool", f'[{{"name": "{before.name}"}}]', name=before.name)
        messages += (Message("assistant", tool_calls=(before,)), result)
    calls = tuple(call() for _ in range(draw(st.integers(0, 2))))
    reply = "" if calls else f"I would call `{offered[0].name}`."
    kind = {0: "reply", 1: "single"}.get(len(calls), "parallel")
    return Example(key, offered, messages, calls, reply, kind=kind, source="made")


def fits(example):
    """Whether every call, now and before, names an offered tool and its parameters."""
    before = [call for message in example.messages for call in message.tool_calls]
    return all(
        example.tool(call.name) and set(call.arguments) <= set(example.tool(call.name).properties)
        for call in [*example.calls, *before]
    )
