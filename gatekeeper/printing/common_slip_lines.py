"""What several papers say alike: amounts, tenders, taxes, lines in the middle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gatekeeper.printing.slip_items import Height, Item, Pair, SlipText
from gatekeeper.wording.texts import Texts
from shared.kernel.money import Money
from shared.sales.receipt import ReceiptTax

_EMPTY: Final = "\u2066\u2067\u2068\u2069 "


def amount_of(minor: int, currency: str, texts: Texts) -> str:
    """Spell an amount of minor units."""
    return texts.money(Money(minor, currency))


def tender_name(kind: str, texts: Texts) -> str:
    """Name a kind of payment; one of a newer program stands as it is called there."""
    known = {"cash", "card", "comp", "voucher", "account", "exchange"}
    return texts.say(f"paper.tender.{kind}") if kind in known else kind


def tax_lines(taxes: tuple[ReceiptTax, ...], texts: Texts, currency: str) -> list[Item]:
    """Return a line for each rate of tax."""
    items: list[Item] = []
    for tax in taxes:
        rate = texts.percent(tax.basis_points)
        gross = amount_of(tax.gross_minor, currency, texts)
        said = texts.say("paper.tax", rate=rate, gross=gross)
        items.append(Pair(said, amount_of(tax.tax_minor, currency, texts)))
    return items


def small(lines: Sequence[str], texts: Texts) -> list[Item]:
    """Return lines in small letters in the middle."""
    return [item for line in lines for item in centred(texts.isolate(line), height=Height.SMALL)]


def centred(text: str, *, height: Height = Height.NORMAL, is_bold: bool = False) -> list[Item]:
    """Return a text in the middle; nothing for an empty one."""
    return [SlipText(text, height, is_bold=is_bold, is_centred=True)] if text.strip(_EMPTY) else []
