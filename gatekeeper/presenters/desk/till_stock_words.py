"""What the desk says of a till's stock."""

from __future__ import annotations

from typing import Any

from gatekeeper.organizer.before_doors.till_stock_client import RETURNS, SIZE, StockOfTill
from gatekeeper.presenters.desk.plan_words import ClashWords
from gatekeeper.wording.texts import TEXTS


def spell_stock_field(type_name: str, what: str) -> str:
    """Name the field of a type."""
    column = TEXTS.say(f"stock.column.{what}")
    return TEXTS.say("stock.field", type=type_name, what=column)


def spell_unset(what: str) -> str:
    """Say what holds where nothing was set: the server's rule, or half of the size."""
    return TEXTS.say("stock.auto" if what == SIZE else "stock.half")


def words_of_stock(stock: StockOfTill) -> ClashWords:
    """Return how the fields of a till's stock are said."""
    names = stock.names

    def name(path: str) -> str:
        what, _, type_id = path.partition(":")
        if path == RETURNS:
            return TEXTS.say("stock.returns")
        return spell_stock_field(names.get(type_id, type_id), what)

    def value(path: str, value: Any) -> str:
        if path == RETURNS:
            return TEXTS.say("desk.plan.yes" if value else "desk.plan.no")
        return spell_unset(path.partition(":")[0]) if value is None else str(value)

    return ClashWords(name, value)
