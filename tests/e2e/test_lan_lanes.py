"""Three real `gatekeeper lane --lan` processes that lose their server."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.demo.cable import Cable
from gatekeeper.demo.event import make_enrolment_line, set_up_evening
from gatekeeper.organizer.server_api import UNTAGGED, ServerApi
from shared.credential.codec import decode_credential, from_digits
from shared.kernel.id_types import GateId
from shared.kernel.ids import format_ticket_id
from tests.e2e.gate_process import GateProcess
from tests.factories.running_server import EMAIL, PASSWORD, run_server

pytestmark = pytest.mark.slow

GATES = ("North", "South", "North")
TICKETS = 14
LIVE_SECONDS = 60
CARRIED_SECONDS = 60


class LanGate(GateProcess):
    """A lane that claims among the others."""

    async def open_lane(self) -> None:
        """Start `gatekeeper lane --lan`; it waits long enough for the slowest machine's peers."""
        self.start_lane("--lan", "127.0.0.1:0", "--no-mdns", "--lan-wait", "5000", "--json")

    async def until_live(self, others: int) -> None:
        """Wait until the lane has said that it hears all others both ways."""
        lane = self._lane
        assert lane is not None
        assert lane.stderr is not None
        said = b""
        while f"{others} of {others} other gates".encode() not in said:
            said = await self.line_of(lane.stderr, LIVE_SECONDS)
            assert said, "the lane has ended"


async def check_uplink_is_shared(
    office: ServerApi, path: str, gates: list[LanGate], blocked: str, sound: str
) -> None:
    """Cut one gate off: the others carry its claims, the ledger's answers, and its journal."""
    cut_off, ticket_id = gates[0], decode_credential(from_digits(blocked))[0].ticket_id
    cut_off.cable.pull()
    await office.put(
        f"{path}/tickets/{format_ticket_id(ticket_id)}/block", {"blocked": True}, UNTAGGED
    )
    # The first finds out that the server is gone; what it cannot know, the ledger says.
    assert await cut_off.reason(sound) == ("ok", "lan")
    assert await cut_off.reason(blocked) == ("blocked", "lan")
    async with asyncio.timeout(CARRIED_SECONDS):
        while cut_off.device_id not in await list_devices(office, path):  # noqa: ASYNC110 - polls
            await asyncio.sleep(0.5)


async def list_devices(office: ServerApi, path: str) -> set[str]:
    """List the devices of which the ledger holds a confirmed check-in."""
    found = await office.list_all(f"{path}/checkins")
    return {one["device_id"] for one in found if one["is_confirmed"]}


async def test_three_lanes_admit_each_ticket_once_without_a_server(tmp_path: Path) -> None:
    """Every ticket is shown at all three at once.

    Before that, one of them alone is cut off, and the others lend it their uplink. Then never do
    two admit by the peers' word, nor one by it and another on its own where all
    were asked; whatever two admitted on their own is found as one conflict when the server is
    back.
    """
    with run_server(tmp_path / "server") as server:
        office = ServerApi(server.url)
        await office.sign_in(EMAIL, PASSWORD)
        evening = await set_up_evening(office, TICKETS, dt.datetime.now(dt.UTC))
        gates = [
            LanGate(name, tmp_path / f"gate{number}", Cable(server.port))
            for number, name in enumerate(GATES)
        ]
        lines = [
            await make_enrolment_line(office, evening.site, "gate", GateId(evening.gates[name]))
            for name in GATES
        ]
        try:
            for gate, line in zip(gates, lines, strict=True):
                await gate.enrol(line, server.port)
                await gate.open_lane()
            await asyncio.gather(*(gate.until_live(len(gates) - 1) for gate in gates))
            await check_uplink_is_shared(office, evening.site.path, gates, *evening.sold[:2])
            for gate in gates:
                gate.cable.pull()
            shown = [
                list(await asyncio.gather(*(gate.scan(code) for gate in gates)))
                for code in evening.sold[2:]
            ]
            for gate in gates:
                gate.cable.plug()
            said = await asyncio.gather(*(gate.close_lane() for gate in gates))
            found = await office.list_all(f"{evening.site.path}/conflicts")
        finally:
            for gate in gates:
                await gate.abandon()
            await office.close()
    assert_never_twice(shown, were_all_live=not any("gates are live" in words for words in said))
    # A claim that hung in a cut cable may have been granted late, until its release arrived.
    doubles = [one for one in found if one["disposition"] != "withdrawn"]
    assert len(doubles) == sum(len(green(answers)) > 1 for answers in shown), found


def assert_never_twice(shown: list[list[dict[str, Any]]], *, were_all_live: bool) -> None:
    """Check what the rung promises; a scan that a busy machine made late may be on its own."""
    for answers in shown:
        modes = green(answers)
        assert modes.count("lan") <= 1, answers
        assert {answer["reason"] for answer in answers} <= {"ok", "already_used"}, answers
        if were_all_live and "lan" in modes:
            assert modes == ["lan"], answers
        if all(answer["mode"] == "lan" for answer in answers):
            assert len(modes) <= 1, answers
    by_peers = [answers for answers in shown if {answer["mode"] for answer in answers} == {"lan"}]
    assert len(by_peers) >= TICKETS // 2, shown


def green(answers: list[dict[str, Any]]) -> list[str]:
    """List the modes of the admissions among some answers."""
    return [answer["mode"] for answer in answers if answer["verdict"] == "admit"]
