"""What each device of an event may hold: for a gate that was lost, or has not come back.

A device is believed to know all up to its last contact. What it may have done since is bounded by
what it could do alone: sell what is left of its allotments, and admit, once each, the tickets that
the offline policy lets it admit and that were not used when it was last heard.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import TextClause, func, select, text

from server.db.unit import Unit
from server.devices.finding_devices import Device, list_devices
from server.devices.home_places import HEARD_WITHIN
from server.entries.journal_reading import JournalBoot, count_by_device, read_boots, read_spans
from server.entries.rehearsals import read_rehearsals
from server.http.body_and_answer_types import answer_of, moment_of, to_moment
from server.ledger.checkins import TicketUse
from server.lost_devices.schemas import ShareAnswer, StandingAnswer
from server.plans.compiling_plans import read_event_config
from server.reconciliation.settling_conflicts import count_open_about
from server.tills.allotments import find_allotments
from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.id_types import DeviceId, EventId, TicketTypeId
from shared.kernel.instant import Instant
from shared.manifest.event_config import EventConfig
from shared.manifest.home_spreading import policy_of

_AT_ONCE: Final = 20


class _Count(msgspec.Struct, frozen=True):
    """Tickets of one type and home: all, those used by now, those used before each moment."""

    ticket_type_id: TicketTypeId
    home_device_id: DeviceId
    tickets: int
    used: int
    used_before: Sequence[int]


async def list_standings(
    unit: Unit, event_id: EventId, *, limit: int, after: str | None
) -> list[StandingAnswer]:
    """Return up to `limit + 1` devices of an event, in order of id.

    Devices that serve it now, and those whose journals hold entries of it.

    Raises:
        Problem: `not-found`.
    """
    config = await read_event_config(unit, event_id)
    spans = await read_spans(unit, event_id)
    known = {span.device_id for span in spans}
    devices = [
        one
        for one in await list_devices(unit)
        if (one.event_id == event_id or one.id in known) and one.id > (after or "")
    ][: limit + 1]
    ids = [one.id for one in devices]
    # In the order of arrival: the last one of each device stays.
    newest: dict[str, JournalBoot] = {row.device_id: row for row in await read_boots(unit, ids)}
    troubles = await count_by_device(unit, ids)
    alarms = await count_open_about(unit, ids)
    grants = await _open_grants(unit, event_id, ids)
    since = {one.id: _since(one) for one in devices}
    counts = await _count_tickets(unit, config, list(since.values()))
    rehearsals = await read_rehearsals(unit, event_id, ids)
    found = []
    for place, device in enumerate(devices):
        own = [span for span in spans if span.device_id == device.id]
        boot = newest.get(device.id)
        refused, forked, unconfirmed, _ = troubles[device.id]
        could, used_since = _could_admit(config, device, counts, place)
        shares = await find_allotments(unit, event_id, device.id)
        played = rehearsals.get(device.id)
        received_at = max((span.last_received_at for span in own), default=None)
        found.append(
            answer_of(
                StandingAnswer,
                device,
                device_id=device.id,
                heard_at=to_moment(device.last_seen_at),
                boot=None if boot is None else boot.boot.hex(),
                dseq=0 if boot is None else boot.dseq,
                entries=sum(span.entries for span in own),
                received_at=to_moment(received_at),
                unconfirmed=unconfirmed,
                refused=refused,
                forked=forked,
                open_conflicts=alarms.get(device.id, 0),
                open_grants=grants.get(device.id, 0),
                homes=sum(one.tickets for one in counts if one.home_device_id == device.id),
                shares=[answer_of(ShareAnswer, row) for row in shares],
                could_admit=could,
                used_since=used_since,
                could_sell=sum(share.unsold + share.lost for share in shares),
                rehearsal=None if played is None else played.said,
                rehearsed_at=None if played is None else moment_of(played.received_at),
                rehearsed_cursor=0 if played is None else played.cursor,
            )
        )
    return found


def _since(device: Device) -> Instant:
    """Say up to when a device surely knew what the ledger did."""
    if device.last_seen_at is None:
        return device.enrolled_at
    return max(device.enrolled_at, device.last_seen_at - HEARD_WITHIN)


def _could_admit(
    config: EventConfig, device: Device, counts: Iterable[_Count], place: int
) -> tuple[int, int]:
    """Bound what a device could have admitted alone, and how much of it was used elsewhere."""
    if device.role == "till":
        return 0, 0
    policies = {kind.id: policy_of(config, kind) for kind in config.ticket_types}
    could = used_since = 0
    for one in counts:
        policy = policies.get(one.ticket_type_id) or policy_of(config, None)
        is_home = one.home_device_id == device.id
        if policy is OfflinePolicy.CLOSED or (policy is OfflinePolicy.HOME and not is_home):
            continue
        before = one.used_before[place]
        could += one.tickets - before
        used_since += one.used - before
    return could, used_since


async def _count_tickets(
    unit: Unit, config: EventConfig, moments: Sequence[Instant]
) -> list[_Count]:
    """Count an event's valid tickets, by type and home, and those used by some moments."""
    # By the mapper's connection, which on SQLite reads in a thread of its own: this takes a fifth
    # of a second for a hundred thousand tickets, and claims would wait so long each time.
    connection = await unit.session.connection()
    place = {"event_id": config.event_id, "organization_id": config.organization_id}
    found: dict[tuple[str, str], _Count] = {}
    for first in range(0, max(1, len(moments)), _AT_ONCE):
        some = {f"by_{n}": at for n, at in enumerate(moments[first : first + _AT_ONCE])}
        rows = (await connection.execute(_count_query(some), place | some)).all()
        for kind, home, tickets, used, *before in rows:
            earlier = found.get((kind, home))
            known = [] if earlier is None else list(earlier.used_before)
            times = known + [int(one) for one in before]
            found[kind, home] = _Count(kind, home, int(tickets), int(used), times)
    return list(found.values())


def _count_query(moments: Iterable[str]) -> TextClause:
    """Make the query for moments of some names; one pass over tickets and uses for all."""
    sums = "".join(
        f", coalesce(sum(CASE WHEN f.used_at <= CAST(:{by} AS BIGINT) THEN 1 ELSE 0 END), 0)"
        for by in moments
    )
    return text(
        "SELECT t.ticket_type_id, coalesce(t.home_device_id, ''), count(*),"  # noqa: S608 - only our own names
        f" count(f.used_at){sums} FROM ticket t LEFT JOIN (SELECT ticket_id, min(at) AS used_at"
        " FROM ticket_use WHERE event_id = :event_id AND organization_id = :organization_id"
        " AND NOT is_annulled AND direction = 'in' GROUP BY ticket_id) f"
        " ON f.ticket_id = t.ticket_id"
        " WHERE t.event_id = :event_id AND t.organization_id = :organization_id"
        " AND t.state = 'paid' AND NOT t.blocked GROUP BY 1, 2 ORDER BY 1, 2"
    )


async def _open_grants(
    unit: Unit, event_id: EventId, device_ids: Sequence[DeviceId]
) -> Mapping[str, int]:
    query = (
        select(TicketUse.device_id, func.sum(TicketUse.count))
        .where(
            TicketUse.event_id == event_id,
            TicketUse.device_id.in_(device_ids),
            TicketUse.is_confirmed.is_(False),
            TicketUse.is_annulled.is_(False),
        )
        .group_by(TicketUse.device_id)
    )
    return {row[0]: int(row[1]) for row in await unit.session.execute(query)}
