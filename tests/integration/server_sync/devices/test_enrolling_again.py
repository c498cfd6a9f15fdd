"""A gate that a ledger put back to an older copy does not know: it comes back under its own id."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from gatekeeper.store.disk import FolderDisk
from gatekeeper.store.profile import DEVICE_KEY_NAME, PROFILE_NAME, Profile, load_key
from gatekeeper.sync.enrolment import EnrolmentWays, enrol, read_code
from gatekeeper.sync.proven_requests_and_answers import CodeChannel
from gatekeeper.sync.transport import explain_refusal
from server.devices.device_of_request import KnownDevices
from server.exchange.epochs import list_pending, open_higher_epoch
from shared.journal.chain import decode_entry
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import Rejected, ServerFault
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.instant import HOUR, SECOND
from shared.kernel.trouble import TroubleKind
from shared.wire.enrol import ENROL_PATH, EnrolAnswer, EnrolRequest
from shared.wire.enrol_code import code_keys
from shared.wire.feed import Use
from shared.wire.proof import PROOF_HEADER
from tests.factories.enrolling import JSON, enrol_by_code, enrolment_body, send_enrolment
from tests.factories.ledger_office import (
    GateDevice,
    LedgerOffice,
    open_ledger_office_again,
)
from tests.factories.proving import know, know_folder
from tests.factories.put_back import Place
from tests.factories.wired_gates import WiredGate, open_again, open_gate


class Door:
    """The server as a machine that enrols reaches it."""

    def __init__(self, office: LedgerOffice) -> None:
        self._client = office.office.client
        self.is_cut = False

    async def enrol(self, request: EnrolRequest, channel: CodeChannel) -> EnrolAnswer:
        content = msgspec.json.encode(request)
        headers = JSON | {PROOF_HEADER: channel.prove(content).header}
        answer = await self._client.post(ENROL_PATH, content=content, headers=headers)
        if answer.status_code != 201:
            raise explain_refusal(answer.status_code, answer.content)
        if self.is_cut:
            raise ServerFault("the answer was lost", kind=TroubleKind.BROKE_OFF)
        return msgspec.json.decode(answer.content, type=EnrolAnswer)

    async def close(self) -> None:
        """Let nothing go."""

    async def fetch_authority(self, _url: str) -> str:
        raise AssertionError

    def ways(self) -> EnrolmentWays:
        return EnrolmentWays(lambda _url, _pem: self, self.fetch_authority)


async def issue(office: LedgerOffice, gate: int = 1, **changed: Any) -> dict[str, Any]:
    """Issue a code for a gate."""
    body = {"role": "gate", "event_id": office.event_id, "gate_id": office.gates[gate]}
    path = f"{office.owner.path}/devices/codes"
    made: dict[str, Any] = await office.office.ok("POST", path, office.owner, json=body | changed)
    return made


async def pair(office: LedgerOffice, folder: Path, code: str, door: Door) -> Profile:
    """Pair a folder, as `gatekeeper enrol` does."""
    entropy, typed = office.office.entropy, read_code(None, code)
    disk, ways = FolderDisk(folder), door.ways()
    return await enrol(disk, typed, name="gate", entropy=entropy, ways=ways)


async def enrol_folder(office: LedgerOffice, folder: Path, device: GateDevice) -> GateDevice:
    """Enrol a gate's own folder again, as `gatekeeper enrol` does."""
    profile = await pair(office, folder, (await issue(office))["text"], Door(office))
    assert profile.device_id == device.id
    assert profile.token != device.token
    device.token = know_folder(folder)
    return device


def count_entries(gate: WiredGate, event_id: EventId) -> int:
    """Count what a gate's journal holds of an event."""
    journal = gate.session.store.journal
    entries = [decode_entry(signed.entry) for _, signed in journal.read(1, journal.last_seq)]
    return sum(entry.event_id == event_id for entry in entries)


@pytest.mark.either_database
async def test_what_it_recorded_since_all_comes_up(place: Place, tmp_path: Path) -> None:
    """Refused at first; with a fresh code each entry is there, and one double is one conflict."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        known = await office.enrol(0)
    place.copy()
    async with open_ledger_office_again(place.settings, office) as today:
        await today.claimed(known, today.codes[8])
        gate = await open_gate(today, tmp_path, 1)
        folder = tmp_path / gate.id
        await gate.sync()
        assert (await gate.scan(today.codes[0])).mode == "online"
        await gate.sync()
        await gate.cut()
        for ticket in (1, 2):
            today.office.clock.advance(SECOND)
            assert (await gate.scan(today.codes[ticket])).mode == "offline"
        await gate.session.close()
    async with open_ledger_office_again(place.put_back(), today) as again:
        again.office.clock.advance(HOUR)
        await open_higher_epoch(again.office.context, "restored")
        again.scan(known, 1)
        await again.exchanged(known, known.journal.entries, epoch=0)
        await again.exchanged(known, known.journal.entries, epoch=2)
        assert await list_pending(again.office.context) == []

        gate = await open_again(again, folder, gate.device)
        with pytest.raises(Rejected) as refused:
            await gate.sync()
        assert refused.value.status == 401
        assert (await gate.scan(again.codes[3])).verdict == "admit"
        await gate.session.close()

        device = await enrol_folder(again, folder, gate.device)
        claim = await again.claim(known, again.codes[9])
        assert claim.status_code == 503, "what the gate admitted meanwhile is not known yet"
        gate = await open_again(again, folder, device)
        await gate.sync()
        assert gate.session.store.journal.pending == 0
        assert (await gate.scan(again.codes[4])).mode == "online"
        await gate.sync()
        recorded = count_entries(gate, again.event_id)
        await gate.session.close()

        uses = [use for use in await again.read_feed(known) if isinstance(use, Use)]
        assert sorted(use.ticket_id for use in uses if use.device_id == gate.id) == sorted(
            again.tickets[n] for n in (0, 1, 2, 3, 4)
        )
        (double,) = await again.conflicts()
        assert double["ticket_id"] == again.hex_of(1)
        board: Any = await again.office.ok("GET", f"{again.path}/devices", again.owner)
        held = {one["device_id"]: one["entries"] for one in board["items"]}
        assert held[gate.id] == recorded
        path = f"{again.owner.path}/devices/{gate.id}/refusals"
        assert await again.office.ok("GET", path, again.owner) == []


async def ask(
    office: LedgerOffice, key: SigningKey, device_id: DeviceId, code: str | None = None
) -> httpx.Response:
    """Ask to be enrolled under an id."""
    code = code or (await issue(office))["code"]
    return await enrol_by_code(office.office.client, code, key, device_id)


async def test_known_device_gets_a_new_token(ledger_office: LedgerOffice) -> None:
    """The same id, the same key: the same device, and its former token opens nothing."""
    gate = await ledger_office.enrol(0)
    answer = await ask(ledger_office, gate.key, DeviceId(gate.id))
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["device_id"], made["gate_id"]) == (gate.id, ledger_office.gates[1])
    assert (await ledger_office.exchange(gate)).status_code == 401
    gate.token = made["token"]
    know(gate.token, gate.key, made["channel"])
    told = await ledger_office.exchanged(gate, gate.journal.entries)
    assert not told.reoffer
    assert (await ledger_office.claimed(gate, ledger_office.codes[0]))["verdict"] == "admit"


@pytest.mark.either_database
async def test_who_asks_again_is_told_the_same(ledger_office: LedgerOffice) -> None:
    """Answers get lost: the same code and key are the same device, and nobody else's word is.

    Also long after the code has ended, and what was overheard may be sent again: it changes
    nothing, so that the device goes on.
    """
    office, key = ledger_office, SigningKey.generate(ledger_office.office.entropy)
    code, client = (await issue(office))["code"], ledger_office.office.client
    overheard = enrolment_body(code, key)
    both = (send_enrolment(client, code_keys(code), overheard) for _ in range(2))
    answers = list(await asyncio.gather(*both))
    office.office.clock.advance(HOUR)
    answers.append(await send_enrolment(client, code_keys(code), overheard))
    assert [one.status_code for one in answers] == [201] * 3
    told = answers[0].json()
    assert {one.json()["token"] for one in answers} == {told["token"]}
    assert {one.json()["device_id"] for one in answers} == {told["device_id"]}
    thief = SigningKey.generate(office.office.entropy)
    assert (await enrol_by_code(client, code, thief)).status_code == 403
    assert (await enrol_by_code(client, code, key, DeviceId("dv_7k2m9q4t1x0c"))).status_code == 403
    devices = await office.office.ok("GET", f"{office.owner.path}/devices", office.owner)
    assert [one["id"] for one in devices["items"]] == [told["device_id"]]

    newer, itself = (await issue(office))["code"], DeviceId(told["device_id"])
    assert (await ask(office, key, itself, newer)).status_code == 201
    assert (await send_enrolment(client, code_keys(code), overheard)).status_code == 403
    assert (await ask(office, key, itself, newer)).status_code == 201
    path = f"{office.owner.path}/devices/{itself}/revoke"
    await office.office.ok("POST", path, office.owner, json={})
    refused = await ask(office, key, itself, newer)
    assert refused.json()["type"].endswith("device-revoked")


async def test_pairing_whose_answer_was_lost_is_repeated(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """By the same code or another one: one device is listed, it works, and no key is left over."""
    office, door, disk = ledger_office, Door(ledger_office), FolderDisk(tmp_path)
    path = f"{office.owner.path}/devices"
    first = (await issue(office))["text"]
    door.is_cut = True
    for code in (first, first, (await issue(office))["text"]):
        with pytest.raises(ServerFault, match="lost"):
            await pair(office, tmp_path, code, door)
    assert disk.read(PROFILE_NAME) is None
    door.is_cut = False
    with pytest.raises(Rejected):
        await pair(office, tmp_path, first, door)  # it was another code's since
    profile = await pair(office, tmp_path, code, door)
    listed = (await office.office.ok("GET", path, office.owner))["items"]
    assert [one["id"] for one in listed] == [profile.device_id]
    assert [name for name in disk.names("") if "asking" in name] == []
    key = load_key(disk, DEVICE_KEY_NAME)
    assert (await ask(office, key, profile.device_id)).status_code == 201, "the key is its own"


@pytest.mark.either_database
async def test_kept_key_that_was_revoked_makes_way(
    ledger_office: LedgerOffice, tmp_path: Path
) -> None:
    """The organizer may end the device that nobody became: the machine then takes another key."""
    office, door = ledger_office, Door(ledger_office)
    path = f"{office.owner.path}/devices"
    door.is_cut = True
    with pytest.raises(ServerFault, match="lost"):
        await pair(office, tmp_path, (await issue(office))["text"], door)
    (lost,) = (await office.office.ok("GET", path, office.owner))["items"]
    await office.office.ok("POST", f"{path}/{lost['id']}/revoke", office.owner, json={})
    door.is_cut = False
    profile = await pair(office, tmp_path, (await issue(office))["text"], door)
    assert profile.device_id != lost["id"]


@pytest.mark.either_database
async def test_machine_that_never_learned_its_id_is_found_by_its_key(
    ledger_office: LedgerOffice,
) -> None:
    """Another code makes it the device that is listed; one that was heard of has its id."""
    office, key = ledger_office, SigningKey.generate(ledger_office.office.entropy)
    client = office.office.client
    lost = (await enrol_by_code(client, (await issue(office, 0))["code"], key)).json()
    stranger = await office.office.person("owner")
    path = f"{stranger.path}/devices/codes"
    theirs = (await office.office.ok("POST", path, stranger, json={}))["code"]
    assert (await enrol_by_code(client, theirs, key)).status_code == 409
    found = (await enrol_by_code(client, (await issue(office, 1))["code"], key)).json()
    assert (found["device_id"], found["gate_id"]) == (lost["device_id"], office.gates[1])
    heard = await office.enrol(0)
    assert (await office.exchange(heard)).status_code == 200
    known_devices: KnownDevices = office.office.framework.state["known_devices"]
    await known_devices.note_contacts()
    refused = await enrol_by_code(client, (await issue(office))["code"], heard.key)
    assert refused.status_code == 409


@pytest.mark.either_database
async def test_id_of_another_is_refused_and_the_code_stays_good(
    ledger_office: LedgerOffice,
) -> None:
    """Neither a neighbour's id nor a stranger's is to be had, and both are refused alike."""
    neighbour = await ledger_office.enrol(0)
    stranger = await ledger_office.office.person("owner")
    path = f"{stranger.path}/devices/codes"
    theirs = (await ledger_office.office.ok("POST", path, stranger, json={}))["code"]
    key = SigningKey.generate(ledger_office.office.entropy)
    code = (await issue(ledger_office))["code"]
    for answer in (
        await ask(ledger_office, key, DeviceId(neighbour.id), code),
        await ask(ledger_office, neighbour.key, DeviceId(neighbour.id), theirs),
        await ask(ledger_office, neighbour.key, DeviceId("dv_7k2m9q4t1x0c"), code),
    ):
        assert answer.status_code == 409, answer.text
        assert answer.json()["type"].endswith("conflict")
    assert (await ledger_office.exchange(neighbour)).status_code == 200
    assert (await ask(ledger_office, key, DeviceId("dv_7k2m9q4t1x0c"), code)).status_code == 201


@pytest.mark.either_database
async def test_revoked_device_does_not_come_back(ledger_office: LedgerOffice) -> None:
    """Not under its id, and not with its key under another."""
    gate = await ledger_office.enrol(0)
    path = f"{ledger_office.owner.path}/devices/{gate.id}"
    await ledger_office.office.ok("POST", f"{path}/revoke", ledger_office.owner, json={})
    refused = await ask(ledger_office, gate.key, DeviceId(gate.id))
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (
        403,
        "device-revoked",
    )
    assert (await ask(ledger_office, gate.key, DeviceId("dv_7k2m9q4t1x0c"))).status_code == 409
    shown = await ledger_office.office.ok("GET", path, ledger_office.owner)
    assert shown["revoked_at"] is not None


@pytest.mark.either_database
async def test_other_profile_is_refused(ledger_office: LedgerOffice) -> None:
    """A live device does not become one that takes a time from its caller."""
    gate = await ledger_office.enrol(0)
    await ledger_office.become("test")
    code = (await issue(ledger_office, profile="test"))["code"]
    assert (await ask(ledger_office, gate.key, DeviceId(gate.id), code)).status_code == 409


@pytest.mark.either_database
async def test_malformed_id_is_a_wrong_field(ledger_office: LedgerOffice) -> None:
    """What cannot be a device's id reaches no table."""
    key = SigningKey.generate(ledger_office.office.entropy)
    for device_id in (
        "",
        "dv_7k2m9q4t1x0",
        "dv_7k2m9q4t1x0c\n",
        "dv_7K2M9Q4T1X0C",
        "gt_7k2m9q4t1x0c",
        "dv_7k2m9q4t1x\0c",
    ):
        answer = await ask(ledger_office, key, DeviceId(device_id))
        assert answer.status_code == 422, answer.text


@pytest.mark.either_database
async def test_id_is_part_of_what_is_proven(ledger_office: LedgerOffice) -> None:
    """Signatures for one id, or for none, are none for another."""
    key = SigningKey.generate(ledger_office.office.entropy)
    code = (await issue(ledger_office))["code"]
    client = ledger_office.office.client
    signed = msgspec.json.decode(enrolment_body(code, key, DeviceId("dv_7k2m9q4t1x0c")))
    unnamed = {name: word for name, word in signed.items() if name != "device_id"}
    for body in (unnamed, signed | {"device_id": "dv_7k2m9q4t1x0d"}):
        answer = await send_enrolment(client, code_keys(code), msgspec.json.encode(body))
        assert answer.status_code == 403, answer.text
    assert (await ask(ledger_office, key, DeviceId("dv_7k2m9q4t1x0c"), code)).status_code == 201
