"""Sums, averages and percentages."""

from __future__ import annotations

import statistics

from toolrl.data.gym.domain import Domain
from toolrl.data.gym.phrases import asked
from toolrl.data.gym.slots import decimal, several, whole
from toolrl.tools import ToolFailure

_LIST = several(decimal(2, 90), 3, 5)


class Numbers(Domain):
    """Nothing to remember: every tool computes."""

    @asked(
        "Add {numbers}.",
        "What is the sum of {numbers}?",
        "Sum up the numbers {numbers}.",
        "How much do {numbers} make together?",
        goal="add numbers",
        slots={"numbers": _LIST},
        missing={
            "numbers": ("Add up my numbers.", "I need the sum of some numbers.", "Which numbers?")
        },
    )
    def add_numbers(self, numbers: list[float]) -> float:
        """Sum of numbers."""
        return round(sum(numbers), 6)

    @asked(
        "What is the average of {numbers}?",
        "Calculate the mean of {numbers}.",
        "Find the average of the numbers {numbers}.",
        "I need the mean of {numbers}.",
        goal="find an average",
        slots={"numbers": _LIST},
        missing={
            "numbers": (
                "What is the average of my numbers?",
                "Calculate a mean for me.",
                "Which numbers?",
            )
        },
    )
    def average(self, numbers: list[float]) -> float:
        """Average of numbers."""
        if not numbers:
            raise ToolFailure("no numbers given")
        return round(statistics.fmean(numbers), 6)

    @asked(
        "Multiply {number} by {factor}.",
        "What is {number} times {factor}?",
        "How much is {number} times {factor}?",
        "Calculate {number} multiplied by {factor}.",
        goal="multiply numbers",
        slots={"number": whole(3, 400), "factor": decimal(3, 90)},
        many=("What is {*}?", "{number} times {factor}"),
        missing={
            "factor": (
                "Multiply {number} by a number.",
                "What is {number} times the other number?",
                "By which number?",
            )
        },
    )
    def multiply(self, number: float, factor: float) -> float:
        """Product of two numbers."""
        return round(number * factor, 6)

    @asked(
        "What is {percent} percent of {number}?",
        "How much is {percent}% of {number}?",
        "Calculate {percent} percent of {number}.",
        "Find {percent}% of {number}.",
        goal="take a percentage",
        slots={"percent": whole(2, 95), "number": whole(100, 900)},
        many=("How much is {*}?", "{percent}% of {number}"),
        missing={
            "percent": ("Take a percentage of {number}.", "How many percent?"),
            "number": ("What is {percent} percent of it?", "Of which number?"),
        },
    )
    def percent_of(self, percent: float, number: float) -> float:
        """Percentage of a number."""
        return round(percent * number / 100, 6)

    @asked(
        "Pick a random number between {low} and {high}.",
        "Give me a random number from {low} to {high}.",
        "Draw a random number between {low} and {high}.",
        "I need a random number from {low} to {high}.",
        goal="draw a random number",
        slots={"low": whole(1, 20), "high": whole(50, 500)},
        many=("Draw random numbers {*}.", "between {low} and {high}"),
        missing={"high": ("Give me a random number above {low}.", "What is the upper end?")},
    )
    def random_number(self, low: int, high: int) -> int:
        """Random number between two numbers."""
        if low > high:
            raise ToolFailure("low must not be above high")
        return self.rng.randint(low, high)

    @asked(
        "What is the median of {numbers}?",
        "Find the median of {numbers}.",
        "Calculate the median of the numbers {numbers}.",
        "I need the median of {numbers}.",
        goal="find a median",
        slots={"numbers": _LIST},
        missing={
            "numbers": (
                "What is the median of my numbers?",
                "Find a median for me.",
                "Which numbers?",
            )
        },
        heldout=True,
    )
    def median(self, numbers: list[float]) -> float:
        """Median of numbers."""
        if not numbers:
            raise ToolFailure("no numbers given")
        return statistics.median(numbers)

    @asked(
        "Round {number} to {digits} decimal places.",
        "Give me {number} with {digits} decimals.",
        "What is {number} rounded to {digits} decimals?",
        "I want {number} rounded to {digits} decimals.",
        goal="round a number",
        slots={
            "number": lambda draw: draw.rng.randrange(100001, 9999999, 10) / 100000,
            "digits": whole(2, 4),
        },
        many=("Round {*}.", "{number} to {digits} decimals"),
        missing={
            "digits": ("Round {number}.", "To how many decimals?"),
            "number": ("Round it to {digits} decimals.", "Which number should I round?"),
        },
        heldout=True,
    )
    def round_number(self, number: float, digits: int) -> float:
        """Round a number to some decimals."""
        return round(number, max(0, min(digits, 10)))
