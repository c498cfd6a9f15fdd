"""Bugs in whether and until when a ticket is passed on, and in who had read its code by then."""

from __future__ import annotations

from typing import Any, Final

from gatekeeper.boxoffice import till_staff, withdrawing
from server.claims import withdrawal_deciding
from server.reconciliation import passage_records, passage_rights
from server.reconciliation.passage_rights import Seen
from shared.admission.purpose import Purpose
from shared.admission.reasons import Reason
from shared.credential.keyring import OFFICE_GENERATION
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else

OF_THE_PASSED_ON: Final = beside_all_else("transfers")


def _whoever_signs(decide: Any) -> Any:
    def bound(facts: Any) -> Any:
        is_kept = facts.is_bound and facts.purpose is Purpose.TRANSFER
        return Reason.SUPERVISOR if is_kept else decide(facts)

    return bound


def _whoever_says_so(find: Any) -> Any:
    def found(rights: Any, proof: bytes, word: bytes, row: Any) -> Any:
        is_reissued = row.facts.generation > OFFICE_GENERATION and row.manual_code is not None
        return Seen() if is_reissued else find(rights, proof, word, row)

    return found


PASSED_ON_BUGS: Final = (
    Planted(
        name="passed_on_for_ever",
        what="Tickets are passed on to others whatever the event's terms say.",
        replaced=tuple(
            Replacement(asks, "may_be_passed_on", constant(True))
            for asks in (withdrawal_deciding, withdrawing, till_staff)
        ),
        change=OF_THE_PASSED_ON,
    ),
    Planted(
        name="passed_on_by_nobody",
        what="When the terms have ended it, the ledger lets no supervisor allow it either.",
        replaced=(Replacement(withdrawal_deciding, "decide_withdrawal", _whoever_signs),),
        change=OF_THE_PASSED_ON,
        hours=0.2,
    ),
    Planted(
        name="former_codes_believed",
        what="Of a reissued ticket whatever looks like a former manual code is taken for one.",
        replaced=(Replacement(passage_rights, "_find_manual", _whoever_says_so),),
        change=OF_THE_PASSED_ON,
    ),
    Planted(
        name="former_codes_forgotten",
        what="Who has read a manual code is not believed any more when it is replaced.",
        replaced=(Replacement(passage_records, "former_codes", constant({})),),
        change=OF_THE_PASSED_ON,
    ),
)
