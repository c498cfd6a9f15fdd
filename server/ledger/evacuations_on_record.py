"""Words on evacuations as the ledger keeps them: which count, which wait, which are evidence only.

Each word stands here once, with what became of it, so that an organizer sees who said what, and a
return that came before its stop counts when that arrives.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec
from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import aliased

from server.db.hot_path_connections import Row, Transaction
from server.db.hot_path_statements import insertion, statement
from server.ledger.models import EvacuationWord
from server.ledger.uses import UseRecord
from server.plans.event_book import EventBook
from server.supervisors.badges import READ_BADGES
from server.supervisors.former_badges import read_former
from shared.admission.evacuation import EvacuationPhase
from shared.evacuations.whose_words_count import Objection, WordAuthor, find_objection, times_of
from shared.journal.entry import EvacuationBody, EvacuationKnown
from shared.kernel.id_types import DeviceId, EvacuationId, EventId, GateId, OrganizationId, ZoneId
from shared.kernel.instant import Duration, Instant
from shared.manifest.event_config import SupervisorConfig
from shared.wire.feed import EvacuationNotice

EVACUATION_STOPS_MAX: Final = 4
"""Stops of one device that hold in one zone: more close nothing, and each has to be ended."""
EVACUATION_WORDS_KEPT_MAX: Final = 32
"""Words without effect of one device that an organizer may still confirm; each is a conflict."""

_COLUMNS: Final = (
    "evacuation_id, zone_id, phase, device_id, gate_id, begun_at, emptied_at, person, said_at,"
    " standing, why"
)
READ_WORDS: Final = statement(
    f"SELECT {_COLUMNS} FROM evacuation_word WHERE event_id = $1 AND organization_id = $2"  # noqa: S608 - fixed text
    " ORDER BY said_at, evacuation_id, zone_id, phase, device_id"
)
_PUT: Final = insertion(
    EvacuationWord,
    f"event_id organization_id {_COLUMNS.replace(',', '')}",
    "ON CONFLICT (event_id, evacuation_id, zone_id, phase, device_id)"
    " DO UPDATE SET standing = excluded.standing, why = excluded.why"
    " WHERE evacuation_word.standing = 'kept'"
    " OR (evacuation_word.standing = 'waits' AND excluded.standing <> 'kept')",
)
ORGANIZER: Final = DeviceId("")
"""In place of a device: the organizer's own word."""


class WordStanding(StrEnum):
    """What became of somebody's word on an evacuation."""

    COUNTS = "counts"
    WAITS = "waits"
    """For the stop that must come before it."""
    KEPT = "kept"
    """As evidence; it has no effect, and a conflict names it."""
    ANNULLED = "annulled"


class Word(msgspec.Struct):
    """What somebody said of an evacuation: a row of `evacuation_word`.

    Attributes:
        device_id: Who said it; `ORGANIZER` for the organizer.
        person: The supervisor's opaque id, or who of the organizer's people.
        said_at: When, as well as it is known.
        why: An `Objection` where it is kept, else "".
    """

    evacuation_id: EvacuationId
    zone_id: ZoneId
    phase: str
    device_id: DeviceId
    gate_id: GateId
    begun_at: Instant
    emptied_at: Instant | None
    person: str
    said_at: Instant
    standing: str
    why: str

    @property
    def subject(self) -> tuple[str, str]:
        """Name the evacuation and its zone."""
        return self.evacuation_id, self.zone_id

    @property
    def is_hearsay(self) -> bool:
        """Whether a device says again what it has heard: nobody's own word, and without effect."""
        return self.standing == WordStanding.KEPT and self.why == Objection.HEARD

    def notice(self) -> EvacuationNotice:
        """Say it as the zone's gates are told."""
        is_annulled = self.standing == WordStanding.ANNULLED
        return EvacuationNotice(
            evacuation_id=self.evacuation_id,
            zone_id=self.zone_id,
            phase=EvacuationPhase.OVER.value if is_annulled else self.phase,
            gate_id=self.gate_id,
            begun_at=self.begun_at,
            emptied_at=None
            if is_annulled or self.phase == EvacuationPhase.STOP
            else self.emptied_at,
            annulled=is_annulled,
        )


class Term(msgspec.Struct, frozen=True):
    """Somebody who is, or was, a supervisor, and a badge of theirs that signs, or did then."""

    person: str
    sign_key: bytes
    since: Instant
    until: Instant | None


class WordKnowledge(msgspec.Struct):
    """What the ledger judges a batch's words on evacuations by.

    Attributes:
        words: Those held, kept up to date.
        notices: What gates were told.
        terms: Supervisors, and from when to when they were.
        home_event: The event that the device serves, or "".
        home_zone: The zone of its gate, or "".
        is_put_back: The ledger asks devices for what it may have forgotten.
    """

    words: list[Word] = []
    notices: list[EvacuationNotice] = []
    terms: Sequence[Term] = ()
    home_event: EventId = EventId("")
    home_zone: str = ""
    is_put_back: bool = False

    def is_stopped(self, subject: tuple[str, str]) -> bool:
        """Tell whether a stop is held that counts, or was told before words were kept."""
        is_stop = EvacuationPhase.STOP.value
        return any(
            one.subject == subject and one.phase == is_stop and one.standing == WordStanding.COUNTS
            for one in self.words
        ) or any(
            (one.evacuation_id, one.zone_id) == subject and one.phase == is_stop
            for one in self.notices
        )

    def is_annulled(self, subject: tuple[str, str]) -> bool:
        """Tell whether the organizer has taken an evacuation back."""
        return any(
            one.subject == subject and one.standing == WordStanding.ANNULLED for one in self.words
        )

    def supervisors_at(self, at: Instant, at_error: Duration | None) -> list[SupervisorConfig]:
        """Return those who were supervisors at an instant.

        Of an entry whose time nobody knows, nobody says that it was made before somebody was
        removed.
        """
        return [
            SupervisorConfig(
                id=one.person, name="", pin_hash="", badge_hash="", sign_key=one.sign_key
            )
            for one in self.terms
            if one.until is None or (at_error is not None and one.since <= at < one.until)
        ]

    def emptied_before(self, word: Word, begun_at: Instant) -> Instant | None:
        """Return when all had left by a return, but not after somebody had passed who knew of it.

        It counts from when it came where its gate's clock is ahead: by that, whoever has come back
        over the venue's network since would have left once more.

        Args:
            word: The return.
            begun_at: Not before this.
        """
        words = (one for one in self.words if one.subject == word.subject and one.is_hearsay)
        heard = [one.emptied_at for one in words if one.emptied_at is not None]
        if word.emptied_at is None or not heard:
            return word.emptied_at
        return min(word.emptied_at, max(begun_at, min(heard)))

    def stops_of(self, device_id: DeviceId, zone_id: ZoneId) -> int:
        """Count the stops of a device that hold in a zone."""
        own: set[tuple[str, str]] = set()
        ended: set[tuple[str, str]] = set()
        for one in self.words:
            counts = one.standing == WordStanding.COUNTS
            if one.standing == WordStanding.ANNULLED or (counts and one.phase != _STOP):
                ended.add(one.subject)
            elif counts and (one.device_id, one.zone_id) == (device_id, zone_id):
                own.add(one.subject)
        return len(own - ended)

    def kept_of(self, device_id: DeviceId) -> int:
        """Count the words of a device that are kept without an effect."""
        own = (one for one in self.words if one.device_id == device_id)
        return sum(one.standing == WordStanding.KEPT for one in own)


_STOP: Final = EvacuationPhase.STOP.value
_OF_WHO_SAYS: Final = frozenset({Objection.NOT_SIGNED, Objection.OTHER_ZONE})
"""What speaks against a word since it is that device's."""
UNCOUNTED: Final = frozenset({Objection.NO_EVACUATION, Objection.TOO_MANY})
"""What stands against words of which there is no end: their entries alone are kept."""


def take_word(
    floor: WordKnowledge,
    said: EvacuationBody,
    author: WordAuthor,
    zones: Sequence[str],
    *,
    at: Instant,
    at_error: Duration | None,
    received_at: Instant,
) -> list[Word]:
    """Judge a word; returns what changes, those that count now in the order of their effect.

    Args:
        floor: Kept up to date.
        said: The word.
        author: Whose it is.
        zones: The event's zones.
        at: Its instant.
        at_error: By how much that may be off either way; None where nobody knows.
        received_at: Nobody has left who comes in later.
    """
    is_stop = said.phase == EvacuationPhase.STOP
    begun_at, emptied_at = times_of(said, author, received_at, is_time_known=at_error is not None)
    word = Word(
        said.evacuation_id,
        said.zone_id,
        said.phase,
        author.device_id,
        said.gate_id,
        begun_at,
        emptied_at,
        said.person,
        at,
        WordStanding.COUNTS,
        "",
    )
    if word.phase == EvacuationPhase.RETURN:
        floor_at = begun_at if at_error is not None else Instant(0)
        word.emptied_at = floor.emptied_before(word, floor_at)
    if word.phase == EvacuationPhase.OVER:
        _repeat_return(floor, word)
    is_annulled = floor.is_annulled(word.subject)
    found = find_objection(said, author, zones, is_annulled=is_annulled)
    held = _held(floor, word)
    if found is None and is_stop:
        if held is not None and held.standing == WordStanding.COUNTS:
            return []
        if floor.stops_of(word.device_id, word.zone_id) >= EVACUATION_STOPS_MAX:
            found = Objection.TOO_MANY
    if found is not None:
        is_heard = floor.is_put_back and not said.person and found in _OF_WHO_SAYS
        word.standing, word.why = WordStanding.KEPT, Objection.HEARD if is_heard else found
        return _keep(floor, word, is_new=held is None)
    if word.phase != EvacuationPhase.STOP and not floor.is_stopped(word.subject):
        word.standing = WordStanding.WAITS
    changed = [word]
    floor.words.append(word)
    if word.phase == EvacuationPhase.STOP:
        waiting = [
            one
            for one in floor.words
            if one.subject == word.subject and one.standing == WordStanding.WAITS
        ]
        for one in sorted(waiting, key=_in_order):
            one.standing = WordStanding.COUNTS
            changed.append(one)
    return changed


def hear_return(floor: WordKnowledge, known: EvacuationKnown | None, use: UseRecord) -> list[Word]:
    """Keep that a gate knew of a return when somebody passed, if the return has not come yet.

    Args:
        floor: Kept up to date.
        known: As the passage's entry says it.
        use: The passage.
    """
    if known is None or known.phase != EvacuationPhase.RETURN:
        return []
    subject = EvacuationId(known.evacuation_id), use.zone_id
    for one in floor.words:
        counts = one.standing in {WordStanding.COUNTS, WordStanding.ANNULLED}
        is_told = counts and one.phase != _STOP
        if one.subject == subject and (is_told or one.device_id == use.device_id):
            return []
    before = Instant(use.at - 1)
    word = Word(
        *subject,
        EvacuationPhase.RETURN.value,
        use.device_id,
        use.gate_id,
        before,
        before,
        "",
        use.at,
        WordStanding.KEPT,
        Objection.HEARD,
    )
    return _keep(floor, word, is_new=True)


def _keep(floor: WordKnowledge, word: Word, *, is_new: bool) -> list[Word]:
    """Keep a word without effect, if its device has not said too many of them."""
    are_enough = is_new and floor.kept_of(word.device_id) >= EVACUATION_WORDS_KEPT_MAX
    if word.is_hearsay and (are_enough or not is_new):
        return []
    if are_enough:
        word.why = Objection.TOO_MANY
    if is_new and word.why not in UNCOUNTED:
        floor.words.append(word)
    return [word]


def _repeat_return(floor: WordKnowledge, word: Word) -> None:
    """Let the end say when the zone was empty as the return did, if that is held.

    It sends nobody out. A gate whose clock is ahead gives the end the time that it had given the
    return, which counted from when it came: by that later one whoever has come back since would
    have left again.
    """
    returns = (
        (one.emptied_at, one.begun_at)
        for one in floor.words
        if one.subject == word.subject
        and one.phase == EvacuationPhase.RETURN
        and one.standing in {WordStanding.COUNTS, WordStanding.WAITS}
        and one.emptied_at is not None
    )
    word.emptied_at, word.begun_at = max(returns, default=(word.emptied_at, word.begun_at))


def _held(floor: WordKnowledge, word: Word) -> Word | None:
    key = (word.subject, word.phase, word.device_id)
    held = (one for one in floor.words if (one.subject, one.phase, one.device_id) == key)
    return next(held, None)


def _in_order(word: Word) -> tuple[Instant, str]:
    return word.said_at, word.device_id


def select_unended() -> Select[EventId, Instant]:
    """Select the words, each by its event and when it was said, of evacuations that go on."""
    word, end = EvacuationWord, aliased(EvacuationWord)
    is_over = and_(end.standing == WordStanding.COUNTS, end.phase == EvacuationPhase.OVER)
    is_ended = exists().where(
        end.event_id == word.event_id,
        end.evacuation_id == word.evacuation_id,
        end.zone_id == word.zone_id,
        or_(end.standing == WordStanding.ANNULLED, is_over),
    )
    return select(word.event_id, word.said_at).where(
        word.standing == WordStanding.COUNTS, ~is_ended
    )


async def read_words(
    transaction: Transaction, organization_id: OrganizationId, event_id: EventId
) -> list[Word]:
    """Read all words on an event's evacuations, in the order of their instants."""
    return words_of(await transaction.fetch(READ_WORDS, event_id, organization_id))


def words_of(rows: Iterable[Row]) -> list[Word]:
    """Turn rows of `evacuation_word` into words."""
    return [Word(*row) for row in rows]


async def read_terms(transaction: Transaction, organization_id: OrganizationId) -> list[Term]:
    """Read who is, or was, a supervisor whose badge signs."""
    rows = await transaction.fetch(READ_BADGES, organization_id)
    terms = []
    for person, sign_key, created_at, removed_at, former in rows:
        terms += [Term(person, one.sign_key, one.since, one.until) for one in read_former(former)]
        if sign_key is not None:
            terms.append(Term(person, bytes(sign_key), Instant(int(created_at)), removed_at))
    return terms


async def read_floor(
    transaction: Transaction,
    book: EventBook,
    words: Iterable[Word],
    notices: Iterable[EvacuationNotice],
    *,
    home_event: EventId,
    home_gate: GateId,
    is_put_back: bool,
) -> WordKnowledge:
    """Return what the words of a device are judged by.

    Args:
        transaction: The upload's.
        book: The event's.
        words: From `read_words`.
        notices: What gates were told.
        home_event: The event that the device serves, or "".
        home_gate: The gate that it is assigned to, or "".
        is_put_back: The ledger asks devices for what it may have forgotten.
    """
    gate = book.index.gates.get(home_gate)
    return WordKnowledge(
        [msgspec.structs.replace(word) for word in words],
        list(notices),
        await read_terms(transaction, book.organization_id),
        home_event,
        "" if gate is None else gate.zone_id,
        is_put_back,
    )


async def put_words(
    transaction: Transaction,
    organization_id: OrganizationId,
    event_id: EventId,
    words: Iterable[Word],
) -> None:
    """Keep words, and what became of them; one that counts is not changed by a later one."""
    rows = {
        (one.subject, one.phase, one.device_id): (
            event_id,
            organization_id,
            *msgspec.structs.astuple(one),
        )
        for one in words
        if one.why not in UNCOUNTED  # their texts may be anything; the entries are kept
    }
    await transaction.run_many(_PUT, list(rows.values()))
