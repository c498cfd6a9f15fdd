"""What contradicts itself while doors are open, and what people decide about it."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Final

import msgspec

from gatekeeper.organizer.server_api import EventSite, Fields, ServerApi
from shared.journal.entry import FALSE_PEER

DISPOSITIONS: Final = ("let_stay", "removed", "fraud", "our_error")
"""What people decide about a conflict."""


class Conflict(msgspec.Struct, frozen=True, kw_only=True):
    """What the server found to contradict itself, such as a double use, as the desk lists it.

    Attributes:
        ticket: The ticket's last digits; "" where it is about no ticket.
        device: Which one it is about, by name; "" for none.
        code: What is printed on the ticket; "" where it has none, or one may not see it.
        detail: The server's sentence.
        is_ordered: Whether it is certain what came first.
        disposition: "" while somebody has to decide; then what was decided, or `withdrawn` where
            later entries explain it.
        opened_at: When the server found it.
        updated_at: When an entry joined it last, or somebody decided.
        note: Why it was decided so, as whoever decided has written; "" for nothing.
    """

    id: str
    kind: str
    ticket: str
    detail: str
    is_ordered: bool
    disposition: str
    opened_at: datetime
    updated_at: datetime
    code: str = ""
    device: str = ""
    note: str = ""

    @property
    def is_open(self) -> bool:
        """Whether somebody has to decide."""
        return not self.disposition


class ConflictSide(msgspec.Struct, frozen=True, kw_only=True):
    """One device's part in a conflict, as its signed entry says.

    Attributes:
        gate: The gate's name, or the device's.
        at: In the event's time zone.
        error_s: How far the time may be off either way; None while unknown.
        is_signed: Whether the device's signed entry is kept.
        person: On whose word it was, by name; else "".
        on_paper: Of one that was keyed in from a list on paper: between when it was.
        cashier: Who was at the till, by name; else "".
    """

    gate: str
    device: str
    at: datetime
    error_s: float | None
    count: int
    is_signed: bool
    person: str = ""
    on_paper: tuple[datetime, datetime] | None = None
    cashier: str = ""


async def list_conflicts(api: ServerApi, site: EventSite) -> tuple[Conflict, ...]:
    """List conflicts: those that are open first, the newest of each first."""
    listed = await api.list_all(f"{site.path}/conflicts")
    names = {}
    if any(one["kind"] == FALSE_PEER for one in listed):
        devices = await api.list_all(f"{site.path}/devices")
        names = {one["device_id"]: str(one["name"]) for one in devices}
    found = [
        Conflict(
            id=one["id"],
            kind=one["kind"],
            ticket=(one["ticket_id"] or "")[-4:],
            detail=one["detail"],
            is_ordered=one["is_ordered"],
            disposition=one["disposition"],
            opened_at=datetime.fromisoformat(one["opened_at"]),
            updated_at=datetime.fromisoformat(one["updated_at"]),
            code=one.get("manual_code") or "",
            device=names.get(one["device_id"], one["device_id"]),
            note=one.get("note", ""),
        )
        for one in listed
    ]
    found.sort(key=lambda one: one.opened_at, reverse=True)
    return tuple(sorted(found, key=lambda one: not one.is_open))


async def read_sides(
    api: ServerApi, site: EventSite, conflict_id: str
) -> tuple[ConflictSide, ...]:
    """Read what each device's entry says, the earliest first."""
    detail = await api.get(f"{site.path}/conflicts/{conflict_id}")
    plan = await api.get(f"{site.path}/plan")
    gates = {gate["id"]: str(gate["name"]) for gate in plan["gates"]}
    zone = await api.zone_of(site)
    root = f"/organizations/{site.organization_id}"
    people = [*await api.get(f"{root}/supervisors"), *await api.get(f"{root}/cashiers")]
    names = {one["id"]: one["name"] for one in people}
    sides = [
        ConflictSide(
            gate=gates.get(one["gate_id"]) or one["device"],
            device=one["device"],
            at=datetime.fromisoformat(one["at"]).astimezone(zone),
            error_s=None if one["at_error_us"] is None else one["at_error_us"] / 1_000_000,
            count=one["count"],
            is_signed=one["entry_hash"] is not None,
            person=names.get(person := one.get("person") or "", person),
            on_paper=_read_span(one, zone),
            cashier=names.get(cashier := one.get("cashier") or "", cashier),
        )
        for one in detail["sides"]
    ]
    return tuple(sorted(sides, key=lambda one: one.at))


def _read_span(side: Fields, zone: tzinfo) -> tuple[datetime, datetime] | None:
    """Return between when a side was that was keyed in from paper."""
    first, last = side.get("happened_from"), side.get("happened_until")
    if first is None or last is None:
        return None
    return (
        datetime.fromisoformat(first).astimezone(zone),
        datetime.fromisoformat(last).astimezone(zone),
    )


async def settle(
    api: ServerApi, site: EventSite, seen: Conflict, disposition: str, note: str
) -> str | None:
    """Decide about a conflict; what was decided before stays in its history.

    Args:
        api: Somebody signed in.
        site: The event.
        seen: The conflict as it is shown to whoever decides.
        disposition: What is decided.
        note: Why.

    Returns:
        None, if it was written. Nothing was where it has changed since it was shown: what somebody
        else has decided, or "" where an entry has joined it, of which whoever decides knows
        nothing.
    """
    path = f"{site.path}/conflicts/{seen.id}"
    now = (await api.get(path))["conflict"]
    if datetime.fromisoformat(now["updated_at"]) != seen.updated_at:
        decided = str(now["disposition"])
        if (decided, now["note"]) == (disposition, note.strip()):
            return None  # written already: only the answer to it was lost on the way
        return decided if decided != seen.disposition else ""
    fields: Fields = {"disposition": disposition, "note": note}
    await api.post(f"{path}/disposition", fields)
    return None


async def read_evidence(api: ServerApi, site: EventSite, conflict_id: str) -> bytes:
    """Fetch what `docs/specs/evidence.md` describes: it proves itself without this server."""
    return await api.get_bytes(f"{site.path}/conflicts/{conflict_id}/evidence")
