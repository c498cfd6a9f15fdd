"""Request and answer bodies of devices."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final

import msgspec

from server.http.body_and_answer_types import Answer, Body, IdOf, Text
from server.http.etags import Tagged
from shared.admission.pace import NO_LIMIT, PACE_DEFAULT, PACE_MAX
from shared.code_lifetimes import CODE_LIFETIME, CODE_LIFETIME_MAX
from shared.kernel.id_types import DeviceId, EventId, GateId
from shared.kernel.instant import MINUTE


class DeviceRole(StrEnum):
    """What a device may do; a scanner only claims, by its token, and keeps no journal."""

    GATE = "gate"
    TILL = "till"
    BOTH = "both"
    SCANNER = "scanner"


SELLING_ROLES: Final = frozenset({DeviceRole.TILL, DeviceRole.BOTH})


class DeviceProfile(StrEnum):
    """Whether a device's work counts; only the latter two take a time from their caller."""

    LIVE = "live"
    REHEARSAL = "rehearsal"
    TEST = "test"


class AssignmentBody(Body):
    """What a device is for: no gate is any of its event; of no event it chooses one, once.

    Attributes:
        admissions_per_minute: How fast it may let holders in, after the first 300; beyond it
            a supervisor decides, and a conflict names it. 0 for no limit.
    """

    role: DeviceRole = DeviceRole.GATE
    profile: DeviceProfile = DeviceProfile.LIVE
    event_id: IdOf[EventId] | None = None
    gate_id: IdOf[GateId] | None = None
    admissions_per_minute: Annotated[int, msgspec.Meta(ge=NO_LIMIT, le=PACE_MAX)] = PACE_DEFAULT


class NewCode(AssignmentBody):
    """What an organizer asks a code of, by which one device enrols.

    Attributes:
        minutes: How long it may be used; ten for codes that people type.
    """

    minutes: Annotated[int, msgspec.Meta(ge=1, le=CODE_LIFETIME_MAX // MINUTE)] = (
        CODE_LIFETIME // MINUTE
    )


class CodeAnswer(Answer):
    """A fresh code, by which one device enrols; shown once.

    Attributes:
        id: By which it is taken back; it enrols nothing.
        code: For typing.
        text: For a QR code: the server's address, the code, and what to pin.
        texts: The same for each address at which devices may reach the server, likeliest first;
            one of them enrols.
    """

    id: str
    code: str
    text: str
    expires_at: datetime
    texts: list[str]


class OpenCodeAnswer(Answer):
    """A code that may still enrol a device, without the code.

    Attributes:
        created_by: A person, or an API key.
    """

    id: str
    role: str
    profile: str
    event_id: EventId | None
    gate_id: GateId | None
    created_by: str
    created_at: datetime
    expires_at: datetime


class Revocation(Body):
    """Why a device is revoked."""

    reason: Text = ""


class DeviceAnswer(Tagged, kw_only=True):
    """A device as the organizer sees it."""

    BY_ITSELF: ClassVar[frozenset[str]] = frozenset({"program", "last_seen_at"})

    id: DeviceId
    name: str
    role: str
    profile: str
    program: str
    public_key: str
    event_id: EventId | None
    gate_id: GateId | None
    admissions_per_minute: int
    enrolled_at: datetime
    last_seen_at: datetime | None
    revoked_at: datetime | None
    revoked_because: str | None


class HearingAnswer(Answer):
    """A device at a gate, and whether it knows the newest word.

    Attributes:
        gate_id, gate: Null where its gate is not fixed: it may stand at any.
        reported_at: When it last said how it stands; null where it never has.
    """

    device_id: DeviceId
    device: str
    gate_id: GateId | None
    gate: str | None
    has_heard: bool
    reported_at: datetime | None
