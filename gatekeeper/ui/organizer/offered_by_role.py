"""What one's role cannot do is not offered, and each page says who can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from gatekeeper.organizer.during.conflicts_client import DISPOSITIONS
from gatekeeper.organizer.roles import CHANGES, INVITES_FROM, MEMBERS_FROM, has_role, lacks_for
from gatekeeper.wording.texts import TEXTS

ACTS: Final[Mapping[str, tuple[str, ...]]] = {
    "conflicts": tuple(f"settle_{one}" for one in DISPOSITIONS),
    "plan": (
        *(f"planAdd_{kind}" for kind in ("date", "zone", "gate", "type", "venue")),
        *("planSave", "planRemove", "planUndo", "planDrop", "freezeReason", "freezeLift"),
        *("holdForm", "holdRelease", "holdReleaseYes"),
    ),
    "devices": (
        *("deviceRole", "deviceGate", "deviceGo", "deviceHere", "devicesAdd", "lostCard"),
        *("stockSave", "stockUndo", "codesCard"),
    ),
    "guests": (
        "guestsChoose",
        "guestsCheck",
        "guestsGo",
        "guestsCancel",
        "guestsUndo",
        "guestsUndoYes",
    ),
    "orders": ("orderMail", "orderEnd", "ticketRename", "ticketReissue", "ticketRefund"),
    "seats": ("seatsSave", "seatsGive", "seatsNewVenue"),
    "ticket_design": (
        "lookSave",
        *(f"look_{name}_{act}" for name in ("picture", "logo") for act in ("choose", "remove")),
    ),
    "event_cancelling": ("callingGo", "callingOn", "callingStop"),
    "people": (
        *("personName", "personRole", "personGo", "staffSave", "staffUndo", "staffYes"),
        *(f"staff_{act}" for act in ("renew", "pin", "withdraw", "remove")),
    ),
    "guest_data": ("personsFind", "personSave", "personErase"),
    "alarm_limits": ("limitsSave", "limitsUndo"),
    "promotions": (
        *("promotionForm", "promotionRemove", "promotionYes"),
        *("voucherForm", "voucherWithdraw", "voucherYes"),
    ),
    "programs": (
        *("programNew", "programSave", "programYes", "programAgain"),
        *(f"program_{act}" for act in ("try", "pause", "renew", "remove")),
    ),
}
"""What changes something at each page, by the widgets' names; the board has its own way."""
_INVITING: Final = ("memberRole", "memberInvite", "memberChange", "memberRemove")
OWNERS: Final[Mapping[str, tuple[str, ...]]] = {
    "people": _INVITING,
    "guest_data": ("retentionSure", "retentionSureWords", "retentionSave", "retentionOff"),
}
"""What an owner alone does at pages that others see."""


class RoleView(QObject):
    """Withholds what a role cannot do.

    Args:
        role: Of whoever is signed in.

    Attributes:
        now: Theirs by now, in which the desk works once they say so.
    """

    def __init__(self, role: str, parent: QObject) -> None:
        super().__init__(parent)
        self.role = self.now = role

    def withhold(self, name: str, page: QWidget) -> None:
        """Hide on a page, by its name, what the role cannot do there."""
        if name in CHANGES and lacks_for(self.role, name):
            self._withhold(page, ACTS.get(name, ()))
        if name == "people" and not has_role(self.role, MEMBERS_FROM):
            self._withhold(page, ("membersCard",))
        if not has_role(self.role, INVITES_FROM):
            self._withhold(page, OWNERS.get(name, ()))

    def say(self, page: str) -> str:
        """Say who can change something at a page; "" where one can oneself."""
        if self.now != self.role:
            return TEXTS.say("role.changed", role=TEXTS.say(f"safe.role.{self.now}"))
        least = lacks_for(self.role, page)
        if not least:
            return ""
        own, other = (TEXTS.say(f"safe.role.{one}") for one in (self.role, least))
        return TEXTS.say("role.looks", own=own, needed=other)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Hide again what a page shows."""
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget):
            watched.hide()
        return False

    def _withhold(self, page: QWidget, names: Sequence[str]) -> None:
        for name in names:
            for widget in page.findChildren(QWidget, name):
                widget.installEventFilter(self)
                widget.hide()
