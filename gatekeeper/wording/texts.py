"""What the window says, by key, in the language that was chosen last.

A language is one file, `en.json` and its siblings: each key's text with `{names}`, or an object of
texts by plural form. English is whole by definition; a test sees that the others are too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from babel import Locale

from gatekeeper.wording.numbers_and_amounts import (
    spell_decimal,
    spell_money,
    spell_number,
    spell_percent,
)
from shared.kernel.languages import ENGLISH, LANGUAGE_NAMES, RIGHT_TO_LEFT
from shared.kernel.money import Money
from shared.kernel.text_direction import set_amount_apart, set_apart

POINT: Final = "·"
"""Between parts that stand beside each other; a line may end with it, none begins with it."""

Message = str | Mapping[str, str]
"""A text, or one for each plural form; `count` chooses."""

_RUNS_LEFT: Final = "\N{RIGHT-TO-LEFT MARK}"
_LETTERS_OF_COUNTRY: Final = 2
_NO_COUNTRY: Final = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
"""Codes of CLDR for what is no country."""
_NAMING: Final = frozenset({"number", "order", "receipt", "plan", "position", "line", "row"})
"""What whole numbers name rather than count: order 1234, not 1,234."""
_COLONS: Final = {"fr": "\N{NO-BREAK SPACE}: "}
_FRENCH: Final = re.compile("(?<=«) | (?=[:;?!»])")
"""Spaces that keep a sign with its word: no line begins with a colon."""
_COMMAS: Final = {"ar": "، "}
"""Between parts that stand beside each other; CLDR's lists put an "and" before the last."""


@cache
def read_catalogue(language: str) -> Mapping[str, Message]:
    """Read a language's texts by key.

    Raises:
        OSError: if this installation lacks it.
    """
    text = Path(__file__).with_name(f"{language}.json").read_text(encoding="utf-8")
    if language == "fr":
        text = _FRENCH.sub("\N{NO-BREAK SPACE}", text)
    messages: Mapping[str, Message] = json.loads(text)
    return messages


def hold_points(text: str) -> str:
    """Let no line begin with the point that stands between two parts."""
    return text.replace(f" {POINT}", f"\N{NO-BREAK SPACE}{POINT}")


@cache
def conventions(language: str) -> Locale:
    """Return what Unicode CLDR knows of a language: plural forms, months, numbers."""
    return Locale(language)


class Texts:
    """A catalogue in use; the language can be changed at any time.

    Attributes:
        language: Its code.
    """

    def __init__(self, language: str = ENGLISH) -> None:
        self.language = language
        self._messages: Mapping[str, Message] = {}
        self.use(language)

    @property
    def is_right_to_left(self) -> bool:
        """Whether lines begin at the right."""
        return self.language in RIGHT_TO_LEFT

    def use(self, language: str) -> None:
        """Speak another language; one that is not shipped is English."""
        self.language = language if language in LANGUAGE_NAMES else ENGLISH
        self._messages = read_catalogue(self.language)

    def say(self, key: str, /, **values: object) -> str:
        """Return a text with its names filled in.

        Args:
            key: Of the catalogue; an unknown one is our bug.
            values: What the names stand for. `count` also chooses the plural form. Whole numbers
                are spelt as the language has them, but for those that name something.
        """
        message = self._messages[key]
        if not isinstance(message, str):
            count = values["count"]
            assert isinstance(count, int)
            message = message.get(self._conventions.plural_form(count)) or message["other"]
        # Times, names and amounts keep their own direction inside the sentence.
        return message.format(
            **{
                name: self.isolate(
                    self.number(value) if type(value) is int and name not in _NAMING else value
                )
                for name, value in values.items()
            }
        )

    def isolate(self, value: object) -> str:
        """Return a value as it stands inside a sentence: with a direction of its own."""
        return set_apart(value, runs_left=self.is_right_to_left)

    def beside(self, *parts: object) -> str:
        """Put values beside each other in one line; what is empty or None is left out."""
        said = [self.isolate(part) for part in parts if part not in {"", None}]
        # What is set apart does not say which way a line runs.
        mark = _RUNS_LEFT if self.is_right_to_left and len(said) > 1 else ""
        return mark + f" {POINT} ".join(said)

    def about(self, name: str, said: object) -> str:
        """Put a name, a colon and what is said of it into one text, as this language writes it."""
        return f"{self.isolate(name)}{_COLONS.get(self.language, ': ')}{said}"

    def list(self, parts: Iterable[str]) -> str:
        """Put parts of a sentence beside each other, each with a direction of its own."""
        said = [self.isolate(part) for part in parts]
        # Where a line runs from right to left, parts in letters that do not would run on as one.
        mark = _RUNS_LEFT if self.is_right_to_left and len(said) > 1 else ""
        return mark + _COMMAS.get(self.language, ", ").join(said)

    def decimal(self, value: float, *, sign: str = "") -> str:
        """Spell a number with one decimal.

        Args:
            value: The number.
            sign: `+` to write the sign of one above zero as well.
        """
        return spell_decimal(value, self._conventions, sign=sign)

    def money(self, amount: Money) -> str:
        """Spell an amount as its currency and this language have it, as one unit.

        It stands alone as well as in a sentence: its sign is before the number in each language.
        """
        spelt = spell_money(amount, self._conventions)
        return set_amount_apart(spelt) if self.is_right_to_left else spelt

    def number(self, value: int, decimals: int = 0) -> str:
        """Spell a number, counted in its last decimal."""
        return spell_number(value, self._conventions, decimals)

    def percent(self, basis_points: int) -> str:
        """Spell a rate, such as a tax's: 1900 basis points are 19 %."""
        return spell_percent(basis_points, self._conventions)

    @property
    def percent_mark(self) -> str:
        """What stands after a rate's figure: the sign, and the space before it."""
        return self.percent(0).removeprefix("0")

    @property
    def decimal_mark(self) -> str:
        """What stands before a number's decimals."""
        return self.number(0, 1)[1]

    def month(self, number: int) -> str:
        """Name a month, 1 to 12, as dates abbreviate it."""
        name: str = self._conventions.months["format"]["abbreviated"][number]
        return name

    def country(self, code: str) -> str:
        """Name a country by its two letters; one that CLDR does not know is called by these."""
        name: str = self._conventions.territories.get(code, code)
        return name

    def countries(self) -> Iterable[str]:
        """Return the two letters of each country."""
        known = (str(one) for one in self._conventions.territories)
        return [one for one in known if len(one) == _LETTERS_OF_COUNTRY and one not in _NO_COUNTRY]

    @property
    def _conventions(self) -> Locale:
        return conventions(self.language)


TEXTS: Final = Texts()
"""The catalogue that the window speaks from."""
