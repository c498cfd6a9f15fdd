"""Who may use which claim id."""

from __future__ import annotations

import pytest

from shared.admission.evacuation import exit_claim_id
from shared.journal.claim_ids import (
    CLAIM_ID_SIZE_MAX,
    derive_claim_id,
    draw_claim_id,
    is_ledgers_own,
    may_use,
)
from shared.kernel.id_types import ClaimId, DeviceId, EvacuationId, TicketId, ZoneId
from tests.fakes.entropy import SeededEntropy

OWNER, OTHER = DeviceId("dv_7k2m9q4t1x0c"), DeviceId("dv_7k2m9q4t1x0d")


def test_drawn_id_is_its_devices_alone() -> None:
    """No other device may use it, and no two draws are one id."""
    entropy = SeededEntropy(1)
    drawn = {draw_claim_id(OWNER, entropy) for _ in range(100)}
    assert len(drawn) == 100
    assert all(may_use(OWNER, one) and not may_use(OTHER, one) for one in drawn)


@pytest.mark.parametrize("claim_id", ["ab" * 16, "scan.1", "of no program", "dv_7k2m9q4t1x0c"])
def test_id_that_says_no_owner_is_anybodys(claim_id: str) -> None:
    """As a thin scanner's, or that of a program of before."""
    assert may_use(OWNER, ClaimId(claim_id))
    assert may_use(OTHER, ClaimId(claim_id))


def test_ledgers_own_names_are_no_devices() -> None:
    """Those of passages and of exits by evacuation."""
    left = exit_claim_id(EvacuationId("e"), ZoneId("z"), TicketId(1))
    for name in (derive_claim_id(bytes(32)), ClaimId(left)):
        assert is_ledgers_own(name)
        assert len(name) <= CLAIM_ID_SIZE_MAX
        assert not may_use(OWNER, name)


@pytest.mark.parametrize("claim_id", ["", "x" * (CLAIM_ID_SIZE_MAX + 1)])
def test_id_out_of_bounds_is_nobodys(claim_id: str) -> None:
    """Empty, or longer than a ledger keeps."""
    assert not may_use(OWNER, ClaimId(claim_id))
