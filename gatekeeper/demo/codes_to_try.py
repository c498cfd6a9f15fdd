"""What somebody who tries the demo by hand holds: a ticket of each kind, a badge and its PIN."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import msgspec

from gatekeeper.demo.event import Evening
from gatekeeper.organizer.server_api import Fields, ServerApi

PIN: Final = "482916"
_SUPERVISOR: Final = "Robin"
_FAMILY: Final = 4


class CardKind(StrEnum):
    """What a code of the card is, in the order to try."""

    FRESH = "fresh"
    SECOND = "second"
    USED = "used"
    WALKUP = "walkup"
    FAMILY = "family"
    STUDENT = "student"
    TOMORROW = "tomorrow"
    CANCELLED = "cancelled"
    FORGED = "forged"
    BADGE = "badge"


class CardCode(msgspec.Struct, frozen=True):
    """A code on the demo's card for visitors to scan.

    Attributes:
        kind: What it is.
        text: What a scanner reads.
    """

    kind: CardKind
    text: str


class Card(msgspec.Struct, frozen=True):
    """The demo's card: all codes that a visitor may try at its gates.

    Attributes:
        codes: In the order to try.
        pin: Of the badge.
    """

    codes: tuple[CardCode, ...]
    pin: str = PIN

    def find(self, kind: CardKind) -> str:
        """Return what the code of a kind says."""
        return next(code.text for code in self.codes if code.kind is kind)

    def with_code(self, kind: CardKind, text: str) -> Card:
        """Return the card with one more code, or with another one of its kind."""
        codes = {code.kind: code for code in (*self.codes, CardCode(kind, text))}
        return Card(tuple(codes[one] for one in CardKind if one in codes), self.pin)


async def prepare_card(api: ServerApi, evening: Evening) -> Card:
    """Sell a ticket of each kind, name a supervisor, and hand the event to gates again.

    Raises:
        Rejected: if the server refuses a step.
        ServerFault: if it cannot be reached.
    """
    path = evening.site.path

    async def sell(name: str, **terms: Any) -> str:
        kind = await api.post(
            f"{path}/ticket-types",
            {"name": name, "price_minor": 2500, "occurrence_id": evening.tonight, **terms},
        )
        return (await sell_one(api, path, kind["id"]))[1]

    fresh = await sell_one(api, path, evening.standing_id)
    second = await sell_one(api, path, evening.standing_id)
    cancelled = await sell_one(api, path, evening.standing_id)
    await api.post(f"{path}/orders/{cancelled[0]}/cancel", {"reason": "The guest is ill"})
    badge = await api.post(
        f"/organizations/{evening.site.organization_id}/supervisors",
        {"name": _SUPERVISOR, "pin": PIN},
    )
    codes = (
        CardCode(CardKind.FRESH, fresh[1]),
        CardCode(CardKind.SECOND, second[1]),
        CardCode(CardKind.FAMILY, await sell("Family", persons=_FAMILY)),
        CardCode(CardKind.STUDENT, await sell("Student", check_id=True)),
        CardCode(CardKind.TOMORROW, await sell("Second night", occurrence_id=evening.tomorrow)),
        CardCode(CardKind.CANCELLED, cancelled[1]),
        CardCode(CardKind.FORGED, forge(second[1])),
        CardCode(CardKind.BADGE, badge["badge"]),
    )
    await api.post(f"{path}/handover")
    return Card(codes)


def forge(digits: str) -> str:
    """Return a code that differs from a real one in its last digit."""
    return digits[:-1] + str((int(digits[-1]) + 1) % 10)


async def sell_one(api: ServerApi, path: str, type_id: str) -> tuple[str, str]:
    """Sell one ticket; its order's id and its QR digits."""
    lines: list[Fields] = [{"ticket_type_id": type_id, "quantity": 1}]
    order = await api.post(f"{path}/orders", {"lines": lines, "payment": "paid"})
    (ticket,) = order["tickets"]
    answer = await api.get(f"{path}/tickets/{ticket['id']}/credential")
    return order["order"]["id"], str(answer["digits"])
