"""Bugs in what becomes of the tickets of a list that is undone, and brought again."""

from __future__ import annotations

from typing import Any, Final

from server.imports import import_acts, import_job
from server.reconciliation import conflict_recorder
from server.reconciliation.findings import ConflictKind
from server.ticketing import finding_and_changing_tickets
from simulator.planted_bugs.planted_bug import Planted, Replacement
from simulator.planted_bugs.single_dates_and_lists import beside_all_else

OF_THE_TAKEN_BACK: Final = beside_all_else("taken_back")


def _nobody(_count_used: Any) -> Any:
    async def count(*_: Any) -> int:
        return 0

    return count


class _Unused:
    """Says of every ticket that nobody has come in on it."""

    async def used(self, *_: Any) -> set[Any]:
        """Find none."""
        return set()


def _for_all(cancel_codes: Any) -> Any:
    async def cancel(unit: Any, changes: Any, usage: Any, event_id: Any, tickets: Any) -> Any:
        del usage
        return await cancel_codes(unit, changes, _Unused(), event_id, tickets)

    return cancel


def _nothing(_told: Any) -> Any:
    async def tell(*_: Any) -> None:
        pass

    return tell


def _in_order(_judge_voids: Any) -> Any:
    def judge(findings: Any, _voids: Any) -> Any:
        return [one for one in findings if one.kind is not ConflictKind.ADMITTED_AFTER_VOID]

    return judge


TAKEN_BACK_BUGS: Final = (
    Planted(
        name="undone_over_heads",
        what="A list is undone as if nobody had come in on it.",
        replaced=(Replacement(import_acts, "count_used", _nobody),),
        change=OF_THE_TAKEN_BACK,
    ),
    Planted(
        name="undone_for_all",
        what="Who has come in on an undone list loses the ticket like all others.",
        replaced=(Replacement(import_job, "cancel_codes", _for_all),),
        change=OF_THE_TAKEN_BACK,
    ),
    Planted(
        name="undone_in_silence",
        what="Gates are not told which tickets go with an undone list.",
        replaced=(Replacement(finding_and_changing_tickets, "announce", _nothing),),
        change=OF_THE_TAKEN_BACK,
    ),
    Planted(
        name="brought_back_in_silence",
        what="Gates are not told of tickets that come back with their list.",
        replaced=(Replacement(import_job, "tell_codes", _nothing),),
        change=OF_THE_TAKEN_BACK,
    ),
    Planted(
        name="undone_unnamed",
        what="Who came in on an undone ticket, and nobody knew, is named to nobody.",
        replaced=(Replacement(conflict_recorder, "judge_voids", _in_order),),
        change=OF_THE_TAKEN_BACK,
    ),
)
