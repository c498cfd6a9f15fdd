"""Why a claim is not decided at all; what is decided is answered, also where nobody is let in."""

from __future__ import annotations

from server.devices.device_of_request import DeviceIdentity
from server.problem_answers import Problem


def claim_id_reused() -> Problem:
    """Make the answer for a claim id that asked something else before."""
    return Problem("claim-id-reused", "This claim_id was used for another claim; use a new one.")


def revoked(device: DeviceIdentity) -> Problem:
    """Make the answer for a device whose word no longer counts."""
    return Problem(
        "device-revoked", f"The device {device.id} has been revoked; ask the organizer."
    )


def not_open() -> Problem:
    """Make the answer of a ledger that grants nothing now."""
    return Problem(
        "ledger-behind",
        "The ledger is waiting for an operator or for its devices; nothing is granted until then.",
        retry_after_s=5,
    )
