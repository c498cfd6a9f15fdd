"""What is promised of mails, judged by what the mail server saw and what buyers were told.

Whoever has paid gets their own tickets, and nobody else's, unless their address is none; who has
cancelled gets nothing from then on. What the server says of a mail is what the mail server knows.
A mail comes twice only where a line broke or a program ended before that was noted, and both are
known as one. Nobody waits because another's mail fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

from shared.kernel.instant import MINUTE, SECOND, Duration
from simulator.further_events.mails.called_off_checks import (
    CALLED_OFF_CHECKS,
    CalledOffEvidence,
    read_told,
)
from simulator.further_events.mails.evening import Mailed
from simulator.further_events.mails.letters import ReadMail, read_letter
from simulator.further_events.mails.poison_checks import POISON_CHECKS, PoisonEvidence
from simulator.further_events.mails.record import (
    LATE,
    NOTED,
    AddressKind,
    MailedOrder,
    MailsTold,
    Talk,
)
from simulator.further_events.mails.reports import wrong_reports
from simulator.judging.accused import check_doubles
from simulator.judging.evening_evidence import EveningEvidence
from simulator.judging.evidence import Violation, run_checks
from simulator.judging.ledger_and_device_views import view_ledger
from simulator.judging.seen_visits import Card, may_have_come

PROMPT: Final[Duration] = 75 * SECOND
"""Within so much time a mail is handed over where nothing fails: half a minute and a fifth after
the mail server was away, five seconds until somebody looks; and a few mails before it."""
OUT: Final[Duration] = 20 * SECOND
"""What was read before an order was cancelled is out by then, if ever."""


class MailedEvidence(EveningEvidence[Mailed, Card]):
    """All of it, when it is quiet."""

    @cached_property
    def letters(self) -> dict[int, ReadMail]:
        """What was taken, by the talk's number."""
        talks = self.evening.record.talks
        return {one.number: read_letter(one.content) for one in talks if one.content is not None}

    def taken(self, order: MailedOrder) -> list[Talk]:
        """Return in which talks a mail for an order's buyer was taken."""
        return [one for one in self.evening.record.talks_of(order) if one.taken_at is not None]

    def is_settled(self, talk: Talk) -> bool:
        """Tell whether the server has surely read the answer, and lived to note it."""
        if talk.replied_at is None or talk.heard_at is None:
            return False
        if talk.heard_at - talk.replied_at > LATE:
            return False
        return not any(
            talk.replied_at <= at <= talk.heard_at + NOTED for at in self.evening.server.stops
        )


def check_arrival(evidence: MailedEvidence) -> Iterator[str]:
    """Yield each buyer who has not got their tickets, by a mail that holds all of them."""
    for order in evidence.evening.record.orders:
        if not order.wishes or order.cancelled or order.nature.is_refused:
            continue
        cards = evidence.evening.cards[order.order_id]
        letters = [evidence.letters[one.number] for one in evidence.taken(order)]
        if not letters and (evidence.has_true_server or not _waits(order)):
            yield f"{order}: no mail was ever taken"
        for letter in letters:
            if sorted(letter.codes) != sorted(one.text for one in cards):
                yield f"{order}: its mail's pictures are not those of its {len(cards)} tickets"
            if any(one.manual_code not in letter.text for one in cards):
                yield f"{order}: its mail does not say how to key its tickets in"


def check_own(evidence: MailedEvidence) -> Iterator[str]:
    """Yield each mail that is somebody else's: by its addresses, or by a code in it."""
    whose = {
        card.text: order.address
        for order in evidence.evening.record.orders
        for card in evidence.evening.cards.get(order.order_id, ())
    }
    for talk in evidence.evening.record.talks:
        letter = evidence.letters.get(talk.number)
        if letter is None:
            continue
        if talk.recipients != [letter.to]:
            yield f"{talk}: a mail to {letter.to}"
        others = {whose.get(code, letter.to) for code in letter.codes} - {letter.to}
        if others:
            yield f"{talk}: tickets of {sorted(others)} for {letter.to}"


def check_cancelled(evidence: MailedEvidence) -> Iterator[str]:
    """Yield each mail for an order that was cancelled before."""
    for order in evidence.evening.record.orders:
        if order.cancelled is None or order.cancelled[1] is None:
            continue
        for talk in evidence.evening.record.talks_of(order):
            if talk.opened > order.cancelled[1] + OUT:
                yield f"{talk}: {order} had been cancelled"


def check_said(evidence: MailedEvidence) -> Iterator[str]:
    """Yield each word of the server on a mail that the mail server knows to be otherwise."""
    for order in evidence.evening.record.orders:
        for asked in order.asked:
            yield from _check_answer(evidence, order, asked)
        if order.asked and order.wishes:
            yield from _check_last(evidence, order, order.asked[-1])


def _check_answer(evidence: MailedEvidence, order: MailedOrder, asked: MailsTold) -> Iterator[str]:
    said = [str(one["outcome"]) for one in asked.mails]
    talks = [one for one in evidence.evening.record.talks_of(order) if one.opened <= asked.ended]
    taken = {
        evidence.letters[one.number].message_id
        for one in talks
        if one.taken_at is not None and one.taken_at <= asked.ended
    }
    known = {name for at, name in order.wishes if at < asked.began}
    missing = known - {str(one["id"]) for one in asked.mails}
    if missing:
        yield f"{order}: {sorted(missing)} were asked for, and nothing is said of them"
    if said.count("sent") > len(taken):
        yield f"{order}: said to be sent {said.count('sent')} times, taken {len(taken)} times"
    refusals = sum(one.code >= 500 for one in talks) + sum(one.is_deadly for one in talks)
    if said.count("refused") > refusals:
        yield f"{order}: said to be refused, and {refusals} were"
    is_off = order.cancelled is not None and order.cancelled[0] <= asked.ended
    if "nothing" in said and not is_off:
        yield f"{order}: there is said to be nothing to send"


def _check_last(evidence: MailedEvidence, order: MailedOrder, asked: MailsTold) -> Iterator[str]:
    said = {str(one["id"]): str(one["outcome"]) for one in asked.mails}
    outcomes = [said.get(name, "unknown") for _, name in order.wishes]
    if "waiting" in outcomes:
        if evidence.has_true_server:
            yield f"{order}: a mail waits still: {outcomes}"
        return
    settled = {
        evidence.letters[one.number].message_id
        for one in evidence.taken(order)
        if evidence.is_settled(one)
    }
    # By a wrong clock two may have one mail in hand; the later one finds an order cancelled.
    is_one = evidence.has_true_server or order.cancelled is None
    if is_one and outcomes.count("sent") < len(settled):
        yield f"{order}: the mail server has {len(settled)} mails, and is said to: {outcomes}"
    if order.cancelled is None:
        expected = "refused" if order.nature.is_refused else "sent"
        if set(outcomes) != {expected}:
            yield f"{order}: said to be {outcomes}, and it is {expected}"


def check_copies(evidence: MailedEvidence) -> Iterator[str]:
    """Yield each mail that came once more, or was tried once more, for nothing."""
    for order in evidence.evening.record.orders:
        taken = evidence.taken(order)
        names = {evidence.letters[one.number].message_id for one in taken}
        if len(names) > len(order.wishes):
            yield f"{order}: {len(names)} mails, asked for {len(order.wishes)} times"
        if not evidence.has_true_server:
            continue
        for name in sorted(names):
            copies = [one for one in taken if evidence.letters[one.number].message_id == name]
            for one in copies[:-1]:
                if evidence.is_settled(one):
                    yield f"{one}: handed over, and then again, {len(copies)} times in all"
        refused = [
            one
            for one in evidence.evening.record.talks_of(order)
            if one.code >= 500 and evidence.is_settled(one)
        ]
        if len(refused) > len(order.wishes):
            yield f"{order}: refused for good, and tried {len(refused)} times"


def check_prompt(evidence: MailedEvidence) -> Iterator[str]:
    """Yield each mail that was handed over late, though nothing stood in its way."""
    if not evidence.has_true_server:
        return
    for order in evidence.evening.record.orders:
        if order.nature is AddressKind.DEADLY or not order.wishes:
            continue
        asked = order.wishes[0][0]
        tries = [one.opened for one in evidence.evening.record.talks_of(order)]
        first = min(tries, default=None)
        for since, until in evidence.evening.record.calm.items():
            due = max(asked, since) + PROMPT
            if (
                due > until
                or (first is not None and first <= due)
                or _is_bad(evidence, since, due)
            ):
                continue
            if order.cancelled is not None and order.cancelled[0] <= due:
                continue
            yield f"{order}: asked for at {asked}, tried first at {first}, calm since {since}"
            break


def _is_bad(evidence: MailedEvidence, since: int, until: int) -> bool:
    """Tell whether any mail of a while met with something that others have to wait for."""
    return any(
        one.fate is not None and since - LATE <= one.opened <= until
        for one in evidence.evening.record.talks
    )


def check_gates(evidence: MailedEvidence) -> Iterator[str]:
    """Yield each holder who was turned away, each scan that is lost, and each accusation."""
    for visit in evidence.visits:
        if visit.answer is None or not visit.is_in_reach or visit.is_green:
            continue
        if not may_have_come(evidence.visits, visit):
            yield f"{visit}: turned away with a good ticket"
    stored = {
        one.signed.entry
        for entries in evidence.ledger.entries.values()
        for one in entries.values()
    }
    lost = [one for one in evidence.held.values() if one.signed.entry not in stored]
    if lost:
        yield f"{len(lost)} entries of gates are not in the ledger"
    yield from check_doubles(evidence)


def check_reports(evidence: MailedEvidence) -> Iterator[str]:
    """Yield each report that did not come once when it was due."""
    if evidence.has_true_server:
        yield from wrong_reports(evidence.evening.reports, evidence.evening.record.talks)


def _waits(order: MailedOrder) -> bool:
    last: list[dict[str, Any]] = order.asked[-1].mails if order.asked else []
    return any(one["outcome"] == "waiting" for one in last)


async def judge_mailed(mailed: Mailed) -> list[Violation]:
    """Read everything, and run every check."""
    evidence = MailedEvidence(mailed, await view_ledger(mailed.server, mailed.site.event_id))
    found = run_checks(
        "mailed",
        evidence,
        check_arrival,
        check_own,
        check_cancelled,
        check_said,
        check_copies,
        check_prompt,
        check_reports,
        check_gates,
    )
    found += await _judge_called_off(mailed)
    if mailed.poison is None or not evidence.has_true_server:
        return found
    deadly = PoisonEvidence(mailed.record, mailed.poison, mailed.dead)
    return found + run_checks("poison", deadly, *POISON_CHECKS)


async def _judge_called_off(mailed: Mailed) -> list[Violation]:
    await mailed.call_off()
    evidence = CalledOffEvidence(
        event_id=mailed.site.event_id,
        orders=mailed.record.orders,
        told=mailed.notices,
        letters=read_told(mailed.notices),
        outcomes=mailed.outcomes,
        received=mailed.program.received,
        waiting=await mailed.list_waiting(),
        stops=mailed.server.stops,
        has_true_server=mailed.scenario.has_true_server,
    )
    return run_checks("told", evidence, *CALLED_OFF_CHECKS)


assert PROMPT < 2 * MINUTE, "a job that ends the server does so after two minutes again"
