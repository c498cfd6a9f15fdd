"""The claim endpoint and a lane on its own answer alike on the same facts, over random worlds."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from gatekeeper.device.opened_gate import GateSession
from server.ledger.models import TicketUse
from shared.kernel.instant import SECOND
from tests.factories.ledger_office import GateDevice
from tests.factories.office import test_settings
from tests.factories.postgres import PostgresCluster
from tests.factories.strength import sized
from tests.fakes.clock import ManualClock
from tests.integration.differential.asking import (
    CommonScan,
    ask_lane,
    ask_server,
    draw_scan,
    expected_of_lane,
    is_homes_turn,
)
from tests.integration.differential.chances import Chances
from tests.integration.differential.codes import Shown, codes_of_others, collect_codes
from tests.integration.differential.history import make_history
from tests.integration.differential.house import open_gate, open_server
from tests.integration.differential.world import (
    World,
    fill,
    give_homes,
    make_world,
    pause_some,
    publish,
)

FIRST = int(os.environ.get("GATEKEEPER_DIFFERENTIAL_FIRST", sized("2", "0")))
WORLDS = int(os.environ.get("GATEKEEPER_DIFFERENTIAL_WORLDS", sized("2", "5")))
SCANS = int(os.environ.get("GATEKEEPER_DIFFERENTIAL_SCANS", sized("60", "100")))
OTHERWISE = 1_000
"""Added to a seed, it gives the worlds of another test."""


@pytest.fixture(params=range(FIRST, FIRST + WORLDS))
def seed(request: pytest.FixtureRequest) -> int:
    """Give the number of a world."""
    return int(request.param)


@pytest.fixture
def database(seed: int, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give a migrated database: every fourth world stands in PostgreSQL."""
    if seed % 4 == 3:
        cluster: PostgresCluster = request.getfixturevalue("postgres_cluster")
        return cluster.create_database(request.getfixturevalue("migrated_postgres")).url
    file = tmp_path / "gatekeeper.db"
    shutil.copyfile(request.getfixturevalue("migrated_sqlite"), file)
    return f"sqlite:///{file}"


@dataclass
class Scene:
    """A world, a device of it, the gate that it is, and what is held up there."""

    world: World
    device: GateDevice
    gate: GateSession
    clock: ManualClock
    codes: list[Shown]

    def pass_time(self) -> None:
        """Let the same time pass for both: some of the manual codes guessed are forgotten."""
        step = self.world.chances.draw.randrange(90) * SECOND
        self.clock.advance(step)
        self.world.office.clock.advance(step)


@asynccontextmanager
async def synced_scene(
    database: str, folder: Path, seed: int, *, is_past: bool = False
) -> AsyncIterator[Scene]:
    """Make a world, and a gate that knows all of it.

    Args:
        database: Migrated and empty.
        folder: The server's and the gate's.
        seed: Which world.
        is_past: All that was scanned before lies before the centre of time.
    """
    chances = Chances(seed)
    until = chances.centre if is_past else None
    async with open_server(test_settings(database, folder), chances.centre) as (office, feed):
        world = await make_world(office, feed, chances)
        device = await world.ledger.enrol(profile="test", begins=False, is_fixed=False)
        other = await world.ledger.enrol(profile="test", is_fixed=False)
        await fill(world, 14)
        await give_homes(world, [device, other])
        await make_history(world, other, until=until)
        codes = await codes_of_others(world)
        await publish(world)
        await make_history(world, other, until=until)
        await pause_some(world)
        clock = ManualClock(office.clock.wall())
        gate = await open_gate(world.ledger, device, folder / "gate", clock)
        try:
            await gate.sync_once()
            yield Scene(world, device, gate, clock, codes + collect_codes(world))
        finally:
            await gate.close()


async def test_server_and_lane_answer_alike(database: str, tmp_path: Path, seed: int) -> None:
    """Whatever is held up, whenever, wherever: verdict, reason and remaining are the same."""
    seen: Counter[str] = Counter()
    async with synced_scene(database, tmp_path, seed) as scene:
        world = scene.world
        for number in range(SCANS):
            scan = draw_scan(world, scene.codes)
            if world.chances.sometimes(0.3):
                # The lane claims; whoever asks again under the same id gets the same answer.
                lane = await ask_lane(scene.gate, scan, is_connected=True)
                server = await ask_server(world, scene.device, scan)
                assert lane == server, describe(world, seed, number, scan)
            else:
                server = await ask_server(world, scene.device, scan)
                lane = await ask_lane(scene.gate, scan)
                if not is_homes_turn(world, scan, server, lane):
                    wanted = expected_of_lane(scan, server)
                    assert lane == wanted, describe(world, seed, number, scan)
            seen[server.reason] += 1
            scene.pass_time()
        await check_convergence(scene)
    assert len(seen) > 5, seen


async def test_what_a_gate_may_admit_alone_is_no_conflict(
    database: str, tmp_path: Path, seed: int
) -> None:
    """A gate that knows all admits by the rules, so its upload is never held against it."""
    async with synced_scene(database, tmp_path, seed + OTHERWISE, is_past=True) as scene:
        world = scene.world
        before = {one["ticket_id"] for one in await all_conflicts(world)}
        codes = [one for one in scene.codes if one.is_issued]
        scans = [draw_scan(world, codes) for _ in range(SCANS)]
        late = [msgspec.structs.replace(s, at=max(s.at, world.chances.centre)) for s in scans]
        for scan in sorted(late, key=lambda one: one.at):
            await ask_lane(scene.gate, scan)
        await check_convergence(scene)
        found = await all_conflicts(world)
    assert [one for one in found if one["ticket_id"] not in before] == []


async def all_conflicts(world: World) -> list[dict[str, Any]]:
    """List every page of the event's conflicts."""
    found: list[dict[str, Any]] = []
    query = ""
    while True:
        path = f"{world.path}/conflicts?limit=100{query}"
        page = await world.office.ok("GET", path, world.owner)
        found += page["items"]
        if page["next"] is None:
            return found
        query = f"&after={page['next']}"


async def check_convergence(scene: Scene) -> None:
    """Sync, and compare all passages of the event as the gate and the ledger have them."""
    world, gate = scene.world, scene.gate
    outcome = await gate.sync_once()
    assert outcome.pending == 0
    async with world.office.context.read(world.owner.organization_id) as unit:
        query = select(TicketUse).where(TicketUse.event_id == world.ledger.event_id)
        rows = (await unit.session.execute(query)).scalars().all()
    assert all(row.is_confirmed for row in rows), "each admission is in its device's journal"
    held = {(r.claim_id, r.zone_id, r.direction, r.at, r.count, r.is_annulled) for r in rows}
    kept = {
        (use.claim_id, use.zone_id, use.direction, use.at, use.count, use.annulled)
        for use in gate.store.uses.list_all(world.ledger.event_id)
    }
    assert held == kept


def describe(world: World, seed: int, number: int, scan: CommonScan) -> str:
    """Say what was asked, for whoever looks for the reason of a difference."""
    zone = world.zones[world.gates[scan.gate_id][0]]
    return f"world {seed}, scan {number}: {scan}\nzone {zone}"
