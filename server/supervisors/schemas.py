"""Request and answer bodies of supervisors."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec

from server.http.body_and_answer_types import Answer, Body, Name
from server.http.etags import Tagged

Pin = Annotated[
    str,
    msgspec.Meta(
        pattern="^[0-9]{6,12}$", min_length=6, max_length=12, description="6 to 12 digits"
    ),
]
BadgeCode = Annotated[str, msgspec.Meta(min_length=8, max_length=200)]


class StaffRole(StrEnum):
    """What somebody's badge is good for at a gate."""

    SUPERVISOR = "supervisor"
    STEWARD = "steward"


class NewSupervisor(Body):
    """Let somebody unlock the gates, or see holders' names there.

    Attributes:
        name: Shown at the gate while they are at work there.
        pin: 6 to 12 digits that a supervisor chooses; no single digit repeated, no run. A steward
            has none.
        badge: The code on a card that they have already; one is drawn if it is not given. Only
            one that is drawn here opens names.
        role: `supervisor` unlocks gates; `steward` shows the badge at the start of a shift and
            sees names on verdicts, where the event's policy lets them travel.
    """

    name: Name
    pin: Pin | None = None
    badge: BadgeCode | None = None
    role: StaffRole = StaffRole.SUPERVISOR


class SupervisorChange(Body):
    """Change what is given."""

    name: Name | None = None
    pin: Pin | None = None


class SupervisorAnswer(Tagged, kw_only=True):
    """A supervisor or steward; neither PIN nor badge can be read again.

    Attributes:
        signs: The badge signs what is done with it. Without, a return after an evacuation waits
            for the organizer to confirm it; another badge can be drawn.
        has_badge: False after it was withdrawn, until another one is drawn.
    """

    id: str
    name: str
    created_at: datetime
    signs: bool
    has_badge: bool
    role: StaffRole


class SupervisorMade(Answer):
    """A new supervisor, and the code to print on the badge: shown this once."""

    supervisor: SupervisorAnswer
    badge: str


class PinDrawn(Answer):
    """A supervisor's new PIN: shown this once."""

    supervisor: SupervisorAnswer
    pin: str
