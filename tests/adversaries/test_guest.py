"""A guest: a valid code, copies of it, other events' codes, any text. Nothing of the gate's.

Connected, a ticket lets in once whatever is shown where; cut off, a copy gets one entry a gate
under `open`, and the organizer reads each; under `home` and `closed` none. What was blocked,
cancelled, not paid or superseded before the gate's last sync lets nobody in.

Proven elsewhere: text that looks like an order
(`gate/test_verbs.py::test_a_plain_line_is_a_code_…`), keys that a code types
(`ui/gate/test_typed_through_x.py`), pictures and tags (`readers/`, `nfc/`), guessed manual codes
(`test_guessing.py`), claims at once by two workers (`test_claims_race.py`),
gates with a network of their own (`gate/test_lane_lan.py`), random texts
(`e2e/test_bad_input.py`).
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from msgspec.structs import replace

from gatekeeper.gate.requests import Scan
from shared.kernel.instant import HOUR
from tests.adversaries.scene import named, on_ticket, other_event
from tests.factories.ledger_office import LedgerOffice
from tests.factories.strength import sized
from tests.factories.wired_gates import WiredGate
from tests.integration.homes.test_cut_off import in_step, open_gates, set_policy

COPIES = 6
"""Tickets of which copies go round."""

POLICIES = ("open", "home", "closed", "supervisor")
"""Of a sample each where it decides: at a gate that is cut off."""


def dressed_up(code: str) -> list[str]:
    """Spell a code in ways that a guest may print."""
    return [code, f" {code}\n", f"GKE1 {code}", code.lower(), f'{{"code": "{code}"}}', code * 2]


def altered(code: str) -> list[str]:
    """Change a code's digits, one at a time, or cut it."""
    spots = (0, 5, len(code) // 2, len(code) - 1)
    changed = [code[:n] + str((int(code[n]) + 1) % 10) + code[n + 1 :] for n in spots]
    return [*changed, code[:-1], code[1:], code + "0", "0" + code]


async def show(gates: list[WiredGate], code: str) -> list[str]:
    """Show a code at each gate, one after another; returns the verdicts."""
    return [(await gate.scan(code)).verdict for gate in gates]


async def test_connected_copies_of_a_ticket_get_in_once(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """At both gates at once, in every spelling, as digits and as a typed manual code."""
    office = ledger_office
    await set_policy(office, "open")
    async with open_gates(office, tmp_path, (0, 0, 1)) as gates, in_step(gates):
        for ticket, code in enumerate(office.codes[:COPIES]):
            manual = (await on_ticket(office, ticket, "credential"))["manual_code"]
            forms = [gate.scan(text) for text in dressed_up(code) for gate in gates]
            forms += [gate.scan(manual, is_manual=True) for gate in gates]
            answers = await asyncio.gather(*forms)
            assert [one.verdict for one in answers].count("admit") == 1
            assert [one.mode for one in answers if one.verdict == "admit"] == ["online"]
    assert not await named(office)


async def test_connected_whom_the_gate_scans_out_may_not_lend_the_ticket(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """In a zone that admits once, going out gives the entry to nobody."""
    async with open_gates(ledger_office, tmp_path, (0, 1)) as gates, in_step(gates):
        code = ledger_office.codes[0]
        assert await show(gates, code) == ["admit", "deny"]
        for _ in range(3):
            assert (await gates[1].scan(code, direction="out")).verdict == "admit"
            assert await show(gates, code) == ["deny", "deny"]


@pytest.mark.parametrize("is_cut", [False, True], ids=["connected", "cut off"])
async def test_who_stands_in_the_exits_arm_may_not_lend_the_ticket(
    ledger_office: LedgerOffice, tmp_path: Path, is_cut: bool
) -> None:
    """Where people may come back, an exit counts once the arm has told that somebody passed."""
    office, code = ledger_office, ledger_office.codes[0]
    body = {"name": "Arena", "occurrence_id": office.occurrence_id, "reentry_after_exit": True}
    path = f"{office.path}/zones/{office.zone_id}"
    await office.office.ok("PUT", path, office.owner, json=body)
    async with open_gates(office, tmp_path, (0, 1)) as gates:
        assert (await gates[0].scan(code)).verdict == "admit"
        for gate in gates:
            await gate.sync()
        if is_cut:
            await gates[0].cut()
        leaving = Scan(code, direction="out")
        offer = gates[0].session.supervision.offer_exit(leaving)
        assert offer is not None
        assert (offer.reason, offer.is_offered) == ("exit", True)
        assert gates[0].session.supervision.offer_exit(Scan(code)) is None, "it is no exit"
        assert (await gates[1].scan(code)).reason == "already_used"
        gone = await gates[0].session.scan(replace(leaving, claim_id=offer.claim_id))
        assert (gone.reason, gone.claim_id) == ("exit", offer.claim_id)
        if is_cut:
            gates[0].wire.is_cut = False
        for gate in gates:
            await gate.sync()
        assert (await gates[1].scan(code)).reason == "reentry"
    assert not await named(office)


async def test_who_has_just_come_in_is_let_out_at_an_arm_by_no_word_of_the_ledgers(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """It would count as outside at once: a copy shown there before the gate hears lets one in."""
    office, code = ledger_office, ledger_office.codes[0]
    body = {"name": "Arena", "occurrence_id": office.occurrence_id, "reentry_after_exit": True}
    body["strict_anti_passback"] = True
    path = f"{office.path}/zones/{office.zone_id}"
    await office.office.ok("PUT", path, office.owner, json=body)
    async with open_gates(office, tmp_path, (0, 1)) as gates:
        assert (await gates[0].scan(code)).verdict == "admit"
        leaving = Scan(code, direction="out", awaits_passage=True)
        assert (await gates[1].session.scan(leaving)).reason == "not_inside"
        assert (await gates[0].scan(code)).reason == "already_used"
        await gates[1].sync()
        assert (await gates[1].session.scan(leaving)).is_offered, "now it has heard"
    assert not await named(office)


@pytest.mark.parametrize("is_cut", [False, True], ids=["connected", "cut off"])
async def test_what_is_no_ticket_of_this_event_lets_nobody_in(
    ledger_office: LedgerOffice, tmp_path: Path, is_cut: bool
) -> None:
    """Codes of other events, of this organization and others, and genuine ones, altered."""
    office = ledger_office
    stranger = await office.office.person("owner")
    foreign = await other_event(office, office.owner) + await other_event(office, stranger)
    async with open_gates(office, tmp_path, (0, 1)) as gates:
        if is_cut:
            for gate in gates:
                await gate.cut()
        texts = [*foreign, *altered(office.codes[0]), "", "\0", "{}", "GK1", "0" * 400]
        for text in texts:
            assert "admit" not in await show(gates, text), text
        assert (await gates[0].scan(office.codes[0])).verdict == "admit"


async def spoil(office: LedgerOffice) -> dict[str, str]:
    """Block, reissue and cancel tickets; returns what is to be said of the codes given out."""
    await on_ticket(office, 0, "block", blocked=True)
    await on_ticket(office, 1, "reissue")
    await on_ticket(office, 2, "refund", reason="changed mind")
    body = {"lines": [{"ticket_type_id": office.ticket_type_id, "quantity": 1}]}
    order = await office.office.ok("POST", f"{office.path}/orders", office.owner, json=body)
    unpaid = order["tickets"][0]["id"]
    path = f"{office.path}/tickets/{unpaid}/credential"
    shown = await office.office.call("GET", path, office.owner)
    codes = {one: office.codes[n] for n, one in enumerate(("blocked", "superseded", "cancelled"))}
    if shown.is_success:  # else nobody has printed it
        codes["unpaid"] = shown.json()["digits"]
    return codes


@pytest.mark.parametrize(
    ("policy", "is_cut"),
    [
        *((policy, True) for policy in POLICIES),
        *((policy, False) for policy in sized(POLICIES[:1], POLICIES)),
    ],
)
async def test_spoilt_ticket_lets_nobody_in_at_a_gate_that_knows(
    ledger_office: LedgerOffice, tmp_path: Path, policy: str, is_cut: bool
) -> None:
    """Blocked, superseded, cancelled or unpaid: under no policy, connected or not."""
    office = ledger_office
    await set_policy(office, policy)
    codes = await spoil(office)
    async with open_gates(office, tmp_path, (0, 1)) as gates:
        if is_cut:
            for gate in gates:
                await gate.cut()
        for reason, code in codes.items():
            for gate in gates:
                answer = await gate.scan(code)
                assert (answer.verdict, answer.reason) == ("deny", reason)
                assert answer.mode == ("offline" if is_cut else "online")


@pytest.mark.parametrize(("policy", "entries"), [("open", 2), ("home", 1), ("closed", 0)])
async def test_cut_off_copies_get_what_the_policy_gives_and_each_is_named(
    ledger_office: LedgerOffice, tmp_path: Path, policy: str, entries: int
) -> None:
    """Three rounds by two gates and back: one entry a gate at most, one conflict a ticket."""
    office = ledger_office
    await set_policy(office, policy)
    async with open_gates(office, tmp_path, (0, 1)) as gates:
        for gate in gates:
            await gate.cut()
        for code in office.codes[:COPIES]:
            verdicts = await show([*gates, *gates, *reversed(gates)], code)
            assert verdicts.count("admit") == entries
        office.office.clock.advance(HOUR)
        for code in office.codes[:COPIES]:
            assert await show(gates, code) == ["deny", "deny"]
        for gate in [*gates, *gates]:
            await gate.mend()
        expected = {"double_use": COPIES} if entries > 1 else {}
        assert await named(office) == expected
        for code in office.codes[: COPIES if entries else 0]:
            assert await show(gates, code) == ["deny", "deny"]


async def test_known_as_used_before_the_cable_was_cut_a_ticket_stays_used(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Under `open`, a copy gets in nowhere where the gate has heard of the entry."""
    office = ledger_office
    await set_policy(office, "open")
    async with open_gates(office, tmp_path, (0, 1)) as gates:
        for code in office.codes[:COPIES]:
            assert (await gates[0].scan(code)).verdict == "admit"
        for gate in [*gates, *gates]:
            await gate.sync()
        for gate in gates:
            await gate.cut()
        for code in office.codes[:COPIES]:
            assert await show(gates, code) == ["deny", "deny"]
