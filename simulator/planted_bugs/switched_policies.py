"""Bugs in what holds while a policy is switched to `home`, and away from it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.store.use_table import Uses
from shared.admission.offline_policy import MayAdmit, OfflinePolicy, Rung, who_may_admit
from shared.manifest.case_of_shown_code import Case
from simulator.planted_bugs.planted_bug import Planted, Replacement
from simulator.planted_bugs.replaced_devices import own_uses_alone
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario

OF_THE_SWITCHED: Final = beside_all_else("switched")


def _without_peers(scenario: Scenario) -> Scenario:
    """Let gates know of each other by the ledger alone."""
    return msgspec.structs.replace(OF_THE_SWITCHED(scenario), hello_every=None)


def _once_a_home(_may_admit: Any) -> Any:
    def may_admit(self: Case, rung: Rung, device_id: str) -> MayAdmit:
        is_home = self.home_device_id == device_id
        policy = OfflinePolicy.HOME if is_home else self.policy
        return who_may_admit(rung, policy, is_home=is_home)

    return may_admit


def _unbound(_home: Any) -> Any:
    return lambda _self, _device_id: None


SWITCHED_BUGS: Final = (
    Planted(
        name="once_a_home",
        what="A ticket's home lets its holder in alone, whatever the policy is by now.",
        replaced=(Replacement(Case, "may_admit", _once_a_home),),
        change=OF_THE_SWITCHED,
    ),
    Planted(
        name="home_knows_itself_alone",
        what="A gate that becomes a home does not know who came in by the ledger's word before.",
        replaced=(Replacement(Uses, "facts_of", own_uses_alone),),
        change=_without_peers,
    ),
    Planted(
        name="home_not_asked",
        what="The ledger grants a ticket to any gate, whatever home it has.",
        replaced=(Replacement(Case, "home_other_than", _unbound),),
        change=OF_THE_SWITCHED,
    ),
)
