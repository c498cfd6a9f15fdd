"""The price tiers of a ticket type: name, price, from when, until when, for how many."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from PySide6.QtWidgets import QLineEdit, QSpinBox, QVBoxLayout, QWidget

from gatekeeper.ui.filled_layouts import edge_to_edge
from gatekeeper.ui.organizer.desk_style import make_text
from gatekeeper.ui.organizer.widgets.number_box import NumberBox
from gatekeeper.ui.organizer.widgets.rows_editor import RowsEditor
from gatekeeper.wording.texts import TEXTS
from gatekeeper.wording.typed_amounts import read_amount, write_amount
from shared.field_limits import NAME_SIZE_MAX, PLACES_MAX
from shared.kernel.errors import BadInput

_COLUMNS: Final = ("name", "price", "from", "until", "count")
_LINES: Final = ((4, 2), (3, 3), (3,))
"""A tier takes three lines: its times and its count would else be out of sight at 683 pixels."""
_KEY_MAX: Final = 17
MakeMoment = Callable[[str | None], tuple[QWidget, Callable[[], str | None]]]


class TiersEditor(QWidget):
    """Rows of tiers, the first that holds is taken.

    Args:
        tiers: As the API has them.
        currency: Of their prices.
        make_moment: Makes the field of a time, and what reads it.
    """

    def __init__(
        self, tiers: Sequence[dict[str, Any]], currency: str, make_moment: MakeMoment
    ) -> None:
        super().__init__()
        self._currency, self._make_moment = currency, make_moment
        self._readers: dict[QWidget, Callable[[], str | None]] = {}
        self._keys: dict[QWidget, str] = {}
        self._next: dict[str, Any] = {}
        headings = tuple(TEXTS.say(f"desk.plan.tier.{one}") for one in _COLUMNS)
        add = TEXTS.say("desk.plan.tier.add")
        self.rows = RowsEditor("tiers", headings, add, self._make, _LINES)
        for tier in tiers:
            self._next = tier
            self.rows.add()
        self._next = {}
        column = edge_to_edge(QVBoxLayout(self))
        column.addWidget(make_text(TEXTS.say("desk.plan.tier.lead"), "lead"))
        column.addWidget(self.rows)

    def read(self) -> list[dict[str, Any]]:
        """Return the tiers as the API has them; a new one's key is made of its name.

        Raises:
            BadInput: if a row cannot be meant, in words.
        """
        taken = {self._keys[row[0]] for row in self.rows.rows if row[0] in self._keys}
        return [self._read(row, taken) for row in self.rows.rows]

    def _make(self) -> Sequence[QWidget]:
        tier = self._next
        name = QLineEdit(tier.get("name", ""), maxLength=NAME_SIZE_MAX)
        price = QLineEdit(write_amount(tier["price_minor"], self._currency) if tier else "")
        if tier:
            self._keys[name] = tier["key"]
        count = NumberBox()
        count.setRange(0, PLACES_MAX)
        count.setSpecialValueText(TEXTS.say("desk.draft.no_limit"))
        count.setValue(tier.get("count") or 0)
        moments = []
        for field in ("starts_at", "ends_at"):
            widget, read = self._make_moment(tier.get(field))
            self._readers[widget] = read
            moments.append(widget)
        return name, price, *moments, count

    def _read(self, row: Sequence[QWidget], taken: set[str]) -> dict[str, Any]:
        name = cast("QLineEdit", row[0]).text().strip()
        if not name:
            raise BadInput(TEXTS.say("desk.flaw.no_name"))
        text = cast("QLineEdit", row[1]).text().strip()
        try:
            price = read_amount(text, self._currency) if text else -1
        except (BadInput, ValueError):
            price = -1
        if price < 0:
            raise BadInput(TEXTS.say("desk.flaw.price"))
        key = self._keys.get(row[0]) or _make_key(name, taken)
        taken.add(key)
        return {
            "key": key,
            "name": name,
            "price_minor": price,
            "starts_at": self._readers[row[2]](),
            "ends_at": self._readers[row[3]](),
            "count": cast("QSpinBox", row[4]).value() or None,
        }


def _make_key(name: str, taken: set[str]) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_KEY_MAX].strip("-") or "tier"
    numbered = (f"{stem}-{number}" for number in range(2, 1_000))
    return stem if stem not in taken else next(one for one in numbered if one not in taken)
