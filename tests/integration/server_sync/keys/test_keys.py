"""Keys of every kind are rotated and declared compromised, while gates go on admitting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.gate.requests import Override, Scan
from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.profile import load_profile
from gatekeeper.sync.enrolment import EnrolmentWays, enrol, read_code
from gatekeeper.sync.proven_requests_and_answers import CodeChannel
from server.keys.vault import open_vault
from server.publishing.credentials import open_issuer
from server.reconciliation import ended_keys
from shared.credential.codec import decode_credential, from_digits
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import BadInput, BadSignature
from shared.kernel.id_types import ClaimId, TicketId
from shared.kernel.instant import MINUTE, SECOND, Duration, Instant, datetime_from_instant
from shared.kernel.known_signature import KnownProof, is_known
from shared.wire.enrol import ENROL_PATH, EnrolAnswer, EnrolRequest
from shared.wire.feed import Use
from shared.wire.proof import PROOF_HEADER
from tests.adversaries.scene import named
from tests.factories.enrolling import JSON
from tests.factories.ledger_office import LedgerOffice
from tests.factories.proving import know
from tests.factories.sales_till import Till
from tests.factories.wired_gates import WiredGate, open_again, open_gate

pytestmark = pytest.mark.integration


async def keys_of(office: LedgerOffice, purpose: str) -> list[dict[str, Any]]:
    """Return the organization's keys of one purpose, those that sign first."""
    listed = await office.office.ok("GET", f"{office.owner.path}/keys", office.owner)
    found = [key for key in listed["items"] if key["purpose"] == purpose]
    return sorted(found, key=lambda key: key["state"])


async def end(office: LedgerOffice, act: str, purpose: str) -> dict[str, Any]:
    """Rotate the key of a purpose that signs, or declare it compromised."""
    live = next(key for key in await keys_of(office, purpose) if key["state"] == "active")
    path = f"{office.owner.path}/keys/{live['name']}/{act}"
    answer = await office.office.ok("POST", path, office.owner, json={"reason": "a drill"})
    # Each worker signs with what it has read at most so long ago.
    office.office.clock.advance(3 * SECOND)
    return dict(answer)


async def credential(office: LedgerOffice, number: int) -> str:
    """Have a ticket's credential signed by the key that signs now."""
    path = f"{office.path}/tickets/{office.hex_of(number)}/credential"
    return str((await office.office.ok("GET", path, office.owner))["digits"])


async def open_gates(office: LedgerOffice, folder: Path) -> list[WiredGate]:
    """Open two gates that have synced."""
    gates = [await open_gate(office, folder, number) for number in (0, 1)]
    for gate in gates:
        await gate.sync()
    return gates


async def close(gates: list[WiredGate]) -> None:
    """Close gates."""
    for gate in gates:
        await gate.session.close()


@pytest.mark.either_database
async def test_rotated_ticket_key_leaves_printed_tickets_good(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """What was printed before and what is printed after pass, connected and cut off."""
    office = ledger_office
    gates = await open_gates(office, tmp_path)
    new = await end(office, "rotate", "ticket")
    after = await credential(office, 1)
    assert after != office.codes[1]
    assert [key["state"] for key in await keys_of(office, "ticket")] == ["active", "retired"]
    assert new["state"] == "active"
    for gate in gates:
        await gate.sync()
    assert (await gates[0].scan(office.codes[0])).reason == "ok"
    await gates[1].cut()
    for code in (after, office.codes[2]):
        answer = await gates[1].scan(code)
        assert (answer.reason, answer.mode) == ("ok", "offline")
    await close(gates)


@pytest.mark.either_database
async def test_the_ledger_works_no_proof_out_of_tickets_that_it_has_signed(
    ledger_office: LedgerOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its key of before and by the present one; a code that nobody has read it works out."""
    office, worked_out = ledger_office, list[KnownProof]()

    def counted(shown: KnownProof) -> bool:
        worked_out.append(shown)
        return is_known(shown)

    monkeypatch.setattr("server.entries.signature_process.is_known", counted)
    monkeypatch.setattr("shared.manifest.seen_codes.is_known", counted)
    gate = await office.enrol(0)
    office.scan(gate, 0)
    await office.exchanged(gate, gate.journal.entries)
    await end(office, "rotate", "ticket")
    office.codes[2] = await credential(office, 2)
    office.scan(gate, 1)
    office.scan(gate, 2, key_id=decode_credential(from_digits(office.codes[2]))[0].key_id)
    await office.exchanged(gate, gate.journal.entries)
    assert not worked_out
    office.scan(gate, 3, claim_id="x", seen=office.prove(gate, office.codes[3], ClaimId("y")))
    await office.exchanged(gate, gate.journal.entries)
    assert len(worked_out) == 1
    uses = [item for item in await office.read_feed(gate) if isinstance(item, Use)]
    assert [use.ticket_id for use in uses] == office.tickets[:3]


@pytest.mark.either_database
async def test_tickets_of_a_bounded_key_admit_up_to_its_end_and_the_handover_names_it(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Connected and cut off alike; another key's tickets pass, and a lifted bound lets all in."""
    office = ledger_office
    gates = await open_gates(office, tmp_path)

    async def bound(name: str, until: Instant | None) -> None:
        moment = None if until is None else datetime_from_instant(until).isoformat()
        path = f"{office.owner.path}/keys/{name}/bound"
        await office.office.ok("POST", path, office.owner, json={"admits_until": moment})
        office.office.clock.advance(3 * SECOND)
        for gate in gates:
            await gate.sync()

    async def ending() -> tuple[list[str], list[str]]:
        check = await office.office.ok("GET", f"{office.path}/handover", office.owner)
        return check["keys_end"], check["former_keys_end"]

    (live,) = await keys_of(office, "ticket")
    await bound(live["name"], office.office.clock.wall())
    assert await ending() == ([live["kid"]], [])
    await end(office, "rotate", "ticket")
    assert await ending() == ([], [live["kid"]])
    after = await credential(office, 1)
    for gate in gates:
        await gate.sync()
    assert (await gates[0].scan(office.codes[0])).reason == "expired"
    assert (await gates[0].scan(after)).reason == "ok"
    await gates[1].cut()
    assert (await gates[1].scan(office.codes[2])).reason == "expired"
    await gates[1].mend()
    await bound(live["name"], None)
    assert await ending() == ([], [])
    assert (await gates[0].scan(office.codes[0])).reason == "ok"
    await gates[1].cut()
    assert (await gates[1].scan(office.codes[2])).reason == "ok"
    await close(gates)


@pytest.mark.either_database
async def test_compromised_ticket_key_lets_listed_tickets_in_only(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """What nobody sold is unknown to the ledger, and a person's business at a cut-off gate."""
    office = ledger_office
    gates = await open_gates(office, tmp_path)
    forged = [await forge(office, TicketId(number)) for number in (1, 2)]
    await end(office, "compromise", "ticket")
    for gate in gates:
        await gate.sync()
    answer = await gates[0].scan(forged[0])
    assert (answer.reason, answer.mode) == ("unknown_ticket", "online")
    assert (await gates[0].scan(office.codes[0])).reason == "ok"
    await gates[1].cut()
    assert (await gates[1].scan(forged[1])).reason == "supervisor"
    assert (await gates[1].scan(office.codes[1])).reason == "ok"
    let_in = gates[1].session.lane.override(Override(Scan(forged[1]), "known", "sv_probe"))
    assert let_in.verdict == "admit"
    await gates[1].mend()
    assert (await gates[1].scan(await credential(office, 2))).reason == "ok"
    await close(gates)


@pytest.mark.either_database
async def test_whom_gates_let_in_before_the_ticket_keys_end_on_what_its_thief_made_is_named(
    ledger_office: LedgerOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Page by page; listed tickets, a sound till's and what was rotated before are not its own."""
    monkeypatch.setattr(ended_keys, "PAGE", 2)
    office = ledger_office
    till = Till(office, await office.enrol(role="till"))
    await till.open()
    gate = await open_gate(office, tmp_path, 0)
    await gate.sync()
    old = await forge(office, TicketId(9))
    await end(office, "rotate", "ticket")
    forged = [await forge(office, TicketId(number)) for number in range(1, 6)]
    await gate.sync()
    await gate.cut()
    for code in (old, *forged, office.codes[0], till.code(till.mint(1))):
        assert (await gate.scan(code)).reason == "ok"
    await gate.mend()
    assert await named(office) == {}
    await end(office, "compromise", "ticket")
    assert await named(office) == {"unexplained": len(forged)}
    found = [one for one in await office.conflicts() if one["kind"] == "unexplained"]
    assert all("declared compromised" in one["detail"] for one in found)
    await close([gate])


async def forge(office: LedgerOffice, number: TicketId) -> str:
    """Sign a ticket that nobody sold, as whoever has stolen the event's key does."""
    desk = office.office
    vault = open_vault(desk.settings.data_folder, desk.entropy)
    async with desk.context.write(office.owner.organization_id) as unit:
        issuer = await open_issuer(unit, vault, office.event_id)
    (digits,) = issuer.sign_many([number], 1, 0)
    return digits


@pytest.mark.either_database
async def test_gates_follow_a_root_and_a_manifest_key_that_were_rotated(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """Pinned gates hear of what changes after, and go on with what they have from before.

    The second root was made by a clock that ran ahead, and the third once it was set right.
    """
    office = ledger_office
    gates = await open_gates(office, tmp_path)
    for purpose, step in (("root", 10 * MINUTE), ("manifest", -10 * MINUTE), ("root", 0)):
        office.office.clock.step_wall(Duration(step))
        await end(office, "rotate", purpose)
        await office.office.ok("POST", f"{office.path}/handover", office.owner)
        for gate in gates:
            await gate.sync()
    await block(office, 3)
    await gates[0].sync()
    await gates[0].cut()
    assert (await gates[0].scan(office.codes[3])).reason == "blocked"
    await gates[1].session.close()
    gates[1] = await open_again(office, tmp_path / gates[1].id, gates[1].device)
    await gates[1].sync()
    assert (await gates[1].scan(office.codes[4])).reason == "ok"
    # Who is enrolled now pins the newest root, and fetches what an earlier one had certified.
    office.root = bytes.fromhex((await keys_of(office, "root"))[0]["public_key"])
    late = await open_gate(office, tmp_path, 0)
    await end(office, "rotate", "manifest")
    await late.sync()
    assert (await late.scan(office.codes[5])).reason == "ok"
    await close([*gates, late])


async def block(office: LedgerOffice, number: int) -> None:
    """Block a ticket."""
    path = f"{office.path}/tickets/{office.hex_of(number)}/block"
    answer = await office.office.call("PUT", path, office.owner, json={"blocked": True})
    assert answer.status_code == 200


@pytest.mark.either_database
async def test_gates_refuse_what_a_withdrawn_manifest_key_signs(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """A page of the key that was declared compromised is no page any more."""
    office = ledger_office
    gates = await open_gates(office, tmp_path)
    engine = gates[0].session.engine
    before = gates[0].session.store.feeds.get(office.event_id).page
    assert before is not None
    assert await engine.take(before)
    await end(office, "compromise", "manifest")
    for gate in gates:
        await gate.sync()
    with pytest.raises(BadSignature, match="may not sign"):
        gates[0].session.engine._exchange._verify(before, office.event_id)
    late = await open_gate(office, tmp_path, 0)
    await late.sync()
    for number, gate in enumerate([*gates, late]):
        assert (await gate.scan(office.codes[number])).reason == "ok"
    await close([*gates, late])


class OfficeDoor:
    """Enrols over the test's own wire."""

    def __init__(self, office: LedgerOffice, key: SigningKey) -> None:
        self._office = office
        self._key = key

    async def enrol(self, request: EnrolRequest, channel: CodeChannel) -> EnrolAnswer:
        """See `EnrolmentServer.enrol`."""
        content = msgspec.json.encode(request)
        headers = JSON | {PROOF_HEADER: channel.prove(content).header}
        client = self._office.office.client
        answer = await client.post(ENROL_PATH, content=content, headers=headers)
        assert answer.status_code == 201, answer.text
        know(answer.json()["token"], self._key, answer.json()["channel"])
        return msgspec.json.decode(answer.content, type=EnrolAnswer)

    async def close(self) -> None:
        """Let nothing go."""


async def test_after_a_compromised_root_gates_admit_and_fresh_codes_bring_the_new_one(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """No gate follows what the stolen root may have signed; each is paired anew and goes on."""
    office = ledger_office
    gates = await open_gates(office, tmp_path)
    await end(office, "compromise", "root")
    gate = gates[0]
    with pytest.raises(BadSignature):
        await gate.sync()
    await gate.cut()
    assert (await gate.scan(office.codes[0])).reason == "ok"
    await gate.session.close()
    path = f"{office.owner.path}/devices/codes"
    place = {"role": "gate", "event_id": office.event_id, "gate_id": office.gates[0]}
    line = (await office.office.ok("POST", path, office.owner, json=place))["text"]
    folder = tmp_path / gate.id
    disk = FolderDisk(folder)
    code = read_code(None, line)
    ways = EnrolmentWays(lambda _url, _pem: OfficeDoor(office, gate.device.key), no_authority)
    with pytest.raises(BadInput, match="--new-root"):
        await enrol(disk, code, name="Probe gate", entropy=office.office.entropy, ways=ways)
    meant = msgspec.structs.replace(code, takes_new_root=True)
    profile = await enrol(disk, meant, name="Probe gate", entropy=office.office.entropy, ways=ways)
    assert profile.device_id == gate.id == load_profile(disk).device_id
    gate.device.token = profile.token
    gates[0] = await open_again(office, folder, gate.device)
    await gates[0].sync()
    assert gates[0].session.store.journal.pending == 0
    assert (await gates[0].scan(office.codes[0])).reason == "already_used"
    assert (await gates[0].scan(office.codes[1])).reason == "ok"
    await close(gates)


async def no_authority(_url: str) -> str:
    """Say that there is none."""
    raise AssertionError("the line names no authority")
