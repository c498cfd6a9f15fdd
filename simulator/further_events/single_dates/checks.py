"""What the series promises, judged by what the organizer had said, who knew it, and what was paid.

A date has a fate at any time: its tickets let in now, or they do not. What a gate had to know of
it stands in its entry's cursor, or, where the server let somebody in, in the time of the question;
what it may have known besides is all that was being said until it answered.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import msgspec

from shared.manifest.event_config import EventConfig
from shared.wire.feed import ConfigChange
from simulator.further_events.single_dates.evening import Series
from simulator.further_events.single_dates.ground import MOVED, Programme
from simulator.further_events.single_dates.record import DatedCard, Day, Order, Said, SeriesRecord
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import view_ledger
from simulator.judging.seen_visits import Visit


class Back(msgspec.Struct):
    """What became of one order's money; minor units.

    Attributes:
        sent: On its way back, or gone.
        left: Listed for a person.
        waits: Listed for tills.
    """

    sent: int = 0
    left: int = 0
    waits: int = 0


class SeriesEvidence(msgspec.Struct):
    """All of the series, when it is quiet.

    Attributes:
        record: What was seen.
        cursors: How far the gate had read the feed at each presentation, by its number.
        told: The feed's number by which a gate had all of what was said.
        one_off: What became of each order's money when one date was off, by the order's id.
        all_off: And when all of it was.
    """

    record: SeriesRecord
    cursors: dict[int, int]
    told: dict[Said, float]
    one_off: dict[str, Back]
    all_off: dict[str, Back]


def check_dates(evidence: SeriesEvidence) -> Iterator[str]:
    """Yield each who was let in though whoever decided knew better, or was denied so."""
    begun: set[int] = set()
    for seen in evidence.record.seen:
        is_first = seen.card.ticket_id not in begun
        if seen.direction == "in":
            begun.add(seen.card.ticket_id)
        if seen.answer is None or seen.direction != "in":
            continue
        fates = set(_fates(evidence, seen))
        if seen.is_green and fates == {False} and not seen.answer.is_repeat:
            yield f"{_name(seen)}: let in, and it was known that its date is not now"
        if is_first and seen.is_in_reach and not seen.is_green and fates == {True}:
            yield f"{_name(seen)}: turned away, and its date is now"


def check_ways_out(evidence: SeriesEvidence) -> Iterator[str]:
    """Yield each who was inside and was not let out by a gate that could ask.

    Whose ticket came with a list that was taken back is turned away both ways: the ticket is
    cancelled, and no longer only its date (`docs/specs/admission.md`, 2, line 3). The list could
    be taken back because nobody had heard of the entry yet.
    """
    inside: dict[int, Visit[DatedCard]] = {}
    taken_back = [one for one in evidence.record.said if one.what == "undone"]
    for seen in evidence.record.seen:
        ticket_id = seen.card.ticket_id
        before = inside.get(ticket_id)
        if seen.direction == "out" and before is not None and seen.answer is not None:
            may_be_gone = any(
                ticket_id in one.tickets and one.began <= (seen.ended or 0) for one in taken_back
            )
            if seen.is_in_reach and not seen.is_green and not may_be_gone:
                yield f"{_name(seen)}: was inside by scan {before.number}, and is not let out"
            inside.pop(ticket_id)
        if seen.direction == "in" and seen.is_green:
            inside[ticket_id] = seen


def check_money(evidence: SeriesEvidence) -> Iterator[str]:
    """Yield each order of which more went back than the date that is off, or less is listed."""
    off = next((one for one in evidence.record.said if one.what == "off"), None)
    for order in evidence.record.orders:
        back = evidence.one_off.get(order.order_id, Back())
        due = sum(price for day, price in order.days if day is Day.OFF) if off else 0
        if back.sent > min(due, order.total):
            yield f"{_order(order)}: {back.sent} went back, and {due} were for what is off"
        is_before = off is not None and _is_paid(order) and (order.ended or 0) < off.began
        if is_before and back.sent + back.left < due:
            yield f"{_order(order)}: {back.sent} went back, {back.left} listed, of {due}"
        ended = evidence.all_off.get(order.order_id, Back())
        if ended.sent + ended.waits > order.total:
            yield f"{_order(order)}: {ended.sent} went back and {ended.waits} wait at tills"
        if order.total and ended.sent + ended.waits + ended.left < order.total:
            yield (
                f"{_order(order)}: all is off; {ended.sent} went back, {ended.waits} wait at"
                f" tills, {ended.left} are listed"
            )


def check_organizer(evidence: SeriesEvidence) -> Iterator[str]:
    """Yield what was answered to the organizer and should not have been."""
    yield from evidence.record.wrong


async def judge_series(series: Series) -> list[Violation]:
    """Read everything, call off what is left, and run every check."""
    held = series.read_journals()
    cursors = {
        seen.number: held[seen.node, seen.answer.seq].entry.cursor
        for seen in series.record.seen
        if seen.answer is not None and (seen.node, seen.answer.seq) in held
    }
    one_off = await _read_back(series)
    if unrest := await series.call_all_off():
        return [Violation("live", f"the series, called off: {unrest}")]
    ledger = await view_ledger(series.server, series.programme.event_id)
    plans = [
        (sequence, item.config)
        for sequence, _, item in ledger.feed
        if isinstance(item, ConfigChange)
    ]
    evidence = SeriesEvidence(
        record=series.record,
        cursors=cursors,
        told={
            one: max(one.sequence, _plan_telling(plans, series.programme, one))
            for one in series.record.said
        },
        one_off=one_off,
        all_off=await _read_back(series),
    )
    series.record.wrong += series.owner.refused
    return run_checks(
        "series", evidence, check_dates, check_ways_out, check_money, check_organizer
    )


def _plan_telling(plans: list[tuple[int, EventConfig]], programme: Programme, said: Said) -> float:
    """Return the feed's number by which gates hold the plan that says so."""
    if said.day is None:
        return 0
    date = programme.dates[said.day]
    for sequence, config in plans:
        one = next(one for one in config.occurrences if one.id == date)
        if one.is_cancelled if said.what == "off" else one.starts_at == MOVED[said.day]:
            return sequence
    return math.inf


async def _read_back(series: Series) -> dict[str, Back]:
    found: dict[str, Back] = {}
    for order_id, amount in await series.ask_books(
        "SELECT order_id, amount_minor FROM payout WHERE event_id=? AND state != 'failed'"
    ):
        found.setdefault(order_id, Back()).sent += amount
    # The event's own run, if there is one, has taken up what a date's has left.
    rows = await series.ask_books(
        "SELECT order_id, left_minor, at_till_minor FROM refund_run_order WHERE event_id=?"
        " ORDER BY occurrence_id DESC"
    )
    for order_id, left, waits in rows:
        back = found.setdefault(order_id, Back())
        back.left, back.waits = left, waits
    return found


# -- what was known ------------------------------------------------------------------------------


def _fates(evidence: SeriesEvidence, seen: Visit[DatedCard]) -> Iterator[bool]:
    """Yield whether a card lets in, by each that its gate may have known of it."""
    card = seen.card
    said = [
        one for one in evidence.record.said if one.day is card.day or card.ticket_id in one.tickets
    ]
    assert seen.answer is not None
    # What a gate turns away by what it holds, it asks nobody about.
    is_asked = seen.answer.mode == "online" and seen.is_green
    cursor = evidence.cursors.get(seen.number, 0)
    known = [
        one
        for one in said
        if evidence.told[one] <= cursor or (is_asked and one.ended < seen.began)
    ]
    possible = [one for one in said if one in known or one.began <= (seen.ended or 0)]
    for count in range(len(known), len(possible) + 1):
        yield _is_now(card.day, possible[:count])


def _is_now(day: Day, said: list[Said]) -> bool:
    """Tell whether a date's tickets let in after all that was said of them."""
    is_now = day is not Day.HERE
    for one in said:
        is_now = one.what == "moved" and day is Day.HERE
    return is_now


def _is_paid(order: Order) -> bool:
    return order.ended is not None and order.total == order.price


def _name(seen: Visit[DatedCard]) -> str:
    assert seen.answer is not None
    return (
        f"scan {seen.number} at {seen.node} ({seen.card.day}, {seen.direction},"
        f" {seen.answer.mode} {seen.answer.reason})"
    )


def _order(order: Order) -> str:
    return f"order {order.number}, paid {order.total} of {order.price}"
