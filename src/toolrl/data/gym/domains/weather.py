"""Weather, air and sun of cities, made up from the city's name."""

from __future__ import annotations

import random
from typing import Literal

from toolrl.data.gym.domain import Domain
from toolrl.data.gym.phrases import asked
from toolrl.data.gym.slots import pool, whole

_SKIES = ("sunny", "cloudy", "rainy", "windy", "foggy", "snowy")


class Weather(Domain):
    """Any city has weather; the same city always has the same."""

    def _dice(self, *seed: object) -> random.Random:
        return random.Random(f"weather-{seed}")

    @asked(
        "What is the weather in {city}[ for the next {days} days]?",
        "Show me the weather in {city}[ for {days} days].",
        "Tell me the weather in {city}[ over the next {days} days].",
        "How is the weather in {city}[ for the next {days} days]?",
        goal="check the weather",
        slots={"city": pool("cities"), "days": whole(2, 9)},
        many=("What is the weather in {*}?", "{city}"),
        missing={
            "city": ("What is the weather like?", "Tell me the weather.", "Which city do you mean?")
        },
    )
    def get_weather(self, city: str, days: int = 1) -> list[str]:
        """Weather of a city."""
        dice = self._dice(city)
        return [f"{dice.choice(_SKIES)}, {dice.randint(-5, 32)} C" for _ in range(min(days, 14))]

    @asked(
        "How clean is the air in {city}?",
        "What is the air quality in {city}?",
        "Check the air quality of {city}.",
        "Is the air in {city} good today? Check its quality.",
        goal="check the air quality",
        slots={"city": pool("cities")},
        many=("How is the air quality in {*}?", "{city}"),
        missing={"city": ("How clean is the air?", "Check the air quality.", "For which city?")},
    )
    def get_air_quality(self, city: str) -> int:
        """Air quality index of a city, 0 to 100."""
        return self._dice("air", city).randint(0, 100)

    @asked(
        "When does the sun {event} in {city} on {date}?",
        "Tell me when the sun will {event} in {city} on {date}.",
        "At what time does the sun {event} in {city} on {date}?",
        "On {date}, when will the sun {event} in {city}?",
        goal="find a sunrise or sunset",
        slots={"city": pool("cities"), "date": pool("dates")},
        missing={
            "date": ("When does the sun {event} in {city}?", "For which date?"),
            "city": ("When does the sun {event} on {date}?", "In which city?"),
        },
    )
    def get_sun_time(self, city: str, date: str, event: Literal["rise", "set"]) -> str:
        """Time of sunrise or sunset."""
        hour = 6 if event == "rise" else 19
        return f"{hour:02d}:{self._dice('sun', city, date).randrange(60):02d}"

    @asked(
        "Warn me of {hazard} in {city}.",
        "Set up a {hazard} warning for {city}.",
        "I want a warning when there is {hazard} in {city}.",
        "Please alert me about {hazard} in {city}.",
        goal="set up a weather warning",
        slots={"city": pool("cities")},
        missing={
            "city": (
                "Warn me of {hazard}.",
                "I want a warning when there is {hazard}.",
                "For which city?",
            )
        },
        acts=True,
    )
    def add_warning(self, city: str, hazard: Literal["storm", "frost", "flood", "heat"]) -> str:
        """Warn of a hazard in a city."""
        return f"you will be warned of {hazard} in {city}"

    @asked(
        "How strong is the wind in {city}?",
        "What is the wind speed in {city}?",
        "Check how fast the wind blows in {city}.",
        "Is it windy in {city}? Give me the wind speed.",
        goal="check the wind",
        slots={"city": pool("cities")},
        many=("What is the wind speed in {*}?", "{city}"),
        missing={"city": ("How strong is the wind?", "Tell me the wind speed.", "In which city?")},
        heldout=True,
    )
    def get_wind(self, city: str) -> str:
        """Wind speed in a city."""
        return f"{self._dice('wind', city).randint(0, 60)} km/h"
