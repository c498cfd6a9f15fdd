"""In what condition an open gate is, and what troubles it most: what each face of it shows."""

from __future__ import annotations

from typing import NamedTuple

from gatekeeper.device.lan_link import LanLink
from gatekeeper.device.where_device_stands import Place
from gatekeeper.gate.answer import LaneStatus
from gatekeeper.gate.evacuating import ZoneEvacuation
from gatekeeper.gate.recorder import Recorder
from gatekeeper.gate.scan_to_answer import Lane
from gatekeeper.gate.troubles import first_of, of_clock, of_revocation, of_server, of_store
from gatekeeper.gate.uplink import Uplink
from gatekeeper.store.store import Store
from gatekeeper.sync.engine import SyncEngine
from shared.kernel.id_types import EventId, GateId
from shared.kernel.instant import Duration
from shared.kernel.trouble import Trouble


class StatusParts(NamedTuple):
    """What a gate's condition is read from, besides its place and its lane."""

    store: Store
    recorder: Recorder
    uplink: Uplink
    engine: SyncEngine
    lan: LanLink
    evacuation: ZoneEvacuation


def read_status(place: Place, lane: Lane, parts: StatusParts) -> LaneStatus:
    """Say in what condition a gate is.

    Raises:
        StoreFault: if the store cannot be read.
    """
    store, knowledge, clock = parts.store, parts.recorder.knowledge, parts.recorder.clock
    event, setting = knowledge.event, lane.setting
    event_id = knowledge.event_id or ""
    gate, known = lane.gate(), knowledge.knowledge_at
    admitted, denied = store.counts.get(EventId(event_id), setting.gate_id or GateId(""))
    direction = "both" if gate is None else gate.direction
    notice, trouble = parts.evacuation.current(), _find_trouble(lane, parts)
    return LaneStatus(
        device_id=place.profile.device_id,
        event="" if event is None else event.config.name,
        gate_id=setting.gate_id,
        gate="" if gate is None else gate.name,
        direction=direction if setting.direction is None else setting.direction.value,
        mode=lane.rung().value,
        knowledge_at=known,
        knowledge_age=None if known is None else max(Duration(0), clock.now() - known),
        pending=store.journal.pending,
        pending_scans=store.journal.pending_scans,
        has_tried=parts.uplink.has_tried,
        tickets=0 if event is None else event.ticket_count,
        admitted=admitted,
        denied=denied,
        conflicts=len(store.feeds.open_conflicts(EventId(event_id))),
        clock_offset=clock.offset(),
        problem=trouble.text,
        trouble=trouble.kind or "",
        is_clock_checked=clock.is_checked,
        offline_policy="" if event is None else event.config.offline_policy,
        profile=place.kind,
        speaks_in_clear=place.profile.speaks_in_clear,
        timezone="" if event is None else event.config.timezone,
        doors=place.doors(clock.now()),
        has_foreign_codes=event is not None and event.has_foreign_codes,
        evacuation="" if notice is None else notice.phase,
        evacuation_id="" if notice is None else notice.evacuation_id,
        evacuation_gate="" if notice is None else place.name_of(notice.gate_id),
        evacuation_at=None if notice is None else notice.begun_at,
        paused_at=None if event is None or gate is None else event.index.paused_since(gate),
    )


def _find_trouble(lane: Lane, parts: StatusParts) -> Trouble:
    store, knowledge, clock = parts.store, parts.recorder.knowledge, parts.recorder.clock
    loss, damage = of_store(store)
    return first_of(
        loss,
        of_revocation(knowledge.state),
        knowledge.problem,
        parts.uplink.distrust,
        of_clock(clock),
        lane.pace.trouble(clock.elapsed()),
        of_server(store, parts.engine.problem, parts.uplink.problem),
        parts.engine.watch.trouble,
        parts.lan.problem,
        damage,
    )
