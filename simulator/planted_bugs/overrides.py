"""Bugs in what a supervisor's word lets in, and in what is kept and said of it."""

from __future__ import annotations

from typing import Any, Final

from gatekeeper.gate.staff_deeds import Supervision
from gatekeeper.store.use_table import Uses
from server.db.hot_path_statements import Statement
from server.journals import posting
from server.journals.posting import JournalFold
from server.reconciliation import conflicts_and_sides, double_uses, settling_conflicts
from shared.manifest.case_of_shown_code import Case
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else

OF_THE_OVERRIDDEN: Final = beside_all_else("overrides")


def _and_forgets(override: Any) -> Any:
    def let_in(self: Supervision, request: Any) -> Any:
        answer = override(self, request)
        self._store.uses.annul(answer.claim_id)
        return answer

    return let_in


def _not_known(_was: Any) -> Any:
    return "not known any more"


def _once(settle: Any) -> Any:
    async def settle_first(unit: Any, event_id: Any, conflict_id: Any, **said: Any) -> Any:
        known = await settling_conflicts.get_conflict(unit, event_id, conflict_id)
        return known if known.disposition else await settle(unit, event_id, conflict_id, **said)

    return settle_first


def _over_anybody(settle: Statement) -> Statement:
    guard = "AND (disposition = '' OR disposed_by LIKE '%@%')"
    assert guard in settle.sqlite
    return Statement(settle.postgres, settle.sqlite.replace(guard, ""))


OVERRIDDEN_BUGS: Final = (
    Planted(
        name="word_spends_nothing",
        what="A gate forgets who came in on a ticket by a supervisor's word.",
        replaced=(Replacement(Supervision, "override", _and_forgets),),
        change=OF_THE_OVERRIDDEN,
    ),
    Planted(
        name="word_for_anybody",
        what="A supervisor may let in on a code that is forged, and on a cancelled ticket.",
        replaced=(Replacement(Case, "may_override", constant(True)),),
        change=OF_THE_OVERRIDDEN,
    ),
    Planted(
        name="word_is_a_double",
        what="Who came in by a supervisor's word is named as a double use.",
        replaced=(Replacement(double_uses, "OVERRIDE", _not_known),),
        change=OF_THE_OVERRIDDEN,
    ),
    Planted(
        name="ruled_by_nobody",
        what="The ledger takes a ruling that no badge has signed.",
        replaced=(Replacement(posting, "is_supervisors_word", constant(True)),),
        change=OF_THE_OVERRIDDEN,
    ),
    Planted(
        name="first_ruling_stays",
        what="The office does not take a second word on a conflict.",
        replaced=(Replacement(settling_conflicts, "settle_conflict", _once),),
        change=OF_THE_OVERRIDDEN,
    ),
    Planted(
        name="gate_overrules_the_desk",
        what="A supervisor's word at a gate takes the place of the office's.",
        replaced=(Replacement(conflicts_and_sides, "_SETTLE", _over_anybody),),
        change=OF_THE_OVERRIDDEN,
    ),
    Planted(
        name="undone_stays_known",
        what="A gate goes on to count whom staff have taken back.",
        replaced=(Replacement(Uses, "annul", constant(None)),),
        change=OF_THE_OVERRIDDEN,
    ),
    Planted(
        name="undone_stays_inside",
        what="The ledger goes on to count whom a supervisor had let in and taken back.",
        replaced=(Replacement(JournalFold, "_undo", constant(None)),),
        change=OF_THE_OVERRIDDEN,
    ),
)
