"""What was seen of the staff at devices, and at the desk, with true times."""

from __future__ import annotations

import msgspec

from shared.kernel.instant import Instant
from simulator.further_events.changed_staff.roll import Person


class Shown(msgspec.Struct, kw_only=True, eq=False):
    """A badge that was shown at a device, or that lay there while somebody was at work.

    Attributes:
        node: The device's node.
        person: Whose it is, or was.
        badge: The code on it.
        pin: What was typed; "" where nothing was, or not yet.
        known: The device must have heard by then what the organizer was told by this time.
        heard: Which plan it had heard of.
        began: True time.
        ended: Of the answer.
        is_taken: It said that it knows who that is, or that the PIN is right.
    """

    node: str
    person: Person
    badge: str
    pin: str
    known: Instant
    heard: int
    began: Instant
    ended: Instant
    is_taken: bool


class LetIn(msgspec.Struct, kw_only=True, eq=False):
    """An admission against the rules that a supervisor said at a gate.

    Attributes:
        claim_id: Under which somebody came in.
        node: The gate's node.
        seq: Its entry's number there.
        person: Who said it.
        badge: What it was signed by.
        began: True time.
        ended: Of the answer.
    """

    claim_id: str
    node: str
    seq: int
    person: Person
    badge: str
    began: Instant
    ended: Instant


class AtTill(msgspec.Struct, kw_only=True, eq=False):
    """Something that a cashier did at the till, or asked for.

    Attributes:
        act: `sell`, `comp`, or what is done at the drawer.
        cashier: Who.
        supervisor: Who allowed it; None for nobody.
        badge: Theirs.
        is_owner: The drawer is the cashier's.
        known: The till must have heard by then what the organizer was told by this time.
        heard: Which plan it had heard of.
        has_stock: The till has never given its tickets back, or the server has heard that its
            drawer was opened again.
        began: True time.
        ended: Of the answer.
        reason: What the till said; "" where it said nothing.
        seq: The entry's number.
        number: Of an act at the drawer: in the till's series.
    """

    act: str
    cashier: Person
    supervisor: Person | None
    badge: str
    is_owner: bool
    known: Instant
    heard: int
    has_stock: bool
    began: Instant
    ended: Instant
    reason: str = ""
    seq: int = 0
    number: int = 0


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request of somebody at the desk, or of their program.

    Attributes:
        by_key: By their API key; else by their session.
        is_again: The same request had been made before, under the same key, and was done.
        began: True time.
        ended: Of the answer.
        status: 503 where the server was down.
    """

    by_key: bool
    is_again: bool
    began: Instant
    ended: Instant
    status: int
