"""In which order the desk lists an event's gates: by dates, and within one by names."""

from __future__ import annotations

from typing import Any

from gatekeeper.wording.names_in_order import by_number


def gate_dates(plan: dict[str, Any]) -> dict[str, str]:
    """Return the date that each gate's zone serves, where it is one."""
    zones = {zone["id"]: zone["occurrence_id"] for zone in plan["zones"]}
    dated = {gate["id"]: zones.get(gate["zone_id"]) for gate in plan["gates"]}
    return {gate_id: date for gate_id, date in dated.items() if date}


def ordered_gates(plan: dict[str, Any], dates: list[dict[str, Any]]) -> dict[str, str]:
    """Return the gates' names by id: by their dates, and within one by their names."""
    starts, own = {one["id"]: str(one["starts_at"]) for one in dates}, gate_dates(plan)

    def order(gate: dict[str, Any]) -> tuple[str, Any]:
        return starts.get(own.get(gate["id"], ""), ""), by_number(str(gate["name"]))

    return {gate["id"]: str(gate["name"]) for gate in sorted(plan["gates"], key=order)}
