"""What a gate with an uplink brings of gates without one: their claims and their journals.

The bearer of the token is trusted with nothing but carrying. A claim counts by its own device's
signature, under that device's name and rules; an entry likewise. What does not verify leaves no
trace at the device that it is said to be of, and is reported with the name of the one that
brought it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from server.claims.claim_body import read_claim
from server.devices.device_of_request import DeviceIdentity
from server.devices.rows import read_devices_of
from server.entries.checking_uploaded_entries import CheckedEntry
from server.entries.rows import JournalOwner, insert_refusals, read_boots_of
from server.exchange.worker_parts import WorkerParts
from server.http.logs import log
from server.http.msgpack_body import read_packed
from server.problem_answers import Problem
from shared.journal.chain import SignedEntry, decode_entry
from shared.kernel.ed25519 import is_valid, sha256
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId
from shared.lan.messages import RELAY_CONTEXT, Mark
from shared.manifest.signed_document import DocumentKind, SignedDocument
from shared.wire.entries_per_upload import ENTRIES_AT_ONCE_MAX, fill_request
from shared.wire.exchange import EntryStatus
from shared.wire.relayed_by_gates import (
    RELAY_VERSION,
    RelayedClaim,
    RelayedEntries,
    RelayedMarks,
    RelayedWord,
)

_CLAIM: Final = msgspec.msgpack.Decoder(RelayedClaim)
_ENTRIES: Final = msgspec.msgpack.Decoder(RelayedEntries)


async def relay_claim(parts: WorkerParts, relay: DeviceIdentity, body: bytes) -> SignedDocument:
    """Decide a claim that another device brings, as if its own device had.

    The same claim again gets the same answer, whoever brings it; a claim id that its device has
    given up is denied. So a recording opens nothing.

    Raises:
        Problem: `bad-request` for what is none, `forbidden` if its device has not signed it, and
            all that a claim can meet.
    """
    asked = read_packed(body, _CLAIM, RELAY_VERSION, "relayed request")
    device = await parts.known_devices.named(relay.organization_id, asked.device_id)
    if device is None or not is_valid(
        device.public_key, asked.signature, RELAY_CONTEXT, asked.request
    ):
        _report(relay, "claim")
        raise Problem("forbidden", "This claim does not have its device’s signature.")
    answer = await parts.claims.claim(device, read_claim(asked.request))
    signer = await parts.signers.of(relay.organization_id)
    word = RelayedWord(RELAY_VERSION, device.id, sha256(asked.request), answer)
    return signer.sign(DocumentKind.RELAYED, word, parts.context.clock.wall())


async def relay_entries(parts: WorkerParts, relay: DeviceIdentity, body: bytes) -> RelayedMarks:
    """Take in entries of other devices, each under its own device's name.

    None is judged by a ledger that has forgotten what the relay holds of it.

    Raises:
        Problem: `bad-request`, `too-large`, `unavailable`, `ledger-behind`; `not-found` where a
            relay that serves no event yet names none of its organization's.
    """
    asked = read_packed(body, _ENTRIES, RELAY_VERSION, "relayed request")
    if len(asked.entries) > ENTRIES_AT_ONCE_MAX:
        raise Problem("too-large", f"Send at most {ENTRIES_AT_ONCE_MAX} entries at once.")
    relay = await parts.known_devices.assigned(relay, asked.event_id)
    await parts.exchanges.check_ledger(relay, asked.head)
    now = parts.context.clock.wall()
    goes_on = fill_request(asked.entries)
    forked: list[Mark] = []
    waiting: list[Mark] = []
    for device_id, entries in _by_device(asked.entries).items():
        device = await parts.known_devices.named(relay.organization_id, DeviceId(device_id))
        if device is None:
            checked = [_nobodys(signed) for signed in entries]
        else:
            checked = await parts.exchanges.check(device, entries)
        sound = [one for one in checked if not one.problem]
        if len(sound) < len(entries):
            await _refuse(parts, relay, checked)
        if device is not None and sound:
            try:
                posted = await parts.exchanges.post(
                    device, sound, now, goes_on=goes_on, is_relayed=True
                )
            except Problem as problem:
                if problem.slug != "too-many-requests":
                    raise
                # What floods waits by itself: others' entries came in the same request.
                places = [one.entry for one in sound if one.entry is not None]
                waiting += [Mark(device.id, one.boot, one.dseq) for one in places]
                continue
            forked += [
                Mark(device.id, one.boot, one.dseq)
                for one in posted.answers
                if one.status == EntryStatus.FORKED
            ]
    if relay.event_id != asked.event_id:
        return RelayedMarks(RELAY_VERSION, ())  # how far others' journals are held is not its own
    org = relay.organization_id
    async with parts.driver.read(org) as transaction:
        device_ids = await read_devices_of(transaction, org, asked.event_id)
        rows = await read_boots_of(transaction, org, device_ids)
    marks = tuple(Mark(*row) for row in rows)
    return RelayedMarks(RELAY_VERSION, marks, tuple(forked), tuple(waiting))


def _by_device(entries: Sequence[SignedEntry]) -> dict[str, list[SignedEntry]]:
    """Part entries by the device that each names, in that device's order; "" for no entry."""
    parted: dict[str, list[tuple[int, SignedEntry]]] = {}
    for signed in entries:
        try:
            entry = decode_entry(signed.entry)
        except Malformed:
            parted.setdefault("", []).append((0, signed))
            continue
        device_id = entry.device_id if entry.device_id.isprintable() else ""
        parted.setdefault(device_id, []).append((entry.seq, signed))
    return {
        device_id: [signed for _, signed in sorted(found, key=lambda one: one[0])]
        for device_id, found in parted.items()
    }


def _nobodys(signed: SignedEntry) -> CheckedEntry:
    problem = "a device that is none of the organization's, or no entry at all"
    return CheckedEntry(signed=signed, hash=sha256(signed.entry), problem=problem)


async def _refuse(
    parts: WorkerParts,
    relay: DeviceIdentity,
    checked: Sequence[CheckedEntry],
) -> None:
    """Keep what was refused under the name of the device that brought it."""
    _report(relay, "entry")
    refused = [one for one in checked if one.problem]
    org = relay.organization_id
    owner, now = JournalOwner(org, relay.id), parts.context.clock.wall()
    async with parts.driver.write(org) as transaction:
        await insert_refusals(transaction, owner, refused, now)


def _report(relay: DeviceIdentity, what: str) -> None:
    log().warning("relay.refused", device_id=relay.id, kind=what)
