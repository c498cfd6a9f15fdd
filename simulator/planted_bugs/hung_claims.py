"""Bugs with claims that hang on their way, and come when their gate has decided alone."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from server.journals import posting
from server.journals.posting import JournalFold
from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.instant import MINUTE, SECOND
from shared.lan.claim_book import ClaimBook
from simulator.fault_rates import NO_FAULTS
from simulator.guest_habits import Guests
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant
from simulator.scenario import Scenario


def _hanging(scenario: Scenario, policy: OfflinePolicy) -> Scenario:
    """Let claims and journals hang, while people go out and soon come back."""
    guests = Guests(copied=0.1, leaves=0.9, returns=1, stays=20 * SECOND, strolls=40 * SECOND)
    rates = msgspec.structs.replace(NO_FAULTS, hang=20 * SECOND, hang_lasts=(MINUTE,))
    return msgspec.structs.replace(
        scenario,
        policy=policy,
        has_reentry=True,
        has_restore=False,
        hello_every=None,
        guests=guests,
        fault_rates=rates,
    )


def _hanging_open(scenario: Scenario) -> Scenario:
    return _hanging(scenario, OfflinePolicy.OPEN)


def _hanging_closed(scenario: Scenario) -> Scenario:
    return _hanging(scenario, OfflinePolicy.CLOSED)


def _hanging_among_gates(scenario: Scenario) -> Scenario:
    """Let what gates ask each other hang, where nobody comes in by a gate alone."""
    hanging = _hanging(scenario, OfflinePolicy.SUPERVISOR)
    rates = msgspec.structs.replace(hanging.fault_rates, outage=MINUTE, hang_lasts=(10 * SECOND,))
    guests = msgspec.structs.replace(hanging.guests, copied=0.8, leaves=0)
    return msgspec.structs.replace(
        hanging, gates=3, hello_every=5 * SECOND, guests=guests, fault_rates=rates
    )


def _unless_released(mark: Any) -> Any:
    def mark_the_others(self: JournalFold, claim_id: Any, why: str) -> None:
        if why != "released":
            mark(self, claim_id, why)

    return mark_the_others


HUNG_CLAIM_BUGS: Final = (
    Planted(
        name="hung_grants_stay_late",
        what="A claim that hung counts from when it came, not from when its gate let somebody in.",
        replaced=(Replacement(posting, "date_back", constant(value=False)),),
        change=_hanging_open,
    ),
    Planted(
        name="hung_claims_of_nobody",
        what="A claim that hung is granted when it comes, whatever its gate has signed meanwhile.",
        replaced=(Replacement(JournalFold, "_mark", _unless_released),),
        change=_hanging_closed,
    ),
    Planted(
        name="hung_asks_bind_for_ever",
        what="What a gate asked binds the others also where it comes when all is decided.",
        replaced=(Replacement(ClaimBook, "is_over", constant(value=False)),),
        change=_hanging_among_gates,
    ),
)
