"""What each gate may still give away of a zone's places is the same to it and to the ledger."""

from __future__ import annotations

from collections.abc import Iterator

from shared.admission.zone_shares import HeldShare
from shared.journal.entry import ReturnBody
from simulator.judging.evidence import Evidence
from simulator.judging.ledger_and_device_views import DeviceView
from simulator.judging.rights import Account, Rights


def compare_shares(evidence: Evidence) -> Iterator[str]:
    """Yield each share of which device, journal and ledger do not say the same.

    A device that was declared lost is held against its own journal alone.
    """
    zone_id, rights = evidence.venue.zone_id, Rights(evidence)
    for device in evidence.devices:
        here = device.shares.get(zone_id, HeldShare())
        own = _by_journal(evidence, rights, device)
        if here != own and not evidence.history.restores:
            yield f"{device.node}: its share is {here}, by feed and journal {own}"
        if device.device_id in evidence.history.lost_homes:
            continue
        ledgered = evidence.ledger.shares.get((device.device_id, zone_id), HeldShare())
        if here != ledgered:
            yield f"{device.node}: its share is {here}, by the ledger {ledgered}"


def _by_journal(evidence: Evidence, rights: Rights, device: DeviceView) -> HeldShare:
    account = Account(rights, device)
    for held in device.entries:
        is_other = (
            isinstance(held.body, ReturnBody) and held.body.zone_id != evidence.venue.zone_id
        )
        if not is_other:
            account.learn(held)
    granted = rights.granted_at(device.device_id, device.cursor)
    return HeldShare(granted, account.returned, account.spent)
