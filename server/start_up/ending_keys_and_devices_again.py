"""Ending again: a copy that is older than an ending was put back, and trusts whom nobody should.

A key that was declared compromised would sign good tickets again; of a manifest key no gate takes
a word any more, so that all would be alone. A stolen device would be let claim again.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from command_line.clock_and_randomness import SystemEntropy
from command_line.exit_statuses import say_line
from server.db.database_connections import Database
from server.db.tenancy import SYSTEM
from server.db.unit import Context, Unit
from server.devices.finding_devices import Device
from server.devices.revoking import revoke_device
from server.homes.telling_gates_of_tickets import LedgerFeed
from server.keys.models import KeyRecord
from server.keys.vault import has_vault, open_vault
from server.problem_answers import Problem
from server.publishing.key_changes import compromise_key
from server.publishing.publisher import Publisher
from server.reconciliation.ended_keys import name_unexplained
from server.settings import Settings
from server.start_up.ended_list import DEVICE, ENDINGS, KEY, KeptEnding
from server.tills.revoked_tills import withdraw_till
from shared.credential.keyring import KeyStatus
from shared.kernel.id_types import DeviceId, OrganizationId
from shared.kernel.ports import Clock

_PROGRAM: Final = "gatekeeper-server"
_BECAUSE: Final = "revoked before the database went back to an older copy"


async def end_again(settings: Settings, database: Database, clock: Clock) -> None:
    """End what a database trusts although the list says that it has ended.

    What it does not know at all is trusted by nobody, and stays so. Each is told on stderr.

    Args:
        settings: Name the folder of the list and of the secrets.
        database: Nobody is served from it yet.
        clock: Whose time the endings bear.

    Raises:
        StoreFault: if the list or the folder's secret is damaged.
    """
    kept = ENDINGS.read(settings.data_folder).values()
    if not kept or not has_vault(settings.data_folder):
        return
    trusted = await _list_trusted(database)
    missing = sorted(
        (one for one in kept if (one.organization_id, one.kind, one.name) in trusted),
        key=lambda one: (one.kind, one.at, one.name),  # a till's revocation ends its keys
    )
    if missing:
        context = Context(database, clock, SystemEntropy())
        publisher = open_publisher(context, settings)
        for one in missing:
            await _end(context, publisher, one)


def open_publisher(context: Context, settings: Settings) -> Publisher:
    """Give a verb what tells gates of an event.

    Raises:
        StoreFault: if the folder's secret can be neither read nor made.
    """
    vault = open_vault(settings.data_folder, context.entropy)
    return Publisher(context, settings, vault, LedgerFeed(), name_unexplained=name_unexplained)


async def _list_trusted(database: Database) -> set[tuple[str, str, str]]:
    devices = select(Device.organization_id, Device.id).where(Device.revoked_at.is_(None))
    keys = select(KeyRecord.organization_id, KeyRecord.public_key).where(
        KeyRecord.status == KeyStatus.ACTIVE
    )
    async with database.read(org=SYSTEM) as session:
        found: set[tuple[str, str, str]] = {
            (org, DEVICE, name) for org, name in await session.execute(devices)
        }
        found |= {(org, KEY, name.hex()) for org, name in await session.execute(keys)}
    return found


async def _end(context: Context, publisher: Publisher, one: KeptEnding) -> None:
    try:
        async with context.write(OrganizationId(one.organization_id)) as unit:
            if one.kind == DEVICE:
                await revoke_device(unit, DeviceId(one.name), _BECAUSE)
                await withdraw_till(unit, DeviceId(one.name), publisher)
            elif await _is_sound(unit, one.name):  # else it has just ended with its till
                await compromise_key(unit, publisher, one.name)
    except Problem as problem:
        say_line(_PROGRAM, f"the {one.kind} {one.name} must be revoked by hand: {problem}")
        return
    say_line(
        _PROGRAM,
        (
            f"the backup did not know that the {one.kind} {one.name} was revoked; it is"
            " revoked again"
        ),
    )


async def _is_sound(unit: Unit, name: str) -> bool:
    query = select(KeyRecord.status).where(KeyRecord.public_key == bytes.fromhex(name))
    return (await unit.session.execute(query)).scalar_one() == KeyStatus.ACTIVE
