"""Three rungs against four policies."""

from __future__ import annotations

import pytest

from shared.admission.offline_policy import MayAdmit, OfflinePolicy, Rung, who_may_admit

TABLE = {
    "open": ("ledger", "peers", "this_device"),
    "supervisor": ("ledger", "peers", "supervisor"),
    "closed": ("ledger", "ledger", "ledger"),
    "home": ("home", "home", "home"),
}


@pytest.mark.parametrize("policy", OfflinePolicy)
def test_each_rung_names_whose_word_is_needed(policy: OfflinePolicy) -> None:
    """The table of the policy holds on every rung, for a device that is not the home."""
    answers = [who_may_admit(rung, policy, is_home=False) for rung in Rung]
    assert answers == [MayAdmit(name) for name in TABLE[policy]]


@pytest.mark.parametrize("rung", Rung)
def test_home_admits_alone_on_every_rung(rung: Rung) -> None:
    """Under `home`, the home's own journal decides, cable or not."""
    assert who_may_admit(rung, OfflinePolicy.HOME, is_home=True) is MayAdmit.THIS_DEVICE


@pytest.mark.parametrize("rung", Rung)
@pytest.mark.parametrize("policy", ["open", "supervisor", "closed"])
def test_home_means_nothing_under_another_policy(rung: Rung, policy: str) -> None:
    """Being the home gives no right where the organizer chose otherwise."""
    chosen = OfflinePolicy(policy)
    assert who_may_admit(rung, chosen, is_home=True) is who_may_admit(rung, chosen, is_home=False)
