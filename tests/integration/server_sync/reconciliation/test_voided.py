"""Tickets that were let in, and taken back: what came first decides what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from shared.admission.purpose import Purpose
from shared.kernel.id_types import ClaimId
from shared.kernel.instant import MILLISECOND, MINUTE, SECOND, Instant
from tests.factories.evacuations import Chief
from tests.factories.ledger_office import LedgerOffice
from tests.factories.withdrawing import do


async def void(office: LedgerOffice, how: str) -> None:
    """Block, reissue or cancel the first ticket."""
    path = f"{office.path}/tickets/{office.hex_of(0)}"
    bodies: dict[str, dict[str, Any]] = {
        "block": {"blocked": True},
        "refund": {"reason": "fell ill"},
    }
    method, body = "PUT" if how == "block" else "POST", bodies.get(how, {})
    await office.office.ok(method, f"{path}/{how}", office.owner, json=body)


async def found(office: LedgerOffice, how: str, after: int, **scan: Any) -> list[str]:
    """Void the ticket some time after a gate has let it in, and upload then; what is found."""
    gate = await office.enrol()
    began = office.now
    office.office.clock.advance(MINUTE)
    await void(office, how)
    office.scan(gate, 0, wall=Instant(began + MINUTE - after), **scan)
    office.office.clock.advance(MINUTE)
    await office.exchanged(gate, gate.journal.entries)
    return [one["kind"] for one in await office.conflicts()]


async def test_entry_before_a_block_is_in_order(ledger_office: LedgerOffice) -> None:
    """A gate that was cut off let a good ticket in; what became of it later accuses nobody."""
    assert await found(ledger_office, "block", SECOND) == []


@pytest.mark.either_database
async def test_entry_that_nobody_knew_of_is_told_with_the_reissue(
    ledger_office: LedgerOffice,
) -> None:
    """Whoever gave a second credential out is told that the first had been used, not hidden."""
    assert await found(ledger_office, "reissue", SECOND) == ["admitted_superseded"]


@pytest.mark.either_database
async def test_entry_before_a_cancellation_is_told_with_the_payout(
    ledger_office: LedgerOffice,
) -> None:
    """Whoever cancels is told that the ticket had been used: money may have gone back."""
    assert await found(ledger_office, "refund", SECOND) == ["payout_and_entry"]


@pytest.mark.either_database
@pytest.mark.parametrize(
    ("after", "error"), [(-SECOND, MILLISECOND), (MILLISECOND, SECOND), (SECOND, None)]
)
async def test_entry_that_may_have_come_after_is_told(
    ledger_office: LedgerOffice, after: int, error: int | None
) -> None:
    """After the block, or where the clocks do not say."""
    kinds = await found(ledger_office, "block", after, offset_error=error)
    assert kinds == ["admitted_after_void"]


async def test_a_payout_whose_grant_hung_on_its_way_is_put_in_no_order(
    ledger_office: LedgerOffice,
) -> None:
    """By the grant's time the guest had come in first, for certain, and then taken the money."""
    office = ledger_office
    chief = await Chief.appoint(office)
    till, gate = await office.enrol(role="till"), await office.enrol(1)
    began = office.now
    do(office, chief, till, 0, Purpose.REFUND, claim_id=ClaimId("hung"))
    office.scan(gate, 0, wall=Instant(began + 3 * SECOND))
    office.office.clock.advance(5 * SECOND)
    money: dict[str, Any] = {"amount_minor": 2_500, "currency": "EUR", "tender": "cash"}
    asked = await office.claimed(
        till, office.codes[0], "hung", gate_id="", purpose="refund", **money
    )
    assert asked["verdict"] == "admit"
    await office.exchanged(till, till.journal.entries)
    await office.exchanged(gate, gate.journal.entries)
    (conflict,) = await office.conflicts()
    assert (conflict["kind"], conflict["is_ordered"]) == ("payout_and_entry", False)
