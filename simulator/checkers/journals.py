"""I3: the server ends up with every entry of every device exactly once, in order, chain intact."""

from __future__ import annotations

from collections.abc import Iterator

from shared.journal.chain import ChainHead, find_link_fault, is_signed_by
from shared.journal.entry import NO_HASH, BootBody
from simulator.judging.evidence import Evidence
from simulator.judging.ledger_and_device_views import DeviceView, HeldEntry


def check_journals(evidence: Evidence) -> Iterator[str]:
    """Yield each entry that is missing, doubled, changed or out of its chain."""
    for device in evidence.devices:
        held = evidence.ledger.entries.get(device.device_id, {})
        yield from _compare(device, held)
        yield from _walk(device, evidence.public_keys[device.device_id])
        if evidence.ledger.forks.get(device.device_id):
            yield f"{device.node}: the server holds forks of an honest journal"
        is_dishonest = (
            device.node == evidence.dishonest
        )  # what it brought of others bears its name
        if evidence.ledger.refusals.get(device.device_id) and not is_dishonest:
            yield f"{device.node}: the server refused entries of an honest journal"
        if device.pending:
            yield f"{device.node}: {device.pending} entries were never acknowledged"


def _compare(device: DeviceView, held: dict[tuple[bytes, int], HeldEntry]) -> Iterator[str]:
    left = dict(held)
    for one in device.entries:
        there = left.pop((one.entry.boot, one.entry.dseq), None)
        if there is None:
            yield f"{device.node} seq {one.entry.seq} ({one.entry.kind}) is not at the server"
        elif there.signed != one.signed:
            yield f"{device.node} seq {one.entry.seq}: the server holds other bytes"
        elif there.status != "stored":
            yield f"{device.node} seq {one.entry.seq} is {there.status} at the server"
    for boot, dseq in left:
        yield f"{device.node}: the server holds {boot.hex()}/{dseq}, the device does not"


def _walk(device: DeviceView, public_key: bytes) -> Iterator[str]:
    """Follow the chain through all boots."""
    head = ChainHead(b"", 0, NO_HASH)
    seq = 0
    for one in device.entries:
        entry = one.entry
        if not is_signed_by(one.signed, public_key):
            yield f"{device.node} seq {entry.seq}: the signature does not verify"
        if entry.seq <= seq:
            yield f"{device.node} seq {entry.seq} after {seq}: a number was used twice"
        seq = entry.seq
        if entry.boot != head.boot:
            yield from _begin(device, one, head)
            head = ChainHead(entry.boot, 0, head.hash)
        fault = find_link_fault(entry, head)
        if fault is not None:
            yield f"{device.node} seq {entry.seq}: {fault.value}"
        head = ChainHead(entry.boot, entry.dseq, one.signed.hash)


def _begin(device: DeviceView, one: HeldEntry, head: ChainHead) -> Iterator[str]:
    body = one.body
    if not isinstance(body, BootBody):
        yield f"{device.node} seq {one.entry.seq}: a boot begins without saying so"
    elif (body.previous_boot, body.previous_dseq) != (head.boot, head.dseq):
        yield f"{device.node} seq {one.entry.seq}: it does not continue the boot before it"
    elif body.damage:
        yield f"{device.node} seq {one.entry.seq}: found damage on an honest disk: {body.damage}"
