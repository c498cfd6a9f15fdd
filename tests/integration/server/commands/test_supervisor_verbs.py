"""`gatekeeper-server supervisors` as an operator runs it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from sqlalchemy import select

from command_line.clock_and_randomness import SystemClock, SystemEntropy
from server.db.database_connections import Database
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.organizations.models import Organization
from server.supervisors.supervisors_and_pins import add_supervisor, prepare_pin
from shared.credential.badges_and_pins import check_pin
from shared.kernel.id_types import OrganizationId
from tests.factories.migrated_files import begins_with_copies
from tests.integration.server.commands.test_commands import run

__all__ = ["begins_with_copies"]


async def add(url: str, names: tuple[str, ...]) -> None:
    """Add supervisors to the database's one organization."""
    database = Database(url, pool_size=1)
    context = Context(database, SystemClock(), SystemEntropy())
    async with database.read(org=SYSTEM) as session:
        organization_id = (await session.execute(select(Organization.id))).scalar_one()
    for name in names:
        pin_hash = await prepare_pin("483920", context.entropy)
        async with context.write(OrganizationId(organization_id)) as unit:
            await add_supervisor(unit, name=name, pin_hash=pin_hash, badge=None)
    await database.close()


def test_operator_changes_pins_and_badges_after_a_theft(tmp_path: Path) -> None:
    """Each PIN and each badge is printed once, and the list tells neither."""
    export = tmp_path / "seeded.json"
    words = ("--tickets", "3", "--gates", "1", "--devices", "1", "--export", str(export))
    assert run(tmp_path, "seed", *words).returncode == 0
    (file,) = tmp_path.rglob("*.db")
    asyncio.run(add(f"sqlite:///{file}", ("Jo", "Mo")))
    drawn = lines(tmp_path, "pins")
    assert [one["name"] for one in drawn] == ["Jo", "Mo"]
    pins = {one["pin"] for one in drawn}
    for pin in pins:
        check_pin(pin)
    assert len(pins - {"483920"}) == 2
    (gone,) = lines(tmp_path, "withdraw", drawn[0]["id"])
    assert (gone["name"], gone["has_badge"], gone["signs"]) == ("Jo", False, False)
    listed = lines(tmp_path, "list")
    assert [one["has_badge"] for one in listed] == [False, True]
    assert not any({"pin", "badge"} & set(one) for one in listed)
    (made,) = lines(tmp_path, "badge", drawn[0]["id"])
    assert made["has_badge"]
    assert made["badge"].startswith("GKB1-")
    assert run(tmp_path, "supervisors", "withdraw", "sv_nobody").returncode != 0


def lines(folder: Path, *words: str) -> list[Any]:
    """Return what an action prints."""
    done = run(folder, "supervisors", *words)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]
