"""The organizer's word on evacuations: ordered, on what gates could not prove, or annulling all.

The word is told to all gates together with who counts as outside by it, as a gate's is. What that
contradicts is looked at afterwards, ticket by ticket; whatever stops in between, the same ruling
again goes on, or the next start of a server.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import partial
from typing import Final

import msgspec
from sqlalchemy import select

from server.db.column_types import TICKET_ID_OFFSET
from server.db.hot_path_connections import Driver
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.evacuations.organizers_evacuations import EvacuationOrder, word_of
from server.evacuations.who_has_heard import NewestWord, find_newest
from server.feed.push_hub import Poke
from server.feed.rows import append_feed, read_status, take_numbers
from server.journals.till_entry_booking import Review
from server.ledger.evacuations_on_record import (
    ORGANIZER,
    Word,
    WordStanding,
    put_words,
    read_words,
)
from server.ledger.exits_by_evacuations import ReturnPoster, keep_notices, read_notices
from server.ledger.ledger_statements import READ_TICKETS_OF_ZONE
from server.ledger.models import EvacuationWord
from server.ledger.rows import change_presence, lock_presence
from server.plans.event_book import EventBook, EventBooks, Outdated, by_current_books, version_of
from server.problem_answers import not_found
from shared.admission.evacuation import EvacuationPhase
from shared.kernel.id_types import (
    DeviceId,
    EvacuationId,
    EventId,
    GateId,
    OrganizationId,
    TicketId,
    ZoneId,
)
from shared.kernel.instant import DAY, Duration, Instant

EVACUATION_LOOKED_BACK: Final[Duration] = DAY
"""Words of before were followed up by an earlier start, or by who said them."""

TICKETS_AT_ONCE: Final = 300
"""So many are locked together: claims of others wait for no more."""


class RulingKind(StrEnum):
    """What the organizer says."""

    ANNUL = "annul"
    """It is over, nobody had to leave, and no gate brings it back."""
    CONFIRM = "confirm"
    """What a gate said and could not prove counts, as of when it was said."""


class EvacuationRuling(msgspec.Struct, frozen=True, kw_only=True):
    """What is ruled on, and by whom.

    Attributes:
        device_id, phase: Whose word of which phase is confirmed; "" to annul.
        actor: The opaque id of who says so.
    """

    organization_id: OrganizationId
    event_id: EventId
    evacuation_id: EvacuationId
    zone_id: ZoneId
    kind: RulingKind
    actor: str
    device_id: DeviceId = DeviceId("")
    phase: str = ""


class EvacuationRulings:
    """Lists words on evacuations and rules on them; one for each worker."""

    def __init__(
        self, context: Context, driver: Driver, event_books: EventBooks, review: Review, poke: Poke
    ) -> None:
        """Rule with `review`, which looks at tickets again of which more is known now."""
        self._context, self._driver, self._event_books = context, driver, event_books
        self._review, self._poke = review, poke
        self._cut_short: deque[tuple[OrganizationId, EventId, ZoneId]] | None = None

    async def list_words(self, organization_id: OrganizationId, event_id: EventId) -> list[Word]:
        """List what was said of an event's evacuations, the earliest first."""
        async with self._driver.read(organization_id) as transaction:
            return await read_words(transaction, organization_id, event_id)

    async def list_newest(
        self, organization_id: OrganizationId, event_id: EventId
    ) -> tuple[Sequence[NewestWord], int]:
        """Return the newest word on each evacuation, and the epoch."""
        async with self._driver.read(organization_id) as transaction:
            told = await read_notices(transaction, organization_id, event_id)
            status = await read_status(transaction, organization_id, event_id, ())
        return find_newest(told), 0 if status is None else status.epoch

    async def rule(self, ruling: EvacuationRuling) -> list[Word]:
        """Let a ruling take effect; returns the words on that evacuation as they stand now.

        Raises:
            Problem: `not-found` if nobody has said such a word; `unavailable` if the event is
                being changed all the time.
        """

        def say(words: list[Word], now: Instant) -> Word:
            said = _said(ruling, words, now)
            if said is None:
                raise not_found("evacuation")
            return said

        return await self._speak(ruling.organization_id, ruling.event_id, say)

    async def order(self, order: EvacuationOrder) -> list[Word]:
        """Let an order take effect; returns the words on that evacuation as they stand now.

        Raises:
            Problem: as `organizers_evacuations.word_of` says; `unavailable` if the event is being
                changed all the time.
        """
        org, event_id = order.organization_id, order.event_id
        return await self._speak(org, event_id, lambda words, now: word_of(order, words, now))

    async def _speak(
        self,
        org: OrganizationId,
        event_id: EventId,
        say: Callable[[list[Word], Instant], Word],
    ) -> list[Word]:
        """Tell a word to the gates, then let its tickets be looked at again."""
        book = await self._event_books.of_event(org, event_id)
        said = await by_current_books(
            book, partial(self._event_books.renewed, org, event_id), partial(self._tell, say)
        )
        await self._look_again(org, event_id, said.zone_id)
        return [
            word for word in await self.list_words(org, event_id) if word.subject == said.subject
        ]

    async def catch_up(self) -> None:
        """Look again at the tickets of zones that were spoken of before this worker began: once.

        A stop may have cut that short, and what a word contradicts would stay unnamed. Every
        worker does so, for each may have taken the place of one that died; several at once name
        nobody twice, and claims go on between their batches. What fails, a later call does.
        """
        if self._cut_short is None:
            word, since = EvacuationWord, self._context.clock.wall() - EVACUATION_LOOKED_BACK
            query = select(word.organization_id, word.event_id, word.zone_id).distinct()
            async with self._context.database.read(org=SYSTEM) as session:
                rows = (await session.execute(query.where(word.said_at > since))).all()
            self._cut_short = deque((row[0], row[1], row[2]) for row in rows)
        while self._cut_short:
            place = self._cut_short.popleft()
            try:
                await self._look_again(*place)
            except BaseException:
                self._cut_short.append(place)  # behind the others: it may fail for good
                raise

    async def _look_again(self, org: OrganizationId, event_id: EventId, zone_id: ZoneId) -> None:
        async with self._driver.read(org) as transaction:
            rows = await transaction.fetch(READ_TICKETS_OF_ZONE, event_id, org, zone_id)
        tickets = [TicketId(int(row[0]) + TICKET_ID_OFFSET) for row in rows]
        for first in range(0, len(tickets), TICKETS_AT_ONCE):
            some = tickets[first : first + TICKETS_AT_ONCE]
            await self._review(org, ORGANIZER, event_id, some)

    async def _tell(self, say: Callable[[list[Word], Instant], Word], book: EventBook) -> Word:
        """Keep a word, let who was inside have left by it, and tell the gates, once.

        Returns:
            The one that holds.

        Raises:
            Outdated: if the book is.
        """
        org, event_id = book.organization_id, book.event_id
        limited = [zone.id for zone in book.index.zones.values() if zone.capacity is not None]
        async with self._driver.write(org) as transaction:
            inside = await lock_presence(transaction, org, event_id, limited)
            # No upload says more of evacuations meanwhile, and no passage comes.
            first = await take_numbers(transaction, org, event_id, 0) + 1
            status = await read_status(transaction, org, event_id, ())
            if status is None or version_of(status) != book.version:
                raise Outdated
            words = await read_words(transaction, org, event_id)
            said = say(words, self._context.clock.wall())
            if said in words:
                return said  # said so already
            notice, told = said.notice(), await read_notices(transaction, org, event_id)
            await put_words(transaction, org, event_id, [said])
            await change_presence(transaction, org, event_id, inside, {said.zone_id})
            poster = ReturnPoster(transaction, book, ORGANIZER, status.epoch)
            known = [*(one.notice for one in told), notice]
            items = [*await poster.post([notice], known, first, inside), notice]
            head = await take_numbers(transaction, org, event_id, len(items))
            await append_feed(transaction, org, event_id, first, items)
            await keep_notices(transaction, event_id, first, items)
        self._poke(event_id, status.epoch, head)
        return said


def _said(ruling: EvacuationRuling, words: list[Word], now: int) -> Word | None:
    """Return the word that a ruling makes; None if there is nothing to rule on."""
    subject = ruling.evacuation_id, ruling.zone_id
    about = [word for word in words if word.subject == subject]
    annulled = next((one for one in about if one.standing == WordStanding.ANNULLED), None)
    if not about or ruling.kind is RulingKind.ANNUL:
        if annulled is not None or not about:
            return annulled
        first = min(about, key=lambda one: one.said_at)
        over = EvacuationPhase.OVER.value
        return Word(
            *subject,
            over,
            ORGANIZER,
            GateId(""),
            first.begun_at,
            None,
            ruling.actor,
            Instant(now),
            WordStanding.ANNULLED,
            "",
        )
    if annulled is not None:
        return None
    key = (ruling.device_id, ruling.phase)
    found = next((one for one in about if (one.device_id, one.phase) == key), None)
    if found is None or found.standing == WordStanding.COUNTS:
        return found
    return msgspec.structs.replace(found, standing=WordStanding.COUNTS, why=f"by {ruling.actor}")
