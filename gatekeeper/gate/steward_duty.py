"""A steward at work: the badge shown at the start of a shift opens holders' names for verdicts.

All of it is in memory only. It ends with the same badge, with a supervisor's lock, with the
shift's longest time, when the badge is withdrawn, and with the program.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Final

import msgspec

from gatekeeper.gate.answer import DutyChange
from gatekeeper.gate.knowledge import EventKnowledge, Knowledge
from gatekeeper.store.store import Store
from shared.credential.badges_and_pins import hash_badge
from shared.kernel.errors import GatekeeperError
from shared.kernel.id_types import TicketId
from shared.kernel.instant import HOUR, Duration
from shared.manifest.event_config import StewardConfig
from shared.manifest.sealed_holders_for_verdict import HolderBook, HolderRow
from shared.manifest.sealed_names_for_search import badge_seed, open_key

DUTY_MAX: Final[Duration] = 12 * HOUR
"""How long a steward on duty sees names: nobody works longer at a gate, and who forgets to end it
has gone home."""


class _OnDuty(msgspec.Struct, frozen=True):
    """Whose shift it is.

    Attributes:
        steward: Who.
        seed: What their badge opens names with.
        until: When it ends at the latest, monotonic.
    """

    steward: StewardConfig
    seed: bytes
    until: Duration


class StewardDuty:
    """Who is on duty at this gate, and whose names they see.

    Args:
        store: The device's; nothing of a name is ever written to it.
        knowledge: Of the event.
        now: Monotonic time.
    """

    def __init__(self, store: Store, knowledge: Knowledge, now: Callable[[], Duration]) -> None:
        self._knowledge, self._now = knowledge, now
        self._chunks = store.chunks
        self._duty: _OnDuty | None = None
        self._book: tuple[EventKnowledge, HolderBook | None] | None = None

    @property
    def steward(self) -> StewardConfig | None:
        """Who is on duty; None once the shift is over, or the badge was withdrawn."""
        duty, event = self._duty, self._knowledge.event
        if duty is None:
            return None
        if self._now() >= duty.until or (
            event is not None and duty.steward not in event.config.stewards
        ):
            self.end()
            return None
        return duty.steward

    @property
    def seed(self) -> bytes:
        """What the badge of whoever is on duty opens names with; empty for nobody."""
        return b"" if self.steward is None or self._duty is None else self._duty.seed

    def take(self, code: str) -> DutyChange | None:
        """Begin or end a shift by a badge; None for a code that is no steward's.

        Another steward's badge takes the duty over.
        """
        event = self._knowledge.event
        if event is None or not event.config.stewards:
            return None
        organization_id = self._knowledge.trust.organization_id
        wanted = hash_badge(code, organization_id)
        found = next((one for one in event.config.stewards if one.badge_hash == wanted), None)
        if found is None:
            return None
        before = self.steward
        self.end()
        if before == found:
            return DutyChange(found.id, found.name, is_on=False)
        seed = badge_seed(code, organization_id)
        self._duty = _OnDuty(found, seed, self._now() + DUTY_MAX)
        shows_names = False
        with contextlib.suppress(GatekeeperError):
            shows_names = self._opened(event) is not None
        return DutyChange(found.id, found.name, is_on=True, shows_names=shows_names)

    def end(self) -> None:
        """Let the names be sealed again."""
        self._duty = self._book = None

    def find(self, ticket_id: TicketId) -> HolderRow | None:
        """Return who holds a ticket, for whoever is on duty; None where nobody may or can know.

        A piece that is damaged hides its names until the next sync has fetched it: a verdict
        does not wait for a name.
        """
        event = self._knowledge.event
        if event is None or self.steward is None:
            return None
        with contextlib.suppress(GatekeeperError):
            book = self._opened(event)
            return None if book is None else book.find(ticket_id)
        return None

    def _opened(self, event: EventKnowledge) -> HolderBook | None:
        if self._book is None or self._book[0] is not event:
            self._book = event, self._open(event)
        return self._book[1]

    def _open(self, event: EventKnowledge) -> HolderBook | None:
        header, duty = event.header, self._duty
        if duty is None or not header.holder_chunks:
            return None
        key = open_key(header.name_seals, duty.steward.id, duty.seed)
        if key is None:
            return None
        return HolderBook(header.holder_chunks, self._chunks.read, event.event_id, key)
