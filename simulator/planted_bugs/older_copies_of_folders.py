"""Bugs where a device goes on from an older copy of its folder."""

from __future__ import annotations

from typing import Any, Final
from zlib import crc32

import msgspec

from gatekeeper.gate import troubles
from server.claims.claim_work import ClaimWork
from server.claims.deciding import ClaimFold
from server.entries.uploaded_chain import ChainSorter
from server.journals.sale_booking import _Booking
from shared.admission.decide import Decision
from shared.admission.reasons import Reason
from shared.kernel.instant import SECOND
from shared.kernel.trouble import NO_TROUBLE
from shared.manifest.case_of_shown_code import Case
from simulator.fault_rates import NO_FAULTS
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario


def of_older_copies(scenario: Scenario) -> Scenario:
    """Leave all other events to themselves, almost without guests, and look at this one alone."""
    alone = beside_all_else("older_copies")(scenario)
    return msgspec.structs.replace(alone, hello_every=SECOND)


def _in_touch(scenario: Scenario) -> Scenario:
    """Let nothing go wrong but the folders: whoever asks the ledger is answered."""
    return msgspec.structs.replace(of_older_copies(scenario), fault_rates=NO_FAULTS)


def _some_are_used(judge: Any) -> Any:
    def judged(fold: ClaimFold, work: ClaimWork, case: Case) -> Decision:
        decision: Decision = judge(fold, work, case)
        is_taken = crc32(work.request.claim_id.encode()) % 6 == 0
        is_wrong = is_taken and decision.admit and work.request.direction == "in"
        return Decision(reason=Reason.ALREADY_USED, remaining=0) if is_wrong else decision

    return judged


OLDER_COPIES_BUGS: Final = (
    Planted(
        name="put_back_unnamed",
        what="The server names no device that goes on from an older copy of what it holds.",
        replaced=(Replacement(ChainSorter, "_link_flaw", constant("")),),
        change=of_older_copies,
    ),
    Planted(
        name="put_back_unsaid",
        what="A device's screen says nothing of its being put back.",
        replaced=(Replacement(troubles, "of_copies", constant(NO_TROUBLE)),),
        change=of_older_copies,
    ),
    Planted(
        name="sold_again_unnamed",
        what="The server books a second sale of a ticket, and says nothing of it.",
        replaced=(Replacement(_Booking, "_find", constant(None)),),
        change=of_older_copies,
        hours=0.5,
    ),
    Planted(
        name="lost_are_used",
        what="The ledger takes some who come first for those whom a lost folder has let in.",
        replaced=(Replacement(ClaimFold, "_judged", _some_are_used),),
        change=_in_touch,
        hours=0.3,
    ),
)
