"""I6 under `home`: a ticket is let in by its home's journal alone, wherever its home has moved.

Each entry was the home's own, or the home gave it away by a signed entry of its own, or nobody was
the ticket's home and the ledger let the holder in. A device that gave a ticket up is its home no
more; what it gives away it was the home of. Doubles of a ticket whose home was declared lost are
judged, by the name that they are reported under, in `alone.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from gatekeeper.gate.device_as_home import GAVE
from shared.admission.reasons import Reason
from shared.journal.entry import GiveBody, ScanBody
from shared.kernel.id_types import ClaimId, DeviceId
from simulator.judging.evidence import Evidence
from simulator.judging.ledger_and_device_views import DeviceView, HeldEntry
from simulator.judging.rights import Account, Rights
from simulator.judging.truth import ledger_place


def check_homes(evidence: Evidence) -> Iterator[str]:
    """Yield each entry that was not its home's to let in, or to give."""
    if evidence.scenario.moves_every is None or evidence.history.restores:
        return
    rights, places = Rights(evidence), ledger_place(evidence)
    given = {
        (held.body.claim_id, held.body.device_id)
        for device in evidence.devices
        for held in device.entries
        if isinstance(held.body, GiveBody) and held.body.reason in GAVE
    }
    for device in evidence.devices:
        account = Account(rights, device)
        for held in device.entries:
            if _is_presold(evidence, held) and not _is_right(
                device, held, account, rights, given, places
            ):
                yield _name(device, held)
            account.learn(held)


def _is_presold(evidence: Evidence, held: HeldEntry) -> bool:
    """Leave out what tills have sold: the ranges of their keys decide there."""
    body = held.body
    return isinstance(body, GiveBody | ScanBody) and body.ticket_id in evidence.presold


def _is_right(
    device: DeviceView,
    held: HeldEntry,
    account: Account,
    rights: Rights,
    given: set[tuple[ClaimId, DeviceId]],
    places: dict[str, int],
) -> bool:
    body, cursor = held.body, held.entry.cursor
    if isinstance(body, GiveBody):
        return body.reason not in GAVE or account.is_home(body.ticket_id, cursor)
    if not isinstance(body, ScanBody) or body.verdict != "admit" or body.ticket_id is None:
        return True
    if body.direction != "in" or body.reason == Reason.OVERRIDE:
        return True
    if (body.claim_id, device.device_id) in given or account.is_home(body.ticket_id, cursor):
        return True
    place = places.get(body.claim_id)
    if body.mode != "online" or place is None:
        return False
    home = rights.home_at(body.ticket_id, place)
    return home is None or home.device_id in {None, device.device_id}


def _name(device: DeviceView, held: HeldEntry) -> str:
    body = held.body
    assert isinstance(body, GiveBody | ScanBody)
    what = "gave away" if isinstance(body, GiveBody) else f"let in ({body.mode})"
    ticket_id = body.ticket_id or 0
    return f"{device.node} seq {held.entry.seq}: {what} ticket {ticket_id:016x}, not its to give"
