"""What a supervisor's screens show; plain values, made by the gate, painted by the window."""

from __future__ import annotations

import msgspec

from shared.kernel.id_types import ConflictId, DeviceId
from shared.kernel.instant import Duration, Instant


class ConflictUse(msgspec.Struct, frozen=True):
    """One use that contradicts another.

    Attributes:
        gate: Where, by name.
        at: When, as far as this device knows, or None.
        is_here: This device admitted it.
    """

    gate: str
    at: Instant | None = None
    is_here: bool = False


class ConflictView(msgspec.Struct, frozen=True):
    """A conflict that nobody has settled.

    Attributes:
        conflict_id: Its id.
        kind: `double_use` and so on.
        ticket_id: 16 hex digits, or None.
        sides: Oldest first.
        is_ordered: Whether it is certain which of the first two came first.
        printed: The last characters of the code that is printed on the ticket, or "".
    """

    conflict_id: ConflictId
    kind: str
    ticket_id: str | None
    sides: tuple[ConflictUse, ...]
    is_ordered: bool = False
    printed: str = ""


class MachineFacts(msgspec.Struct, frozen=True, kw_only=True):
    """The condition of this machine, as far as the gate's engine knows it.

    Attributes:
        device_id: Its id.
        name: What staff call it.
        server: The server's address.
        tickets: In the manifest; where that has none, those of which the feed has told since.
        entries: In the journal.
        pending: Not yet at the server.
        free_bytes: On the profile's disk, or None if that cannot be told.
        clock_offset: To server time, or None while unknown.
        clock_error: How far that may be off, or None.
        is_clock_trusted: Whether scans are decided by it.
        problem: An English sentence, or "".
        trouble: A `TroubleKind` that says the same, or "".
        supervisors: How many can unlock this gate.
    """

    device_id: DeviceId
    name: str
    server: str
    tickets: int
    entries: int
    pending: int
    free_bytes: int | None
    clock_offset: Duration | None
    clock_error: Duration | None
    is_clock_trusted: bool
    problem: str
    supervisors: int
    trouble: str = ""


class InsideTicket(msgspec.Struct, frozen=True):
    """A ticket of which an entry is recorded and no exit.

    Attributes:
        ticket_id: 16 hex digits.
        persons: How many.
        gate: Where they entered last, by name.
        at: When.
        printed: The last characters of the code that is printed on the ticket, or "".
    """

    ticket_id: str
    persons: int
    gate: str
    at: Instant
    printed: str = ""


class SilentGate(msgspec.Struct, frozen=True):
    """A gate of the zone from which nothing was heard lately.

    Attributes:
        gate: By name.
        heard_at: The latest passage known of it, or None.
    """

    gate: str
    heard_at: Instant | None = None


class InsideList(msgspec.Struct, frozen=True):
    """Who entered a zone and was not recorded leaving it; not who is inside.

    Attributes:
        zone: By name.
        persons: How many.
        tickets: The latest entry first.
        knowledge_age: Since this device knew all that the ledger knew; None while unknown.
        silent: Gates whose passages may be missing.
    """

    zone: str
    persons: int
    tickets: tuple[InsideTicket, ...]
    knowledge_age: Duration | None
    silent: tuple[SilentGate, ...] = ()


class FoundHolder(msgspec.Struct, frozen=True, kw_only=True):
    """A holder who was looked up by name.

    Attributes:
        name: As the holder wrote it.
        ticket_id: 16 hex digits.
        ticket_type: Its name, or "".
        state: Of the ticket, such as `paid`; "" while unknown.
        entered_at: The latest entry that this device knows of, or None.
        gate: Where that was, by name.
        persons: How many the ticket stands for.
        checks_id: Its type wants the holder's proof looked at.
        printed: The last characters of the code that is printed on the ticket, or "".
    """

    name: str
    ticket_id: str
    ticket_type: str
    state: str
    entered_at: Instant | None = None
    gate: str = ""
    persons: int = 1
    checks_id: bool = False
    printed: str = ""
