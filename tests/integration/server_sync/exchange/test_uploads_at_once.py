"""Gates that were cut off come back at once, and others claim meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from server.entries.checking_uploaded_entries import CheckedEntry
from server.exchange import round_trip
from server.journals.seen_proofs import check_proofs
from shared.manifest.seen_codes import ReadCodes
from tests.factories.ledger_office import LedgerOffice

pytestmark = pytest.mark.either_database
FEW, MANY = 2, 4


async def test_of_many_large_uploads_one_at_a_time_stands_before_claims(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim draws lots with all that wait for its event's rows: beside twenty it lost seconds,
    and its gate decided alone. Who is in touch, and brings a scan, waits for none.
    """
    office, begun, goes_on = ledger_office, asyncio.Event(), asyncio.Event()
    gates = [await office.enrol(number % 2) for number in range(3)]
    codes = iter(range(len(office.codes)))
    for gate in gates:
        for _ in range(MANY):
            office.scan(gate, next(codes))
    standing: list[int] = []

    async def at_work(checks: Any, checked: Sequence[CheckedEntry], *more: Any) -> ReadCodes:
        if len(checked) > FEW:
            standing.append(len(checked))
            begun.set()
            await goes_on.wait()
        return await check_proofs(checks, checked, *more)

    monkeypatch.setattr(round_trip, "FEW", FEW)
    monkeypatch.setattr(round_trip, "check_proofs", at_work)
    large = [asyncio.create_task(office.exchanged(gate, gate.journal.entries)) for gate in gates]
    async with asyncio.timeout(60):
        await begun.wait()
        other = await office.enrol(0)
        office.scan(other, next(codes))
        assert len((await office.exchanged(other, other.journal.entries)).answers) <= FEW
        assert (await office.claimed(other, office.codes[next(codes)]))["verdict"] == "admit"
        assert len(standing) == 1
        goes_on.set()
        answers = [len((await one).answers) for one in large]
    assert answers == [len(gate.journal.entries) for gate in gates]
    assert len(standing) == len(gates)
