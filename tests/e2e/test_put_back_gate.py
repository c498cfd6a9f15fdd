"""A gate's folder put back to an older copy, while real lanes beside it have lost their server."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from pathlib import Path

import pytest

from gatekeeper.demo.cable import Cable
from gatekeeper.demo.event import make_enrolment_line, set_up_evening
from gatekeeper.organizer.server_api import ServerApi
from shared.credential.codec import decode_credential, from_digits
from shared.kernel.id_types import GateId
from shared.kernel.ids import format_ticket_id
from tests.e2e.test_lan_lanes import LanGate
from tests.factories.running_server import EMAIL, PASSWORD, run_server

pytestmark = pytest.mark.slow

CARRIED_SECONDS = 120


async def test_put_back_gate_lets_nobody_in_again_whom_the_gates_beside_it_know(
    tmp_path: Path,
) -> None:
    """It is one of them again; what it lost comes to the ledger from them, and it says so."""
    with run_server(tmp_path / "server") as server:
        office = ServerApi(server.url)
        await office.sign_in(EMAIL, PASSWORD)
        evening = await set_up_evening(office, 4, dt.datetime.now(dt.UTC))
        one, other = gates = [
            LanGate(name, tmp_path / name, Cable(server.port)) for name in ("North", "South")
        ]
        lost, fresh, theirs = evening.sold[:3]
        try:
            for gate in gates:
                line = await make_enrolment_line(
                    office, evening.site, "gate", GateId(evening.gates[gate.name])
                )
                await gate.enrol(line, server.port)
                await gate.sync()
            for gate in gates:
                await gate.open_lane()
            for gate in gates:
                await gate.until_live(1)
            await one.close_lane()
            shutil.copytree(one.folder, tmp_path / "copy")  # it knows where the other one is
            await one.open_lane()
            await one.until_live(1)
            for gate in gates:
                gate.cable.pull()
            assert await one.reason(lost) == ("ok", "lan")
            one.kill()
            shutil.rmtree(one.folder)
            shutil.copytree(tmp_path / "copy", one.folder)

            await one.open_lane()
            await one.until_live(1)
            assert await one.reason(lost) == ("already_used", "lan")
            assert await one.reason(fresh) == ("ok", "lan")
            assert await other.reason(fresh) == ("already_used", "lan")
            assert await other.reason(theirs) == ("ok", "lan")
            assert await one.reason(theirs) == ("already_used", "lan")
            for gate in gates:
                gate.cable.plug()
            # Started anew they need not wait until they try the server again.
            said = [await gate.close_lane() for gate in gates]
            assert ["restored from an older copy" in words for words in said] == [True, False]
            for gate in gates:
                await gate.open_lane()
            wanted = {ticket_of(code) for code in (lost, fresh, theirs)}
            async with asyncio.timeout(CARRIED_SECONDS):
                while await list_confirmed(office, evening.site.path) != wanted:  # noqa: ASYNC110 - polls
                    await asyncio.sleep(0.5)
            for gate in gates:
                await gate.close_lane()
            found = await office.list_all(f"{evening.site.path}/conflicts")
        finally:
            for gate in gates:
                await gate.abandon()
            await office.close()
    assert [(one["kind"], one["disposition"]) for one in found] == [("forked_journal", "")]


def ticket_of(code: str) -> str:
    """Read a ticket's id from its QR digits."""
    return format_ticket_id(decode_credential(from_digits(code))[0].ticket_id)


async def list_confirmed(office: ServerApi, path: str) -> set[str]:
    """List the tickets of which the ledger holds a passage that a journal tells of."""
    found = await office.list_all(f"{path}/checkins")
    return {one["ticket_id"] for one in found if one["is_confirmed"]}
