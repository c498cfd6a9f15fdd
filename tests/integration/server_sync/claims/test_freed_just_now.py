"""Who may pass by what a gate has on record and the ledger has not been told of yet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.requests import Undo
from gatekeeper.store.disk import FolderDisk
from gatekeeper.sync import url_paths
from tests.factories.ledger_office import LedgerOffice
from tests.factories.wired_gates import WiredGate, open_again, open_gate
from tests.factories.zone_limits import limit_zone

pytestmark = pytest.mark.integration
ONCE_A_DAY = {
    "multiple_entries": True,
    "rule": {"fact": "entries_today", "cmp": "<", "value": 1},
}


@pytest.fixture
async def gate(ledger_office: LedgerOffice, tmp_path: Path) -> AsyncIterator[WiredGate]:
    """Open a gate that has its manifest."""
    opened = await open_gate(ledger_office, tmp_path, 0)
    await opened.sync()
    yield opened
    await opened.session.close()


def take_back(gate: WiredGate, answer: ScanAnswer) -> None:
    """Take an admission back; nothing of it is uploaded yet."""
    gate.session.supervision.do(Undo(answer.claim_id, "did_not_enter"))


async def test_whose_admission_was_taken_back_just_now_is_let_in(
    ledger_office: LedgerOffice, gate: WiredGate
) -> None:
    """At the gate that knows it, whatever the ledger knows: it is told before it is believed."""
    code = ledger_office.codes[0]
    for _ in range(2):
        answer = await gate.scan(code)
        assert (answer.reason, answer.mode) == ("ok", "online")
        take_back(gate, answer)
    assert (await gate.scan(code)).reason == "ok"
    assert (await gate.scan(code)).reason == "already_used"
    await gate.sync()
    other = await ledger_office.enrol(1)
    assert (await ledger_office.claimed(other, code))["reason"] == "already_used"
    assert await ledger_office.conflicts() == []


async def test_who_went_out_at_an_arm_just_now_comes_back(
    ledger_office: LedgerOffice, gate: WiredGate
) -> None:
    """The ledger is asked about nobody who has passed an arm, and so knows nothing of it yet."""
    office = ledger_office
    await limit_zone(office, None, may_return=True)
    await gate.sync()
    code = office.codes[0]
    assert (await gate.scan(code)).reason == "ok"
    assert (await gate.scan(code, direction="out", has_passed=True)).reason == "exit"
    assert (await gate.scan(code)).reason == "reentry"
    assert (await gate.scan(code)).reason == "already_used"
    await gate.sync()
    assert await office.conflicts() == []


async def test_copy_is_told_from_its_holder_whatever_is_untold(
    ledger_office: LedgerOffice, gate: WiredGate
) -> None:
    """Used elsewhere stays used, whatever this gate has still to tell."""
    office = ledger_office
    other = await office.enrol(1)
    take_back(gate, await gate.scan(office.codes[0]))
    assert (await office.claimed(other, office.codes[1]))["reason"] == "ok"
    assert (await gate.scan(office.codes[1])).reason == "already_used"


async def test_who_went_out_elsewhere_just_now_comes_back_here(
    ledger_office: LedgerOffice, gate: WiredGate
) -> None:
    """A gate that has not heard of it yet asks for news before it calls a ticket used."""
    office = ledger_office
    await limit_zone(office, None, may_return=True)
    await gate.sync()
    code = office.codes[0]
    assert (await gate.scan(code)).reason == "ok"
    other = await office.enrol(1)
    assert (await office.claimed(other, code, direction="out"))["reason"] == "exit"
    assert (await gate.scan(code)).reason == "reentry"
    assert (await gate.scan(code)).reason == "already_used"


@pytest.mark.parametrize(
    ("terms", "refusal"), [({}, "already_used"), (ONCE_A_DAY, "rules_denied")]
)
async def test_whose_admission_was_taken_back_elsewhere_just_now_is_let_in_here(
    ledger_office: LedgerOffice,
    gate: WiredGate,
    tmp_path: Path,
    terms: dict[str, Any],
    refusal: str,
) -> None:
    """Also where nobody comes back: whoever was sent to the next gate does not wait there."""
    office = ledger_office
    await limit_zone(office, None, **terms)
    other = await open_gate(office, tmp_path, 1)
    await other.sync()
    answer = await other.scan(office.codes[0])
    await gate.sync()
    take_back(other, answer)
    await other.sync()
    assert (await gate.scan(office.codes[0])).reason == "ok"
    assert (await gate.scan(office.codes[0])).reason == refusal
    await other.session.close()


async def test_server_that_hangs_is_told_once_and_asked_once(
    ledger_office: LedgerOffice, gate: WiredGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stands at the gate waits for a telling and a claim, and for nothing twice."""
    body = {"policy": {"offline_policy": "open", "claim_budget_ms": 2_000}}
    office, code = ledger_office.office, ledger_office.codes[0]
    await office.ok("PATCH", ledger_office.path, ledger_office.owner, json=body)
    await office.ok("POST", f"{ledger_office.path}/handover", ledger_office.owner)
    await gate.sync()
    take_back(gate, await gate.scan(code))
    asked: list[str] = []

    async def hang(_method: str, path: str, *_: object, **_named: object) -> bytes:
        asked.append(path)
        await asyncio.Event().wait()
        raise AssertionError

    with monkeypatch.context() as patched:
        patched.setattr(gate.wire, "send", hang)
        assert (await gate.scan(code)).mode == "offline"
        assert asked == [url_paths.EXCHANGE, url_paths.CLAIMS]
    await gate.mend()
    assert await ledger_office.conflicts() == []


async def test_whose_place_was_freed_just_now_leaves_it_to_the_next(
    ledger_office: LedgerOffice, gate: WiredGate
) -> None:
    """A zone that was full has room again for whoever stands behind them."""
    office = ledger_office
    await limit_zone(office, 1)
    await gate.sync()
    first = await gate.scan(office.codes[0])
    assert (await gate.scan(office.codes[1])).reason == "capacity_full"
    take_back(gate, first)
    assert (await gate.scan(office.codes[1])).reason == "ok"
    assert (await gate.scan(office.codes[2])).reason == "capacity_full"


async def test_used_ticket_is_refused_by_the_rung_that_the_news_left(
    ledger_office: LedgerOffice, gate: WiredGate
) -> None:
    """A gate just started that hears the server by it does not say that it is alone."""
    code, disk = ledger_office.codes[0], gate.session.store.disk
    assert (await gate.scan(code)).mode == "online"
    await gate.session.close()
    assert isinstance(disk, FolderDisk)
    gate.session = (await open_again(ledger_office, disk.folder, gate.device)).session
    answer = await gate.scan(code)
    assert (answer.reason, answer.mode) == ("already_used", "online")


async def test_nobody_waits_at_the_gate_for_a_new_manifest(
    ledger_office: LedgerOffice, gate: WiredGate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is left to the next sync: cut off in its midst, it would be loaded twice at once."""
    office = ledger_office
    assert (await gate.scan(office.codes[0])).reason == "ok"
    await office.office.ok("POST", f"{office.path}/handover", office.owner)
    asked: list[str] = []
    send = gate.wire.send

    async def note(method: str, path: str, *rest: Any, **named: Any) -> bytes:
        asked.append(path)
        return await send(method, path, *rest, **named)

    monkeypatch.setattr(gate.wire, "send", note)
    assert (await gate.scan(office.codes[0])).reason == "already_used"
    assert asked == [url_paths.EXCHANGE]
    await gate.sync()
    assert url_paths.manifest(office.event_id) in asked
