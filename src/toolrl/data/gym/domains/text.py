"""Small jobs on text and words."""

from __future__ import annotations

from toolrl.data.gym.domain import Domain
from toolrl.data.gym.phrases import asked
from toolrl.data.gym.slots import Draw, pool, several, where
from toolrl.tools import ToolFailure


def _word_in_text(draw: Draw) -> list[str]:
    return [word for word in draw.arguments["text"].split() if len(word) > 3]


def _letter_in_text(draw: Draw) -> list[str]:
    return sorted({letter for letter in draw.arguments["text"].lower() if letter.isalpha()})


class Text(Domain):
    """Nothing to remember: every tool computes."""

    @asked(
        "How many words are in '{text}'?",
        "Count the words in '{text}'.",
        "Tell me the number of words in '{text}'.",
        "How long in words is '{text}'?",
        goal="count words",
        slots={"text": pool("sentences")},
        many=("How many words are in {*}?", "'{text}'"),
        missing={
            "text": (
                "Count the words in my text.",
                "How many words does my text have?",
                "What is the text?",
            )
        },
    )
    def count_words(self, text: str) -> int:
        """Number of words in a text."""
        return len(text.split())

    @asked(
        "Write '{text}' backwards.",
        "Reverse the text '{text}'.",
        "What is '{text}' spelled backwards?",
        "Turn the letters of '{text}' around.",
        goal="reverse a text",
        slots={"text": pool("words")},
        many=("Reverse the words {*}.", "'{text}'"),
        missing={
            "text": ("Reverse my text.", "Write a word backwards.", "What text should I reverse?")
        },
    )
    def reverse_text(self, text: str) -> str:
        """Text with its letters in reverse order."""
        return text[::-1]

    @asked(
        "Write '{text}' in capital letters.",
        "Put '{text}' in upper case.",
        "Make '{text}' all caps.",
        "I want '{text}' in capitals.",
        goal="change a text to capitals",
        slots={"text": pool("sentences")},
        many=("Put {*} in capital letters.", "'{text}'"),
        missing={
            "text": (
                "Put my text in capital letters.",
                "I want my text in upper case.",
                "What is the text?",
            )
        },
    )
    def upper_case(self, text: str) -> str:
        """Text in capital letters."""
        return text.upper()

    @asked(
        "Replace '{old}' with '{new}' in '{text}'.",
        "In '{text}', replace '{old}' with '{new}'.",
        "Change '{old}' to '{new}' in the text '{text}'.",
        "Swap '{old}' for '{new}' in '{text}'.",
        goal="replace a word",
        slots={"text": pool("sentences"), "old": where(_word_in_text), "new": pool("words")},
        missing={
            "new": ("Replace '{old}' in '{text}'.", "What should the new word be?"),
            "old": ("Put '{new}' in place of a word in '{text}'.", "Which word should I replace?"),
        },
    )
    def replace_word(self, text: str, old: str, new: str) -> str:
        """Replace a word in a text."""
        if old not in text.split():
            raise ToolFailure(f"'{old}' is not in the text")
        return " ".join(new if word == old else word for word in text.split())

    @asked(
        "Sort the words {words}[ from {reverse:Z to A|A to Z}].",
        "Put {words} in alphabetical order[, {reverse:last first|first first}].",
        "Sort these words[ {reverse:in reverse|}]: {words}.",
        "I need {words} sorted[ {reverse:backwards|}].",
        goal="sort words",
        slots={"words": several(pool("words"), 3, 5)},
        missing={
            "words": (
                "Sort my words.",
                "Put some words in alphabetical order.",
                "Which words should I sort?",
            )
        },
    )
    def sort_words(self, words: list[str], reverse: bool = False) -> list[str]:
        """Sort words from A to Z."""
        return sorted(words, reverse=reverse)

    @asked(
        "How often is the letter {letter} in '{text}'?",
        "Count the letter {letter} in '{text}'.",
        "How many times does the letter {letter} appear in '{text}'?",
        "Tell me how many letters {letter} there are in '{text}'.",
        goal="count a letter",
        slots={"text": pool("sentences"), "letter": where(_letter_in_text)},
        missing={"letter": ("Count a letter in '{text}'.", "Which letter?")},
        heldout=True,
    )
    def count_letter(self, text: str, letter: str) -> int:
        """How often a letter is in a text."""
        if len(letter) != 1:
            raise ToolFailure("letter must be one letter")
        return text.lower().count(letter.lower())
