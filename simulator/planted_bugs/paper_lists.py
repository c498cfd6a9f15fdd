"""Bugs in what becomes of who was let in by a list on paper."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.gate.holder_search import NameSearch
from gatekeeper.store.use_table import Uses
from server.journals import reviewing
from server.journals.posting import JournalFold
from server.ledger.uses import PAPER
from shared.journal.entry import ScanBody
from shared.kernel.instant import Duration
from simulator.planted_bugs.planted_bug import Planted, Replacement
from simulator.planted_bugs.single_dates_and_lists import beside_all_else

BY_PAPER: Final = beside_all_else("paper")


def _to_the_second(paper_time: Any) -> Any:
    def exactly(self: ScanBody, known_until: Any) -> Any:
        at, error = paper_time(self, known_until)
        return at, None if error is None else Duration(0)

    return exactly


def _when_it_was_keyed_in(_paper_time: Any) -> Any:
    def then(_self: ScanBody, known_until: Any) -> Any:
        return known_until, Duration(0)

    return then


def _but_not_here(add: Any) -> Any:
    def add_local(self: Uses, body: ScanBody, at: Any, **rest: Any) -> None:
        if not body.is_by_paper:
            add(self, body, at, **rest)

    return add_local


def _but_no_line(annul: Any) -> Any:
    def annul_scans(self: JournalFold, known: Any, *rest: Any) -> None:
        if known.source != "paper":
            annul(self, known, *rest)

    return annul_scans


def _of_whom_was_found_before(describe: Any) -> Any:
    before: list[str] = []

    def name(self: NameSearch, event: Any, row: Any) -> Any:
        found = describe(self, event, row)
        before.append(found.ticket_id)
        return msgspec.structs.replace(found, ticket_id=before[-2:][0])

    return name


def _but_to_no_line(objection: Any) -> Any:
    def find(self: JournalFold, use: Any, *rest: Any) -> Any:
        return None if use.source == PAPER else objection(self, use, *rest)

    return find


def _without_lines(name: Any) -> Any:
    def name_others(ticket_id: Any, uses: Any, *rest: Any) -> Any:
        return name(ticket_id, [one for one in uses if one.source != PAPER], *rest)

    return name_others


PAPER_BUGS: Final = (
    Planted(
        name="paper_has_no_bound",
        what="A line that says between which times is taken for one that knows the moment.",
        replaced=(Replacement(ScanBody, "paper_time", _to_the_second),),
        change=BY_PAPER,
    ),
    Planted(
        name="paper_is_now",
        what="Who was let in by paper counts as of when it was keyed in.",
        replaced=(Replacement(ScanBody, "paper_time", _when_it_was_keyed_in),),
        change=BY_PAPER,
    ),
    Planted(
        name="paper_not_known_here",
        what="A gate at which a list was keyed in does not count what was keyed in itself.",
        replaced=(Replacement(Uses, "add_local", _but_not_here),),
        change=BY_PAPER,
    ),
    Planted(
        name="line_stays",
        what="A line that was keyed in is never taken back.",
        replaced=(Replacement(JournalFold, "_annul", _but_no_line),),
        change=BY_PAPER,
    ),
    Planted(
        name="paper_came_before_the_refund",
        what="Who came in by a line that is older than the ticket's refund is not named.",
        replaced=(
            Replacement(JournalFold, "_objection", _but_to_no_line),
            Replacement(reviewing, "name_contradictions", _without_lines),
        ),
        change=BY_PAPER,
    ),
    Planted(
        name="name_of_another",
        what="Who is found by name is given the ticket of whoever was found before.",
        replaced=(Replacement(NameSearch, "_describe", _of_whom_was_found_before),),
        change=BY_PAPER,
    ),
)
