"""What was seen of mails: by who ordered, by the mail server, and by who asked the server."""

from __future__ import annotations

from enum import Enum, auto
from typing import Any, Final

import msgspec

from shared.kernel.instant import SECOND, Duration, Instant

LATE: Final[Duration] = 10 * SECOND
"""Who goes on so much later has not read the answer, but given up waiting for it."""
NOTED: Final[Duration] = 5 * SECOND
"""By then a server that lives has noted what it was answered."""


class AddressKind(Enum):
    """What a mail server makes of an address."""

    GOOD = auto()
    SLOW = auto()  # puts the first few mails off
    UNKNOWN = auto()  # refuses the address
    UNWANTED = auto()  # refuses the mail, when it has read it
    DEADLY = auto()  # its answer ends whoever reads it

    @property
    def is_refused(self) -> bool:
        """Whether no mail will ever be taken."""
        return self in {AddressKind.UNKNOWN, AddressKind.UNWANTED}


class TalkPoint(Enum):
    """How far a talk has come."""

    GREETED = auto()
    NAMED = auto()
    BEGUN = auto()
    TAKEN = auto()


class Mishap(Enum):
    """What goes wrong."""

    DROPS = auto()
    IS_SILENT = auto()
    PUTS_OFF = auto()
    KILLS = auto()


class Fate(msgspec.Struct, frozen=True):
    """What goes wrong in a talk, and when."""

    point: TalkPoint
    what: Mishap


class Talk(msgspec.Struct, kw_only=True):
    """One connection to the mail server.

    Attributes:
        number: In order of beginning.
        fate: What goes wrong.
        opened: True time.
        recipients: Who was named.
        content: The mail, as it was taken; None for none.
        taken_at: When.
        code: The last word on the mail; 0 for none.
        replied_at: When it was said.
        heard_at: When the other side went on or hung up afterwards.
        is_deadly: It ends whoever reads its answer, each time.
    """

    number: int
    fate: Fate | None
    opened: Instant
    recipients: list[str]
    content: bytes | None = None
    taken_at: Instant | None = None
    code: int = 0
    replied_at: Instant | None = None
    heard_at: Instant | None = None
    is_deadly: bool = False

    def __str__(self) -> str:
        """Name it for a finding."""
        return f"talk {self.number} for {','.join(self.recipients)} ({self.code})"


class MailsTold(msgspec.Struct, frozen=True):
    """What the server said of an order's mails.

    Attributes:
        began: True time of the question.
        ended: Of the answer.
        mails: As answered.
    """

    began: Instant
    ended: Instant
    mails: list[dict[str, Any]]


class MailedOrder(msgspec.Struct, kw_only=True):
    """An order by somebody with an address of their own.

    Attributes:
        order_id: Which.
        address: The buyer's.
        nature: What the mail server makes of it.
        tickets: Ids of its tickets.
        wishes: When somebody asked for the mail, as answered, in order; and its job's id.
        cancelled: True times of the question and of the answer; None where it stands.
        asked: What was said of its mails, in order.
    """

    order_id: str
    address: str
    nature: AddressKind
    tickets: list[str]
    wishes: list[tuple[Instant, str]]
    cancelled: tuple[Instant, Instant | None] | None = None
    asked: list[MailsTold]

    def __str__(self) -> str:
        """Name it for a finding."""
        return f"order {self.order_id} of {self.address} ({self.nature.name.lower()})"


class MailRecord:
    """All of it.

    Attributes:
        talks: In order of beginning.
        orders: Likewise.
        calm: From when until when the server could reach the mail server at once.
    """

    def __init__(self) -> None:
        self.talks: list[Talk] = []
        self.orders: list[MailedOrder] = []
        self.calm: dict[Instant, Instant] = {}

    def begin(self, fate: Fate | None, now: Instant) -> Talk:
        """Note that somebody has called."""
        talk = Talk(number=len(self.talks) + 1, fate=fate, opened=now, recipients=[])
        self.talks.append(talk)
        return talk

    def talks_of(self, order: MailedOrder) -> list[Talk]:
        """Return who called for an order's buyer."""
        return [one for one in self.talks if order.address in one.recipients]
