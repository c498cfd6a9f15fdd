"""What the desk says of a device's gate, and of its move to another one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gatekeeper.organizer.before_doors.device_gates_client import STANDING, DevicePlace, GateInZone
from gatekeeper.organizer.before_doors.devices_client import Device
from gatekeeper.organizer.merging_edits import Clash
from gatekeeper.presenters.desk.plan_words import spell_clash
from gatekeeper.presenters.desk.role_state_and_age_words import spell_heard
from gatekeeper.wording.texts import TEXTS


def spell_spot(spot: GateInZone | None) -> str:
    """Say a gate with its zone; any of the event's for None."""
    return TEXTS.say("move.any") if spot is None else TEXTS.beside(spot.name, spot.zone)


def spell_move(
    place: DevicePlace,
    spot: GateInZone | None,
    device: Device,
    devices: Sequence[Device],
    now: datetime,
) -> str:
    """Say what a move would mean.

    Args:
        place: Where the device is assigned to.
        spot: Where it would be; None for any gate.
        device: As it was heard last.
        devices: All of the event's.
        now: The time.
    """
    old, heard = place.find(place.gate_id), spell_heard(device.heard_at, now)
    words = {"name": device.name, "old": "" if old is None else old.name, "heard": heard}
    others = [
        one.gate_id
        for one in devices
        if one.id != device.id and not one.is_revoked and one.role in STANDING
    ]
    said = []
    if spot is None:
        said.append(TEXTS.say("move.frees", **words))
    else:
        key = "move.turns" if old is not None else "move.turns_from_any"
        said.append(TEXTS.say(key, gate=spot.name, **words))
        if old is not None:
            is_other = old.zone_id != spot.zone_id
            key = "move.zone" if is_other else "move.same_zone"
            said.append(TEXTS.say(key, zone=spot.zone, old=old.zone))
        if others.count(spot.gate_id):
            said.append(TEXTS.say("move.joins", count=others.count(spot.gate_id)))
    if old is not None and old.gate_id not in others:
        said.append(TEXTS.say("move.alone", old=old.name))
    if device.homes:
        said.append(TEXTS.say("move.homes", count=device.homes))
    return "\n".join(said)


def spell_moved(device: Device, spot: GateInZone | None) -> str:
    """Say what follows of a move."""
    if spot is None:
        return TEXTS.say("move.done_any", name=device.name)
    return TEXTS.say("move.done", name=device.name, gate=spot.name)


def spell_moved_meanwhile(clash: Clash, place: DevicePlace) -> str:
    """Say who changed a device meanwhile, and where that has put it."""
    now = place.find(place.gate_id)
    if now is None and place.gate_id is not None:
        return spell_clash(clash)  # it serves another event by now
    gate = TEXTS.say("move.any") if now is None else now.name
    return f"{spell_clash(clash)} {TEXTS.say('move.again', gate=gate)}"
