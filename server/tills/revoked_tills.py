"""What ends with a till that is revoked: what its keys prove, and what it held of the stock."""

from __future__ import annotations

from sqlalchemy import select

from server.db.unit import Unit
from server.keys.organization_keys import TILL, KeyRow
from server.plans.compiling_plans import read_event_config
from server.publishing.publisher import Publisher, tell_ended_keys
from server.tills.allotments import list_events_of, release_allotments
from shared.credential.keyring import KeyStatus
from shared.kernel.id_types import DeviceId, EventId


async def withdraw_till(unit: Unit, device_id: DeviceId, publisher: Publisher) -> None:
    """Let a revoked till's signature prove nothing from this commit on, and free what it held.

    What it sold and reported stays good; what it mints from here on a person decides. Whom gates
    let in before on what it had not reported is named: a thief may have minted it.
    """
    query = select(KeyRow).where(
        KeyRow.device_id == device_id, KeyRow.status == KeyStatus.ACTIVE, KeyRow.purpose == TILL
    )
    rows = await unit.all(query.with_for_update())
    for row in rows:
        row.status, row.compromised_at = KeyStatus.COMPROMISED, unit.now
    await unit.session.flush()
    for event_id in await list_events_of(unit, device_id):
        await release_allotments(unit, EventId(event_id), device_id)
    for event_id in sorted({row.event_id for row in rows if row.event_id is not None}):
        ended = [row for row in rows if row.event_id == event_id]
        await tell_ended_keys(unit, publisher, await read_event_config(unit, event_id), ended)
