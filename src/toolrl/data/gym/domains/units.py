"""Conversions between units."""

from __future__ import annotations

from typing import Literal

from toolrl.data.gym.domain import Domain
from toolrl.data.gym.phrases import asked
from toolrl.data.gym.slots import decimal, other_than, pick, whole
from toolrl.tools import ToolFailure

_METRES = {"meters": 1.0, "feet": 0.3048, "miles": 1609.344, "kilometers": 1000.0, "inches": 0.0254}
_GRAMS = {"grams": 1.0, "kilograms": 1000.0, "pounds": 453.592, "ounces": 28.3495}
_LITRES = {"liters": 1.0, "cups": 0.24, "gallons": 3.78541, "pints": 0.473176}
_EUROS = {"EUR": 1.0, "USD": 0.92, "GBP": 1.17, "JPY": 0.0061, "CHF": 1.04}
_EUROS |= {"NOK": 0.086, "PLN": 0.23, "CAD": 0.67, "AUD": 0.61, "THB": 0.026, "TRY": 0.027}
_COMMON = ("EUR", "USD", "GBP", "JPY", "CHF")
_SHARES = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}


def _convert(table: dict[str, float], value: float, source: str, target: str) -> float:
    return round(value * table[source] / table[target], 4)


class Units(Domain):
    """Nothing to remember: every tool computes."""

    @asked(
        "Convert {value} {source} to {target}.",
        "How many {target} are {value} {source}?",
        "What is {value} {source} in {target}?",
        "I need {value} {source} in {target}.",
        goal="convert a length",
        rivals=("multiply",),
        slots={
            "value": decimal(2, 400),
            "source": pick(*_METRES),
            "target": other_than("source", pick(*_METRES)),
        },
        many=("Convert {*}.", "{value} {source} to {target}"),
        missing={"target": ("Convert {value} {source}.", "To which unit?")},
    )
    def convert_length(
        self,
        value: float,
        source: Literal["meters", "feet", "miles", "kilometers", "inches"],
        target: Literal["meters", "feet", "miles", "kilometers", "inches"],
    ) -> float:
        """Convert a length."""
        return _convert(_METRES, value, source, target)

    @asked(
        "Convert {value} {source} to {target}.",
        "How many {target} are {value} {source}?",
        "What is {value} {source} in {target}?",
        "I need the weight of {value} {source} in {target}.",
        goal="convert a weight",
        rivals=("multiply",),
        slots={
            "value": decimal(2, 400),
            "source": pick(*_GRAMS),
            "target": other_than("source", pick(*_GRAMS)),
        },
        many=("Convert {*}.", "{value} {source} to {target}"),
        missing={"target": ("Convert {value} {source}.", "To which unit?")},
    )
    def convert_weight(
        self,
        value: float,
        source: Literal["grams", "kilograms", "pounds", "ounces"],
        target: Literal["grams", "kilograms", "pounds", "ounces"],
    ) -> float:
        """Convert a weight."""
        return _convert(_GRAMS, value, source, target)

    @asked(
        "Convert {degrees} degrees to {target}.",
        "What are {degrees} degrees in {target}?",
        "I have {degrees} degrees, give it in {target}.",
        "Turn {degrees} degrees into {target}.",
        goal="convert a temperature",
        rivals=("multiply",),
        slots={"degrees": whole(-20, 110)},
        many=("Convert {*}.", "{degrees} degrees to {target}"),
        missing={
            "degrees": (
                "Convert a temperature to {target}.",
                "I have a temperature and need it in {target}.",
                "How many degrees?",
            )
        },
    )
    def convert_temperature(
        self, degrees: float, target: Literal["celsius", "fahrenheit"]
    ) -> float:
        """Convert a temperature to celsius or fahrenheit."""
        return round((degrees - 32) / 1.8 if target == "celsius" else degrees * 1.8 + 32, 2)

    @asked(
        "Convert {amount} {source} to {target}.",
        "How much is {amount} {source} in {target}?",
        "Exchange {amount} {source} into {target}, what do I get?",
        "I have {amount} {source}. What is it worth in {target}?",
        goal="convert a currency",
        rivals=("multiply",),
        slots={
            "amount": decimal(5, 900),
            "source": pick(*_COMMON),
            "target": other_than("source", pick(*_COMMON)),
        },
        many=("Convert {*}.", "{amount} {source} to {target}"),
        missing={
            "target": ("Convert {amount} {source}.", "To which currency?"),
            "amount": ("Convert {source} to {target}.", "What amount should I convert?"),
        },
    )
    def convert_currency(self, amount: float, source: str, target: str) -> float:
        """Convert money between currencies."""
        if source not in _EUROS or target not in _EUROS:
            raise ToolFailure(f"known currencies: {', '.join(_EUROS)}")
        return _convert(_EUROS, amount, source, target)

    @asked(
        "Convert {value} {source} to {target}.",
        "How many {target} are {value} {source}?",
        "What is {value} {source} in {target}?",
        "I need {value} {source} of water in {target}.",
        goal="convert a volume",
        rivals=("multiply",),
        slots={
            "value": decimal(2, 90),
            "source": pick(*_LITRES),
            "target": other_than("source", pick(*_LITRES)),
        },
        many=("Convert {*}.", "{value} {source} to {target}"),
        missing={"target": ("Convert {value} {source}.", "To which unit?")},
        heldout=True,
    )
    def convert_volume(
        self,
        value: float,
        source: Literal["liters", "cups", "gallons", "pints"],
        target: Literal["liters", "cups", "gallons", "pints"],
    ) -> float:
        """Convert a volume."""
        return _convert(_LITRES, value, source, target)

    @asked(
        "How many seconds are {value} {source}?",
        "Convert {value} {source} to seconds.",
        "Give me {value} {source} in seconds.",
        "What is {value} {source} in seconds?",
        goal="convert a time to seconds",
        rivals=("multiply",),
        slots={"value": whole(2, 80), "source": pick("minutes", "hours", "days")},
        many=("Give {*} in seconds.", "{value} {source}"),
    )
    def to_seconds(self, value: float, source: Literal["minutes", "hours", "days"]) -> float:
        """Seconds in a span of time."""
        return value * _SHARES[source]
