"""Checking what the disk holds of the journal: links always, signatures near the tail or all.

Each entry names the hash of the one before, so one good signature vouches for the bytes of all
entries that lead up to it. At start the links of the last boot and the signatures of its newest
entries are checked; `gatekeeper journal verify` checks everything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from gatekeeper.store.boots import BootState
from shared.journal.chain import (
    ChainHead,
    LinkFault,
    SignedEntry,
    decode_body,
    decode_entry,
    find_link_fault,
    is_signed_by,
)
from shared.journal.entry import NO_HASH, BootBody
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId

SIGNATURES_AT_START: Final = 256

ReadEntries = Callable[[int, int], Iterator[tuple[int, SignedEntry]]]
"""Yields entries with their `seq`, from the first to the last number, both included."""


class JournalReport(msgspec.Struct, frozen=True):
    """What checking the whole journal found.

    Attributes:
        entries: How many there are.
        boots: How many starts of the program.
        problems: One sentence for each break; sealed damage that a later boot names is one too.
    """

    entries: int
    boots: int
    problems: tuple[str, ...]


def check_boot(
    read: ReadEntries,
    boot: BootState,
    device_id: DeviceId,
    public_key: bytes,
    *,
    signatures: int = SIGNATURES_AT_START,
) -> tuple[int, str]:
    """Find how far a boot's own entries are sound.

    Args:
        read: Gives the entries.
        boot: Which boot.
        device_id: Whose journal it must be.
        public_key: The device's.
        signatures: How many of the newest signatures to check.

    Returns:
        The last sound `dseq`, and what is wrong after it ("" if nothing is).
    """
    head = ChainHead(boot.boot, 0, b"")
    for seq, signed in read(boot.seq_of(1), boot.seq_of(boot.last_dseq)):
        if seq != boot.seq_of(head.dseq + 1):
            return head.dseq, f"entries before number {seq} are missing"
        must_verify = boot.last_dseq - head.dseq <= signatures
        fault = _find_fault(signed, head, device_id, public_key if must_verify else None)
        if fault is not None:
            return head.dseq, f"entry {seq} is damaged ({fault})"
        head = ChainHead(boot.boot, head.dseq + 1, signed.hash)
    if head.dseq != boot.last_dseq or boot.last_dseq == 0:
        return head.dseq, f"boot {boot.number} has lost entries"
    return head.dseq, ""


def _find_fault(
    signed: SignedEntry, head: ChainHead, device_id: DeviceId, public_key: bytes | None
) -> LinkFault | None:
    try:
        entry = decode_entry(signed.entry)
    except Malformed:
        return LinkFault.MALFORMED
    if entry.device_id != device_id:
        return LinkFault.WRONG_DEVICE
    if public_key is not None and not is_signed_by(signed, public_key):
        return LinkFault.BAD_SIGNATURE
    if head.dseq == 0:
        # The first entry's link leads to another boot and is judged by `verify_journal`.
        head = ChainHead(head.boot, 0, entry.previous)
    return find_link_fault(entry, head)


def find_head(read: ReadEntries, boots: Sequence[BootState]) -> ChainHead:
    """Give the newest sound entry of all boots, which the next boot must name."""
    for boot in reversed(boots):
        if boot.sound_dseq:
            seq = boot.seq_of(boot.sound_dseq)
            for _, signed in read(seq, seq):
                return ChainHead(boot.boot, boot.sound_dseq, signed.hash)
    return ChainHead(b"", 0, NO_HASH)


def verify_journal(
    read: ReadEntries, boots: Sequence[BootState], device_id: DeviceId, public_key: bytes
) -> JournalReport:
    """Check every entry, link and signature of the journal."""
    problems: list[str] = []
    entries = sum(boot.last_dseq for boot in boots)
    for place, boot in enumerate(boots):
        sound, why = check_boot(read, boot, device_id, public_key, signatures=boot.last_dseq)
        if why:
            is_sealed = boot.sealed_at is not None and place + 1 < len(boots)
            problems.append(f"boot {boot.number}: {why}{'; it is sealed' if is_sealed else ''}")
        if sound:
            problem = _check_first(read, boots[:place], boot)
            if problem:
                problems.append(f"boot {boot.number}: {problem}")
    return JournalReport(entries, len(boots), tuple(problems))


def _check_first(read: ReadEntries, earlier: Sequence[BootState], boot: BootState) -> str:
    """Tell why a boot's first entry does not continue the boots before it; "" if it does."""
    signed = next(entry for _, entry in read(boot.seq_of(1), boot.seq_of(1)))
    entry = decode_entry(signed.entry)
    body = decode_body(entry)
    if not isinstance(body, BootBody):
        return "its first entry does not begin a boot"
    if not body.previous_boot:
        return "" if entry.previous == NO_HASH and not earlier else "it denies the boots before it"
    named = [b for b in earlier if b.boot == body.previous_boot]
    if not named or not 1 <= body.previous_dseq <= named[0].last_dseq:
        return "it names a boot that is not here"
    seq = named[0].seq_of(body.previous_dseq)
    previous = next(found for _, found in read(seq, seq))
    return "" if previous.hash == entry.previous else "it does not continue the boot before it"
