"""Finds holders by name while a supervisor is at work: opened by their badge, forgotten after.

Which names are held alike: `fold_name` of `shared/manifest/sealed_names_for_search.py`, and
`name_spellings.py`.
"""

from __future__ import annotations

from typing import Final

from gatekeeper.gate.knowledge import EventKnowledge, Knowledge
from gatekeeper.gate.ledger_verdicts import latest_use
from gatekeeper.store.store import Store
from gatekeeper.supervisor.shown_to_supervisors import FoundHolder
from shared.kernel.errors import BadInput
from shared.kernel.ids import format_ticket_id
from shared.kernel.trouble import TroubleKind
from shared.manifest.name_book import NameBook
from shared.manifest.sealed_names_for_search import NameRow, badge_seed, open_key

LETTERS_MIN: Final = 2
"""Letters of a name before guests, or orders, are looked for."""
FOUND_SHOWN_MAX: Final = 20
"""Guests at a gate, or orders at a till, that a search shows; more letters leave fewer."""


class NameSearch:
    """The sealed names of the event that this device serves.

    Args:
        store: The device's; nothing of a name is ever written to it.
        knowledge: Of the event.
    """

    def __init__(self, store: Store, knowledge: Knowledge) -> None:
        self._store, self._knowledge = store, knowledge
        self._chunks = store.chunks
        self._shown: tuple[str, bytes] | None = None
        self._book: tuple[EventKnowledge, NameBook] | None = None

    def take_badge(self, person: str, code: str) -> None:
        """Remember what the badge that was shown can open and sign, until the gate is locked."""
        self.forget()
        self._shown = (person, badge_seed(code, self._knowledge.trust.organization_id))
        self._knowledge.badge.take(person, code)

    def forget(self) -> None:
        """Let the names be sealed again, and nothing be signed."""
        self._shown = self._book = None
        self._knowledge.badge.forget()

    def search(self, text: str, person: str, seed: bytes | None = None) -> tuple[FoundHolder, ...]:
        """Find holders of whose names every word asked for begins a word.

        Args:
            text: As typed; fewer than two letters find nobody.
            person: The supervisor who is unlocked, or the steward on duty.
            seed: What a steward's badge opens names with; None for the badge that was shown last.

        Raises:
            BadInput: if there are no names, or this badge opens none.
            BadSignature: if a piece was damaged; the next sync fetches it anew.
            StoreFault: if the disk fails.
        """
        event, book = self._opened(person, seed)
        if len(text.strip()) < LETTERS_MIN:
            return ()
        return tuple(self._describe(event, row) for row in book.search(text, FOUND_SHOWN_MAX))

    def _opened(self, person: str, seed: bytes | None) -> tuple[EventKnowledge, NameBook]:
        event = self._knowledge.event
        if event is None:
            raise BadInput("this gate has no data yet", kind=TroubleKind.NO_DATA)
        if self._book is not None and self._book[0] is event:
            return self._book
        header = event.header
        if not header.name_chunks:
            message = "the organizer has not given this event’s gates any names"
            raise BadInput(message, kind=TroubleKind.NO_NAMES)
        key = None
        if seed is not None:
            key = open_key(header.name_seals, person, seed)
        elif self._shown is not None and self._shown[0] == person:
            key = open_key(header.name_seals, person, self._shown[1])
        if key is None:
            message = (
                "this badge cannot open names; scan it again, or ask the organizer for a new one"
            )
            raise BadInput(message, kind=TroubleKind.BADGE_OPENS_NOTHING)
        book = NameBook(header.name_chunks, self._chunks.read, event.event_id, key)
        self._book = (event, book)
        return self._book

    def _describe(self, event: EventKnowledge, row: NameRow) -> FoundHolder:
        ticket = event.find(row.ticket_id)
        kind = None
        if ticket is not None:
            kind = event.index.types_by_code.get(ticket.facts.ticket_type_code)
        uses = [
            latest_use(self._store.uses, event, row.ticket_id, zone_id)
            for zone_id in event.index.zones
        ]
        used = max((one for one in uses if one is not None), key=lambda one: one.at, default=None)
        return FoundHolder(
            name=row.name,
            ticket_id=format_ticket_id(row.ticket_id),
            ticket_type="" if kind is None else kind.name,
            state="" if ticket is None else ticket.facts.state,
            entered_at=None if used is None else used.at,
            gate="" if used is None else used.gate,
            persons=1 if ticket is None else ticket.facts.persons,
            checks_id=kind is not None and kind.check_id,
        )
