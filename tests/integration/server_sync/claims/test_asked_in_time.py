"""A holder who showed the code in time, at the ledger: what staff ask since makes nobody late."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.admission.facts import ASKING_MAX
from shared.kernel.instant import MINUTE, SECOND, format_instant
from tests.factories.ledger_office import LedgerOffice, open_ledger_office
from tests.factories.office import test_settings


async def close_soon(office: LedgerOffice) -> None:
    """Let nobody in any more half a minute from now."""
    until = format_instant(office.now + 30 * SECOND)
    zone = {
        "name": "Arena",
        "occurrence_id": office.occurrence_id,
        "reentry_after_exit": False,
        "rule": {"fact": "now", "cmp": "before", "value": until},
    }
    path = f"{office.path}/zones/{office.zone_id}"
    await office.office.ok("PUT", path, office.owner, json=zone)


@pytest.mark.either_database
async def test_a_claim_is_judged_by_when_the_code_was_shown(
    tmp_path: Path, database_url: str
) -> None:
    """Whose proof is looked at past the end is let in; who comes then, or was seen too long ago,
    is not, nor is anybody early by a time to come.
    """
    settings = test_settings(database_url, tmp_path)
    async with open_ledger_office(settings, ticket_type={"check_id": True}) as office:
        gate = await office.enrol()
        await close_soon(office)
        came = format_instant(office.now)
        asked = await office.claimed(gate, office.codes[0], "one", scanned_at=came)
        assert asked["reason"] == "check_id"
        office.office.clock.advance(MINUTE)
        seen = await office.claimed(gate, office.codes[0], "one", id_checked=True, scanned_at=came)
        late = await office.claimed(gate, office.codes[1], id_checked=True)
        assert (seen["reason"], late["reason"]) == ("ok", "rules_denied")
        office.office.clock.advance(ASKING_MAX)
        again = await office.claimed(gate, office.codes[2], id_checked=True, scanned_at=came)
        assert again["reason"] == "rules_denied"


@pytest.mark.either_database
async def test_what_a_gate_says_of_such_a_holder_contradicts_nothing(
    ledger_office: LedgerOffice,
) -> None:
    """Its entry is as of when the holder passed; who passed much later is named."""
    gate = await ledger_office.enrol()
    await close_soon(ledger_office)
    ledger_office.office.clock.advance(MINUTE)
    ledger_office.scan(gate, 0)
    await ledger_office.exchanged(gate, gate.journal.entries)
    assert await ledger_office.conflicts() == []
    ledger_office.office.clock.advance(ASKING_MAX)
    ledger_office.scan(gate, 1)
    await ledger_office.exchanged(gate, gate.journal.entries[-1:])
    assert [one["kind"] for one in await ledger_office.conflicts()] == ["admitted_against_rules"]
