"""A table of countries."""

from __future__ import annotations

from toolrl.data.gym.domain import Domain
from toolrl.data.gym.phrases import asked
from toolrl.data.gym.slots import entity, other_than
from toolrl.tools import ToolFailure

# name: capital, population in thousands (rounded, about 2023), currency, language, area in km2
_TABLES = {
    "train": {
        "France": ("Paris", 68000, "EUR", "French", 551695),
        "Germany": ("Berlin", 84000, "EUR", "German", 357022),
        "Italy": ("Rome", 59000, "EUR", "Italian", 301340),
        "Spain": ("Madrid", 48000, "EUR", "Spanish", 505990),
        "Norway": ("Oslo", 5500, "NOK", "Norwegian", 385207),
        "Japan": ("Tokyo", 124000, "JPY", "Japanese", 377975),
        "Egypt": ("Cairo", 113000, "EGP", "Arabic", 1002450),
        "Kenya": ("Nairobi", 55000, "KES", "Swahili", 580367),
        "Peru": ("Lima", 34000, "PEN", "Spanish", 1285216),
        "Brazil": ("Brasilia", 216000, "BRL", "Portuguese", 8515767),
        "Canada": ("Ottawa", 40000, "CAD", "English", 9984670),
        "Australia": ("Canberra", 26000, "AUD", "English", 7692024),
        "Poland": ("Warsaw", 37000, "PLN", "Polish", 312696),
        "Austria": ("Vienna", 9100, "EUR", "German", 83879),
        "Ireland": ("Dublin", 5300, "EUR", "English", 70273),
        "Turkey": ("Ankara", 85000, "TRY", "Turkish", 783562),
        "Thailand": ("Bangkok", 71000, "THB", "Thai", 513120),
        "Ghana": ("Accra", 34000, "GHS", "English", 238533),
    },
    "heldout": {
        "Greece": ("Athens", 10400, "EUR", "Greek", 131957),
        "Portugal": ("Lisbon", 10500, "EUR", "Portuguese", 92230),
        "Finland": ("Helsinki", 5600, "EUR", "Finnish", 338455),
        "Sweden": ("Stockholm", 10500, "SEK", "Swedish", 447425),
        "Chile": ("Santiago", 19600, "CLP", "Spanish", 756102),
        "Vietnam": ("Hanoi", 99000, "VND", "Vietnamese", 331212),
        "Morocco": ("Rabat", 37800, "MAD", "Arabic", 446550),
        "Hungary": ("Budapest", 9600, "HUF", "Hungarian", 93030),
        "Iceland": ("Reykjavik", 390, "ISK", "Icelandic", 103000),
        "Nepal": ("Kathmandu", 30900, "NPR", "Nepali", 147516),
    },
}


class Geography(Domain):
    """Facts about countries."""

    def build(self) -> None:
        """The split's countries."""
        self.countries = _TABLES[self.pools.split]

    def _row(self, country: str) -> tuple[str, int, str, str, int]:
        if country not in self.countries:
            raise ToolFailure(f"no country '{country}'")
        return self.countries[country]

    @asked(
        "What is the capital of {country}?",
        "Tell me the capital city of {country}.",
        "Which city is the capital of {country}?",
        "Name the capital of {country}.",
        goal="look up a capital",
        slots={"country": entity("countries")},
        many=("What are the capitals of {*}?", "{country}"),
        missing={
            "country": (
                "What is the capital of that country?",
                "Tell me the capital of the country.",
                "Which country?",
            )
        },
    )
    def get_capital(self, country: str) -> str:
        """Capital of a country."""
        return self._row(country)[0]

    @asked(
        "How many people live in {country}?",
        "What is the population of {country}?",
        "Tell me the population of {country}.",
        "Find out how many people {country} has.",
        goal="look up a population",
        slots={"country": entity("countries")},
        many=("How many people live in {*}?", "{country}"),
        missing={
            "country": (
                "How many people live there?",
                "Tell me the population of that country.",
                "In which country?",
            )
        },
    )
    def get_population(self, country: str) -> int:
        """Number of people in a country."""
        return self._row(country)[1] * 1000

    @asked(
        "What currency does {country} use?",
        "Which money do people use in {country}?",
        "Tell me the currency of {country}.",
        "What is the currency code of {country}?",
        goal="look up a currency",
        slots={"country": entity("countries")},
        many=("Which currencies do {*} use?", "{country}"),
        missing={
            "country": (
                "Which currency do they use there?",
                "I am going abroad, which currency do they use?",
                "In which country?",
            )
        },
    )
    def get_currency(self, country: str) -> str:
        """Currency code of a country."""
        return self._row(country)[2]

    @asked(
        "Which is larger in area, {country} or {other}?",
        "Compare the areas of {country} and {other}.",
        "Does {country} or {other} cover more land?",
        "Is {country} bigger in area than {other}?",
        goal="compare areas of countries",
        slots={
            "country": entity("countries"),
            "other": other_than("country", entity("countries")),
        },
        missing={"other": ("Compare the area of {country} with another.", "With which country?")},
    )
    def compare_area(self, country: str, other: str) -> str:
        """Compare the areas of two countries."""
        one, two = self._row(country)[4], self._row(other)[4]
        return f"{country if one > two else other} is larger"

    @asked(
        "What language do people speak in {country}?",
        "Which is the main language of {country}?",
        "Tell me the language spoken in {country}.",
        "Find the main language of {country}.",
        goal="look up a language",
        slots={"country": entity("countries")},
        many=("Which languages do people speak in {*}?", "{country}"),
        missing={
            "country": (
                "Which language do they speak there?",
                "What is the main language of that country?",
                "In which country?",
            )
        },
        heldout=True,
    )
    def get_language(self, country: str) -> str:
        """Main language of a country."""
        return self._row(country)[3]
