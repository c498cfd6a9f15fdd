"""What a lost device may still do, in the desk's words."""

from __future__ import annotations

from gatekeeper.organizer.before_doors.devices_client import Device
from gatekeeper.organizer.before_doors.lost_devices_client import DeviceLoss
from gatekeeper.wording.texts import TEXTS


def spell_loss(device: Device, loss: DeviceLoss) -> str:
    """Say what a lost device has given up."""
    said = [TEXTS.say("lost.done", name=device.name)]
    if loss.maybe_sold_total:
        said.append(TEXTS.say("lost.sold", count=loss.maybe_sold_total))
    if loss.seats:
        said.append(TEXTS.say("lost.seats", count=len(loss.seats)))
    return " ".join(said)
