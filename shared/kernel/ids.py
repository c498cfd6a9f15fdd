"""Identifiers: opaque, unguessable, readable over the phone, and telling their kind.

An entity's id is a two-letter prefix, `_`, and 12 characters of lower-case Crockford base32
(60 random bits). A ticket id is an unsigned 64-bit number, spelled as 16 hex digits.
"""

from __future__ import annotations

from typing import Final, Literal, overload

from shared.kernel.errors import BadInput
from shared.kernel.id_types import (
    ConflictId,
    DeviceId,
    EventId,
    GateId,
    OccurrenceId,
    OrderId,
    OrganizationId,
    TicketId,
    TicketTypeId,
    UserId,
    VenueId,
    ZoneId,
)
from shared.kernel.ports import Entropy

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CROCKFORD_VALUES: Final = {c: i for i, c in enumerate(CROCKFORD)} | {"O": 0, "I": 1, "L": 1}
"""Crockford's base32 alphabet: no I, L, O or U (https://www.crockford.com/base32.html)."""

ORGANIZATION: Final = "og"
USER: Final = "us"
EVENT: Final = "ev"
OCCURRENCE: Final = "oc"
VENUE: Final = "vn"
ZONE: Final = "zn"
GATE: Final = "gt"
TICKET_TYPE: Final = "tt"
ORDER: Final = "or"
DEVICE: Final = "dv"
SESSION: Final = "se"
CONFLICT: Final = "cf"
SUPERVISOR: Final = "sv"
CASHIER: Final = "ca"
HOME_MOVE: Final = "hm"
INVITATION: Final = "iv"
AUDIT_LINE: Final = "au"
JOB: Final = "jb"
IMPORT: Final = "im"
HOLD: Final = "hd"
WEBHOOK: Final = "wh"
MESSAGE: Final = "ms"
ALARM: Final = "al"
ERASURE: Final = "er"
SCHEDULE: Final = "rs"
TICKET_FILE: Final = "tf"
REPORT_RUN: Final = "rr"
REPORT_ADDRESS: Final = "ra"
PICTURE: Final = "pc"

_BODY_SIZE: Final = 12
HEX_DIGITS: Final = frozenset("0123456789abcdefABCDEF")
TICKET_ID_BITS: Final = 64
TICKET_ID_COUNT: Final = 1 << TICKET_ID_BITS


@overload
def new_id(prefix: Literal["og"], entropy: Entropy) -> OrganizationId: ...
@overload
def new_id(prefix: Literal["us"], entropy: Entropy) -> UserId: ...
@overload
def new_id(prefix: Literal["ev"], entropy: Entropy) -> EventId: ...
@overload
def new_id(prefix: Literal["oc"], entropy: Entropy) -> OccurrenceId: ...
@overload
def new_id(prefix: Literal["vn"], entropy: Entropy) -> VenueId: ...
@overload
def new_id(prefix: Literal["zn"], entropy: Entropy) -> ZoneId: ...
@overload
def new_id(prefix: Literal["gt"], entropy: Entropy) -> GateId: ...
@overload
def new_id(prefix: Literal["tt"], entropy: Entropy) -> TicketTypeId: ...
@overload
def new_id(prefix: Literal["or"], entropy: Entropy) -> OrderId: ...
@overload
def new_id(prefix: Literal["dv"], entropy: Entropy) -> DeviceId: ...
@overload
def new_id(prefix: Literal["cf"], entropy: Entropy) -> ConflictId: ...
@overload
def new_id(prefix: str, entropy: Entropy) -> str: ...
def new_id(prefix: str, entropy: Entropy) -> str:
    """Make a fresh id of the kind `prefix`, for example `ev_7k2m9q4t1x0c`."""
    return spell_id(prefix, entropy.random_bytes(8))


def spell_id(prefix: str, octets: bytes) -> str:
    """Spell the first 60 bits of 8 bytes as an id of the kind `prefix`."""
    number = int.from_bytes(octets, "big") >> 4
    body = "".join(CROCKFORD[(number >> shift) & 31] for shift in range(55, -1, -5))
    assert len(body) == _BODY_SIZE
    return f"{prefix}_{body.lower()}"


def format_ticket_id(ticket_id: TicketId) -> str:
    """Spell a ticket id (0 to 2^64-1) as 16 lower-case hex digits."""
    assert 0 <= ticket_id < TICKET_ID_COUNT
    return f"{ticket_id:016x}"


def parse_ticket_id(text: str) -> TicketId:
    """Read 16 hex digits, in either case.

    Raises:
        BadInput: if the text is not 16 hex digits.
    """
    if len(text) != TICKET_ID_BITS // 4 or not HEX_DIGITS.issuperset(text):
        raise BadInput(f"not a ticket id: {text[:40]!r}; it is 16 hex digits")
    return TicketId(int(text, 16))
