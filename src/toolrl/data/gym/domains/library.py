"""A public library; held out of training."""

from __future__ import annotations

from typing import Literal

from toolrl.data.gym.domain import Domain
from toolrl.data.gym.phrases import asked
from toolrl.data.gym.slots import entity, whole
from toolrl.tools import ToolFailure

_BOOKS = (
    "The Salt Road,A Quiet Harbor,Letters to Mira,The Clockmaker,Under Red Hills,Seven Winters,"
    "The Lost Orchard,Northern Lights Inn,A Map of Rain,The Second Key,Paper Boats,Iron Garden"
)
_GENRES = ("crime", "fantasy", "history", "poetry")


class Library(Domain):
    """Books by title; a copy is known by a code like ``LB-3301``."""

    heldout = True

    def build(self) -> None:
        """Give every book a code and a genre."""
        titles = _BOOKS.split(",")
        numbers = self.rng.sample(range(1000, 9999), len(titles))
        self.titles = {title: f"LB-{n}" for title, n in zip(titles, numbers, strict=True)}
        self.books = {code: {"weeks": 0} for code in self.titles.values()}
        self.genres = {title: self.rng.choice(_GENRES) for title in titles}

    def _book(self, book: str) -> dict[str, int]:
        if book not in self.books:
            raise ToolFailure(f"no book with code '{book}'")
        return self.books[book]

    @asked(
        "Find the code of the book '{title}'.",
        "Does the library have '{title}'? Look up its code.",
        "What is the library code of '{title}'?",
        "Search the library for the book '{title}'.",
        goal="find a book",
        slots={"title": entity("titles")},
        many=("Find the codes of the books {*}.", "'{title}'"),
        missing={
            "title": (
                "Search the library for a book.",
                "I am looking for a book, find its code.",
                "What is the title?",
            )
        },
    )
    def find_book(self, title: str) -> str:
        """Code of a book."""
        if title not in self.titles:
            raise ToolFailure(f"no book '{title}'")
        return self.titles[title]

    @asked(
        "Reserve the book {book}.",
        "Hold the book {book} for me.",
        "I'd like to reserve {book} at the library.",
        "Please keep book {book} for me.",
        goal="reserve a book",
        slots={"book": entity("books")},
        many=("Reserve the books {*}.", "{book}"),
        missing={
            "book": (
                "Reserve a book for me.",
                "I'd like to reserve a library book.",
                "What is the code of the book?",
            )
        },
        acts=True,
    )
    def reserve_book(self, book: str) -> str:
        """Reserve a book by its code."""
        self._book(book)
        return f"{book} is reserved"

    @asked(
        "Renew my book {book}[ for {weeks} weeks].",
        "Extend the loan of {book}[ by {weeks} weeks].",
        "I need {book} longer, renew it[ for {weeks} weeks].",
        "Can I keep {book}[ {weeks} weeks] longer? Renew it.",
        goal="renew a book",
        slots={"book": entity("books"), "weeks": whole(3, 9)},
        many=("Renew my books {*}.", "{book}"),
        missing={
            "book": (
                "Renew my book.",
                "I need my library book longer, renew it.",
                "What is the code of the book?",
            )
        },
        acts=True,
    )
    def renew_book(self, book: str, weeks: int = 2) -> str:
        """Extend the loan of a book."""
        if not 1 <= weeks <= 12:
            raise ToolFailure("weeks must be 1 to 12")
        self._book(book)["weeks"] += weeks
        return f"{book} renewed for {weeks} weeks"

    @asked(
        "Which {genre} books are in the library?",
        "Show me the library's {genre} books.",
        "List {genre} books.",
        "I'd like to read {genre}, what books are there?",
        goal="list books",
        many=("List the books of the genres {*}.", "{genre}"),
        missing={
            "genre": (
                "Which books do you have?",
                "List the library's books of one genre.",
                "Crime, fantasy, history or poetry?",
            )
        },
    )
    def list_books(self, genre: Literal["crime", "fantasy", "history", "poetry"]) -> list[str]:
        """Books of a genre."""
        return [title for title, kind in self.genres.items() if kind == genre]

    @asked(
        "When is the library open on {day}?",
        "What are the library's hours on {day}?",
        "Tell me the opening hours of the library on {day}.",
        "Until when can I visit the library on {day}?",
        goal="find opening hours",
        many=("When is the library open on {*}?", "{day}"),
        missing={
            "day": (
                "When is the library open?",
                "Tell me the opening hours of the library.",
                "On which day?",
            )
        },
    )
    def opening_hours(self, day: Literal["Monday", "Wednesday", "Friday", "Saturday"]) -> str:
        """Opening hours of the library on a day."""
        return "10:00 to 14:00" if day == "Saturday" else "09:00 to 19:00"
