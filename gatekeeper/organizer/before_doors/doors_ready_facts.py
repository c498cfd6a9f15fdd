"""What the doors-ready board goes by, as an event's server says it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gatekeeper.organizer.before_doors.doors_ready_judging import DeviceFacts, EventFacts, Said
from gatekeeper.organizer.before_doors.doors_ready_lines import Oddity
from gatekeeper.organizer.before_doors.gate_order import gate_dates, ordered_gates
from gatekeeper.organizer.date_on_now_or_next import date_facts
from gatekeeper.organizer.during.evacuations_client import find_evacuation, read_evacuations
from gatekeeper.organizer.during.pauses_client import read_pauses
from gatekeeper.organizer.prepare.plan_client import read_freeze
from gatekeeper.organizer.server_api import EventSite, ServerApi, moment_of
from gatekeeper.readers.window_readers import UNREAD
from shared.journal.entry import FALSE_PEER


async def read_event_facts(api: ServerApi, site: EventSite) -> EventFacts:
    """Measure all that the board needs."""
    root = f"/organizations/{site.organization_id}"
    event = await api.get(site.path)
    check = await api.get(f"{site.path}/handover")
    plan = await api.get(f"{site.path}/plan")
    devices = await api.list_all(f"{site.path}/devices")
    dates = await api.get(f"{site.path}/occurrences")
    people = await api.get(f"{root}/supervisors")
    cashiers = await api.get(f"{root}/cashiers")
    reports = await api.list_all(f"{root}/device-reports")
    said = {one["device_id"]: _said(one) for one in reports if one["event_id"] == site.event_id}
    pauses = await read_pauses(api, site, plan)
    evacuations = await read_evacuations(api, site)
    freeze = await read_freeze(api, site)
    shifts = await api.list_all(f"{root}/shifts", state="open")
    floats = {one["device_id"]: int(one["float_minor"]) for one in shifts}
    conflicts = await api.list_all(f"{site.path}/conflicts")
    things = [*dates, *plan["zones"]]
    if check["warnings"]:
        things += await api.get(f"{site.path}/ticket-types")
    names = {one["id"]: str(one["name"]) for one in things}
    names |= {one["device_id"]: str(one["name"]) for one in devices}
    return EventFacts(
        state=event["state"],
        plan=event["plan_version"],
        refusals=tuple(_oddity(one, names) for one in check["refusals"]),
        warnings=tuple(_oddity(one, names) for one in check["warnings"]),
        gates=ordered_gates(plan, dates),
        devices=tuple(
            _device_facts(one, said.get(one["device_id"]), floats.get(one["device_id"]))
            for one in devices
            if not one["revoked_at"]
        ),
        handed_at=moment_of(check["handed_at"]),
        supervisors=sum(one["role"] == "supervisor" for one in people),
        conflicts=sum(not one["disposition"] for one in conflicts),
        false_devices=_false_devices(conflicts, devices),
        freeze=freeze,
        lanes={gate["id"]: int(gate["lanes"]) for gate in plan["gates"]},
        keyring=check["keyring"],
        keys_end=tuple(check["keys_end"]),
        former_keys_end=tuple(check["former_keys_end"]),
        handed_cursor=check["handed_cursor"],
        dates=tuple(date_facts(one) for one in dates if one["cancelled_at"] is None),
        gate_dates=gate_dates(plan),
        cashiers=len(cashiers),
        server_time=api.server_time,
        paused=pauses.paused_gates,
        names_at_gates=event["policy"]["names_at_gates"],
        evacuated={
            gate["id"]: found.begun_at
            for gate in plan["gates"]
            if (found := find_evacuation(evacuations, gate["zone_id"])) is not None
        },
    )


def _said(report: dict[str, Any]) -> Said:
    offset = report["clock_offset_us"]
    readers = [one for one in report["readers"] if one["state"] != UNREAD.state]
    return Said(
        plan=report["plan"],
        keyring=report["keyring"],
        behind=max(0, report["head"] - report["cursor"]),
        has_tickets=report["manifest_sequence"] > 0,
        clock_s=None if offset is None else offset / 1_000_000,
        battery=report["battery"],
        printers=tuple(
            f"{one['name']}: {one['state']}"
            for one in report["printers"]
            if one["state"] != "ready"
        ),
        readers=tuple(one["name"] for one in readers if one["state"] != "ready"),
        is_typing_unread=len(readers) < len(report["readers"]),
        is_asking=report.get("is_pushed") is False,
    )


def _device_facts(
    standing: dict[str, Any], said: Said | None, float_minor: int | None
) -> DeviceFacts:
    troubles = standing["refused"] + standing["forked"] + standing["open_conflicts"]
    return DeviceFacts(
        name=standing["name"],
        role=standing["role"],
        gate_id=standing["gate_id"],
        heard_at=moment_of(standing["heard_at"]),
        troubles=troubles + standing["unconfirmed"],
        said=said,
        float_minor=float_minor,
        rehearsal=standing["rehearsal"] or "",
        rehearsed_cursor=standing["rehearsed_cursor"],
    )


def _false_devices(
    conflicts: list[dict[str, Any]], devices: list[dict[str, Any]]
) -> dict[str, datetime]:
    """Return since when devices are said to be false, by name; only what nobody has settled."""
    names = {one["device_id"]: str(one["name"]) for one in devices}
    return {
        names.get(one["device_id"], one["device_id"]): datetime.fromisoformat(one["opened_at"])
        for one in conflicts
        if one["kind"] == FALSE_PEER and not one["disposition"]
    }


def _oddity(said: dict[str, Any], names: dict[str, str]) -> Oddity:
    found = tuple(names[one] for one in said["ids"] if one in names)
    return Oddity(code=said["code"], message=said["message"], names=found)
