"""The server reads the entries that a device uploads, and checks each one's signature and form."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from server.entries.signature_checks import SignatureChecks
from server.entries.signature_process import AreSigned
from shared.journal.chain import SignedEntry, decode_body, decode_entry
from shared.journal.entry import Body, Entry, ScanBody
from shared.journal.storable_texts import has_storable_texts
from shared.kernel.ed25519 import sha256
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId
from shared.kernel.instant import Duration, Instant


class CheckedEntry(msgspec.Struct, kw_only=True):
    """An entry with what reading it found.

    Attributes:
        hash: SHA-256 of its bytes.
        entry: None where the bytes are no entry.
        body: None for a kind that this version does not know, or a body that is not of its form.
        problem: Why it is refused, or "".
        flaw: What of a body of a known kind is out of its bounds, so that it has no effect; or "".
    """

    signed: SignedEntry
    hash: bytes
    entry: Entry | None = None
    body: Body | None = None
    problem: str = ""
    flaw: str = ""

    @property
    def as_entry(self) -> Entry:
        """The entry, of one that is known to be one."""
        assert self.entry is not None, "what is stored was an entry when it came"
        return self.entry


def check_entry(signed: SignedEntry, device_id: DeviceId, *, is_signed: bool) -> CheckedEntry:
    """Read one entry whose signature was checked. Pure."""
    checked = CheckedEntry(signed=signed, hash=sha256(signed.entry))
    try:
        entry = decode_entry(signed.entry)
    except Malformed as fault:
        checked.problem = str(fault)
        return checked
    checked.entry = entry
    if entry.device_id != device_id:
        checked.problem = "this entry is another device's"
    elif not has_storable_texts(entry):
        checked.problem = "a text of this entry cannot be stored"
    elif not is_signed:
        checked.problem = "the signature does not verify: the entry was altered"
    else:
        try:
            checked.body = decode_body(entry)
        except Malformed as fault:
            checked.flaw = str(fault)  # it has no effect; the entry is kept in any case
    return checked


async def check_entries(
    checks: SignatureChecks, entries: Sequence[SignedEntry], device_id: DeviceId, public_key: bytes
) -> list[CheckedEntry]:
    """Read and verify entries, in order."""
    verified = await checks.check(AreSigned(public_key, entries))
    return [
        check_entry(signed, device_id, is_signed=is_signed)
        for signed, is_signed in zip(entries, verified, strict=True)
    ]


def corrected_time(
    entry: Entry, received_at: Instant, *, is_given: bool = False
) -> tuple[Instant, Duration | None]:
    """Return an entry's instant in server time with its bound; None while that is unknown.

    Nothing was recorded after it was received: an entry that says so has a wrong clock. A time
    that a test's caller gave stands as it is.
    """
    at = entry.corrected
    if is_given:
        return at, None
    if entry.offset is None or entry.offset_error is None:
        return min(at, received_at), None
    if at - entry.offset_error > received_at:
        return received_at, None
    return min(at, received_at), entry.offset_error


def passage_time(
    entry: Entry, body: ScanBody, received_at: Instant, *, is_given: bool
) -> tuple[Instant, Duration | None]:
    """Return a passage's instant with its bound, as `corrected_time`.

    One by paper was when the person says who keyed it in, and not after that.
    """
    if not body.is_by_paper:
        return corrected_time(entry, received_at, is_given=is_given)
    keyed_at, error = corrected_time(entry, received_at)
    known_until = received_at if error is None else min(received_at, Instant(keyed_at + error))
    return body.paper_time(known_until)
