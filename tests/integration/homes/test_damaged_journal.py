"""A gate whose journal is damaged: what it still knows comes to the ledger as it stood."""

from __future__ import annotations

from pathlib import Path

import pytest

from gatekeeper.gate.requests import Decline, Override, Scan, Undo
from shared.kernel.id_types import ClaimId, GateId
from shared.kernel.instant import format_instant
from shared.wire.claim import ClaimRequest
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import WiredGate, open_again
from tests.factories.zone_limits import limit_zone
from tests.integration.homes.test_cut_off import open_gates, set_policy

pytestmark = pytest.mark.parametrize("published", ["sqlite"], indirect=True)


def spoil(gate: WiredGate, *numbers: int | None) -> None:
    """Let the bytes of entries rot; what else the database knows stays."""
    connection = gate.session.store._database.connection
    for seq in numbers:
        connection.execute("UPDATE entry SET entry=zeroblob(length(entry)) WHERE seq=?", (seq,))


async def restarted(office: LedgerOffice, folder: Path, gate: WiredGate) -> WiredGate:
    """Restart a gate, and let it tell the ledger all."""
    await gate.session.close()
    again = await open_again(office, folder / gate.id, gate.device)
    for _ in range(3):
        await again.mend()
    return again


async def test_an_admission_is_said_again_although_its_referral_can_still_be_read(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """A holder who was referred first, then let in under the same claim id, enters once."""
    await set_policy(ledger_office, "closed")
    code = ledger_office.codes[0]
    async with open_gates(ledger_office, tmp_path, (0, 1)) as gates:
        for gate in gates:
            await gate.cut()
        first = await gates[0].scan("no ticket at all")
        referred = await gates[0].scan(code)
        admitted = gates[0].session.supervision.override(
            Override(Scan(code, claim_id=referred.claim_id), "known_holder", "sv")
        )
        assert (admitted.verdict, admitted.claim_id) == ("admit", referred.claim_id)
        spoil(gates[0], first.seq, admitted.seq)
        gates[0] = await restarted(ledger_office, tmp_path, gates[0])
        await gates[1].mend()
        assert (await gates[1].scan(code)).reason == "already_used"


async def test_what_was_taken_back_stays_taken_back(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """A guest who was sent back may enter, although admission and undo are both damaged."""
    await set_policy(ledger_office, "open")
    code = ledger_office.codes[0]
    async with open_gates(ledger_office, tmp_path, (0, 1)) as gates:
        await gates[0].cut()
        admitted = await gates[0].scan(code)
        undone = gates[0].session.supervision.do(Undo(admitted.claim_id, "mistake", "sv"))
        spoil(gates[0], admitted.seq, undone)
        gates[0] = await restarted(ledger_office, tmp_path, gates[0])
        await gates[1].sync()
        assert (await gates[1].scan(code)).reason == "ok"


@pytest.mark.parametrize("spoils_admission", [False, True])
async def test_an_undo_is_said_again_where_the_ledger_holds_the_admission(
    ledger_office: LedgerOffice, tmp_path: Path, spoils_admission: bool
) -> None:
    """The ledger granted the claim; only the damaged entry says that nobody entered under it."""
    code = ledger_office.codes[0]
    async with open_gates(ledger_office, tmp_path, (0, 1)) as gates:
        admitted = await gates[0].scan(code)
        assert (admitted.reason, admitted.mode) == ("ok", "online")
        await gates[0].cut()
        undone = gates[0].session.supervision.do(Undo(admitted.claim_id, "mistake", "sv"))
        spoil(gates[0], *([admitted.seq] if spoils_admission else []), undone)
        gates[0] = await restarted(ledger_office, tmp_path, gates[0])
        await gates[1].sync()
        assert (await gates[1].scan(code)).reason == "ok"


async def test_a_release_is_said_again(ledger_office: LedgerOffice, tmp_path: Path) -> None:
    """A claim that the ledger granted and nobody made use of does not stay spent."""
    code = ledger_office.codes[0]
    async with open_gates(ledger_office, tmp_path, (0, 1)) as gates:
        session, gate_id = gates[0].session, gates[0].session.status().gate_id
        request = ClaimRequest(
            code=code,
            gate_id=gate_id or GateId(""),
            direction="in",
            claim_id=ClaimId("0" * 32),
            scanned_at=format_instant(session.now()),
            journalled=True,
        )
        granted = await gates[0].wire.claim(request)
        assert granted.verdict == "admit"
        await gates[0].cut()
        deed = Decline(ClaimId("0" * 32), granted.ticket_id, "proof_not_shown")
        spoil(gates[0], session.supervision.do(deed))
        gates[0] = await restarted(ledger_office, tmp_path, gates[0])
        await gates[1].sync()
        assert (await gates[1].scan(code)).reason == "ok"


@pytest.mark.parametrize("policy", ["open", "home"])
async def test_a_lost_journal_comes_back_from_the_ledger(
    ledger_office: LedgerOffice, tmp_path: Path, policy: str
) -> None:
    """Until then the gate is no home and holds no share; whoever was told of stays let in."""
    await set_policy(ledger_office, policy)
    codes = ledger_office.codes
    async with open_gates(ledger_office, tmp_path, (0, 1)) as gates:
        inside = [code for code in codes[:6] if (await gates[0].scan(code)).reason == "ok"]
        assert inside
        await gates[0].sync()
        await gates[0].session.close()
        for name in ("journal.db", "journal.db-wal", "journal.db-shm"):
            (tmp_path / gates[0].id / name).unlink(missing_ok=True)

        gates[0] = await open_again(ledger_office, tmp_path / gates[0].id, gates[0].device)
        await gates[0].cut()
        assert gates[0].session.status().trouble == "journal_lost"
        answers = {(await gates[0].scan(code)).reason for code in codes[6:16]}
        assert answers == {"ok" if policy == "open" else "supervisor"}
        for _ in range(3):
            await gates[0].mend()
        assert gates[0].session.status().trouble != "journal_lost"
        await gates[0].cut()
        assert {(await gates[0].scan(code)).reason for code in inside} == {"already_used"}
        assert "damaged_journal" in {one["kind"] for one in await ledger_office.conflicts()}


async def test_a_gate_without_its_journal_holds_no_places(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """What it had let in of a limited zone is unknown to it: people decide until it is told."""
    await set_policy(ledger_office, "open")
    await limit_zone(ledger_office, 8)
    async with open_gates(ledger_office, tmp_path, (0, 1)) as gates:
        await gates[0].session.close()
        (tmp_path / gates[0].id / "journal.db").write_bytes(b"")
        for name in ("journal.db-wal", "journal.db-shm"):
            (tmp_path / gates[0].id / name).unlink(missing_ok=True)
        gates[0] = await open_again(ledger_office, tmp_path / gates[0].id, gates[0].device)
        await gates[0].cut()
        assert (await gates[0].scan(ledger_office.codes[0])).reason == "supervisor"
        for _ in range(3):
            await gates[0].mend()
        assert (await gates[0].scan(ledger_office.codes[0])).reason == "ok"
