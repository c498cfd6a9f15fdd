"""What was ended for good stays ended where an older copy of the database is put back.

The copy is of before a key was declared compromised or a device was revoked. By `restore`, as an
operator runs it, from a database that can still be read.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gatekeeper.store.disk import FolderDisk
from gatekeeper.sync.enrolment import EnrolmentWays, enrol, read_code
from server.copies.kept_server_copies import find_copies
from server.copies.server_copy_files import copy_once
from server.copies.server_copy_plan import load_plan
from server.exchange.epochs import open_higher_epoch
from server.start_up.ended_list import ENDINGS
from shared.kernel.id_types import TicketId
from shared.kernel.instant import MINUTE
from tests.adversaries.scene import named
from tests.factories.ledger_office import LedgerOffice, open_ledger_office_again
from tests.factories.put_back import Place, on_postgres, on_sqlite, place
from tests.factories.wired_gates import WiredGate, open_again, open_gate
from tests.integration.server.commands.test_commands import done, run
from tests.integration.server_sync.keys.test_keys import (
    OfficeDoor,
    close,
    end,
    forge,
    keys_of,
    no_authority,
    open_gates,
)

__all__ = ["on_postgres", "on_sqlite", "place"]


async def verb(place: Place, *words: str) -> Any:
    """Run a verb over the place's data, while nobody serves it."""
    settings = place.settings
    database = None if settings.sqlite_file is not None else settings.database
    return await asyncio.to_thread(done, settings.data_folder, *words, database=database)


async def revoke(office: LedgerOffice, gate: WiredGate) -> None:
    """Revoke a device."""
    path = f"{office.owner.path}/devices/{gate.id}/revoke"
    await office.office.ok("POST", path, office.owner, json={"reason": "Anna's bag was stolen"})


def wire(office: LedgerOffice, gates: list[WiredGate]) -> None:
    """Let gates reach a server that was started again."""
    for gate in gates:
        gate.wire._office = office


async def test_keys_and_devices_that_had_ended_end_again_with_the_copy(
    place: Place, tmp_path: Path
) -> None:
    """Nothing forged passes, no stolen device claims, and gates go on in touch."""
    copy = str(tmp_path / "yesterday")
    async with open_ledger_office_again(place.settings, place.office) as office:
        gates = [*await open_gates(office, tmp_path), await open_gate(office, tmp_path, 0)]
        await gates[2].sync()
    await verb(place, "backup", copy)
    async with open_ledger_office_again(place.settings, office) as office:
        wire(office, gates)
        forged = await forge(office, TicketId(9))
        await end(office, "compromise", "ticket")
        await end(office, "compromise", "manifest")
        await revoke(office, gates[2])
        for gate in gates[:2]:
            await gate.sync()
        assert (await gates[0].scan(forged)).reason == "unknown_ticket"
        assert (await gates[0].scan(office.codes[0])).reason == "ok"
        await gates[0].sync()
    await verb(place, "restore", copy)
    assert "Anna" not in (place.settings.data_folder / ENDINGS.file_name).read_text()
    async with open_ledger_office_again(place.settings, office) as office:
        organization_id = office.owner.organization_id
        office.owner = await office.office.person(organization_id=organization_id)
        wire(office, gates)
        for _ in range(3):
            for gate in gates[:2]:
                await gate.sync()
        for gate in gates[:2]:
            answer = await gate.scan(forged)
            assert (answer.reason, answer.mode) == ("unknown_ticket", "online")
        assert (await gates[1].scan(office.codes[0])).reason == "already_used"
        answer = await gates[1].scan(office.codes[1])
        assert (answer.reason, answer.mode) == ("ok", "online")
        refused = await office.claim(gates[2].device, office.codes[2])
        assert (refused.status_code, refused.json()["type"][-14:]) == (403, "device-revoked")
        assert await named(office) == {}
    await close(gates)


async def test_what_has_ended_lies_beside_the_copies_on_a_stick(
    on_sqlite: Place, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The newest copy is damaged: another machine takes the older one, and ends it again."""
    settings, stick = on_sqlite.settings, tmp_path_factory.mktemp("stick")
    async with open_ledger_office_again(settings, on_sqlite.office) as office:
        (live,) = await keys_of(office, "ticket")
        gate = await office.enrol()
    code = (await verb(on_sqlite, "copy", "code"))["code"]
    await verb(on_sqlite, "copy", "to", str(stick))
    plan = load_plan(settings)
    assert plan is not None
    copy_once(settings, plan, office.office.clock, ())
    async with open_ledger_office_again(settings, office) as office:
        await end(office, "compromise", "ticket")
        path = f"{office.owner.path}/devices/{gate.id}/revoke"
        await office.office.ok("POST", path, office.owner, json={"reason": "stolen"})
    office.office.clock.advance(MINUTE)
    copy_once(settings, plan, office.office.clock, ())
    newest, _ = find_copies(stick)
    newest.write_bytes(newest.read_bytes()[:-99])
    words = ("take-over", str(stick))
    taken = await asyncio.to_thread(run, stick.parent / "new", *words, feed=f"{code}\n")
    assert taken.returncode == 0, taken.stderr
    for name in (f"key {live['public_key']}", f"device {gate.id}"):
        assert f"the {name} was revoked; it is revoked again" in taken.stderr
    assert "what was revoked after that is not known" in taken.stderr
    assert ENDINGS.read(settings.data_folder), "also where the database is lost on this machine"


async def test_what_has_ended_is_named_once_and_a_damaged_list_is_said(
    on_sqlite: Place,
) -> None:
    """A second start ends nothing more; without its list no database is trusted blindly."""
    folder, copy = on_sqlite.settings.data_folder, "yesterday"
    async with open_ledger_office_again(on_sqlite.settings, on_sqlite.office) as office:
        (live,) = await keys_of(office, "ticket")
    await verb(on_sqlite, "backup", str(folder / copy))
    ended = await asyncio.to_thread(run, folder, "keys", "compromise", live["name"])
    assert ended.returncode == 0
    back = await asyncio.to_thread(run, folder, "restore", str(folder / copy))
    assert back.returncode == 0
    assert f"the key {live['public_key']} was revoked; it is revoked again" in back.stderr
    again = await asyncio.to_thread(run, folder, "migrate")
    assert "is revoked again" not in again.stderr
    (folder / ENDINGS.file_name).rename(folder / "aside")
    (folder / f"{ENDINGS.file_name}.draft").mkdir()  # what refuses a file as a full disk does
    full = await asyncio.to_thread(run, folder, "migrate")
    assert (full.returncode, f"{ENDINGS.file_name} cannot be written" in full.stderr) == (0, True)
    back = await asyncio.to_thread(run, folder, "restore", str(folder / copy))
    assert (back.returncode, "cannot be written" in back.stderr) == (3, True)
    for content in (b"[", b'[{"organization_id": "\xff"}]'):  # cut off, and rotten
        (folder / ENDINGS.file_name).write_bytes(content)
        refused = await asyncio.to_thread(run, folder, "migrate")
        assert refused.returncode == 3
        assert f"{ENDINGS.file_name} is damaged" in refused.stderr


@pytest.mark.either_database
@pytest.mark.parametrize("is_declared", [True, False])
async def test_a_manifest_key_ends_again_by_the_roots_word_that_a_gate_holds(
    place: Place, tmp_path: Path, *, is_declared: bool
) -> None:
    """No list tells of it: the former database is lost. No gate is left alone for it."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        gates = await open_gates(office, tmp_path)
    place.copy()
    async with open_ledger_office_again(place.settings, office) as office:
        wire(office, gates)
        await end(office, "compromise", "manifest")
        for gate in gates:
            await gate.sync()
    async with open_ledger_office_again(place.put_back(), office) as office:
        wire(office, gates)
        if is_declared:
            await open_higher_epoch(office.office.context, "put back")
        for _ in range(3):
            for gate in gates:
                await gate.sync()
        for number, gate in enumerate(gates):
            answer = await gate.scan(office.codes[number])
            assert (answer.reason, answer.mode) == ("ok", "online")
        states = [one["state"] for one in await keys_of(office, "manifest")]
        assert states == ["active", "compromised"]
        assert await named(office) == {}
    await close(gates)


async def pair_anew(office: LedgerOffice, gate: WiredGate, folder: Path) -> WiredGate:
    """Give a gate a fresh code in its own folder, and have it take the root that there is."""
    await gate.session.close()
    path = f"{office.owner.path}/devices/codes"
    place = {"role": "gate", "event_id": office.event_id, "gate_id": office.gates[0]}
    line = (await office.office.ok("POST", path, office.owner, json=place))["text"]
    disk, entropy = FolderDisk(folder / gate.id), office.office.entropy
    ways = EnrolmentWays(lambda _url, _pem: OfficeDoor(office, gate.device.key), no_authority)
    code = msgspec.structs.replace(read_code(None, line), takes_new_root=True)
    profile = await enrol(disk, code, name="Probe gate", entropy=entropy, ways=ways)
    gate.device.token = profile.token
    return await open_again(office, folder / gate.id, gate.device)


@pytest.mark.either_database
async def test_a_gate_that_took_a_root_which_is_forgotten_now_is_paired_anew_and_brings_all(
    place: Place, tmp_path: Path
) -> None:
    """It holds a page that no ledger can read any more, and was refused for it whatever it did."""
    async with open_ledger_office_again(place.settings, place.office) as office:
        (gate, other) = await open_gates(office, tmp_path)
        office.claims += 1  # the next server draws other numbers
    place.copy()
    async with open_ledger_office_again(place.settings, office) as office:
        wire(office, [gate, other])
        await end(office, "compromise", "root")
        gate = await pair_anew(office, gate, tmp_path)
        await gate.sync()
        assert (await gate.scan(office.codes[0])).reason == "ok"
        await gate.sync()
        office.claims += 1
    async with open_ledger_office_again(place.put_back(), office) as office:
        wire(office, [other])
        await open_higher_epoch(office.office.context, "put back")
        gate = await pair_anew(office, gate, tmp_path)
        for _ in range(3):
            await gate.sync()
            await other.sync()
        assert gate.session.store.journal.pending == 0
        assert (await other.scan(office.codes[0])).reason == "already_used"
        answer = await gate.scan(office.codes[1])
        assert (answer.reason, answer.mode) == ("ok", "online")
    await close([gate, other])
