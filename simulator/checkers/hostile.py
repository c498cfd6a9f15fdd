"""Hostile devices: each trick is refused or named; the ledger holds only what is in a chain."""

from __future__ import annotations

from collections.abc import Iterator

from shared.journal.chain import ChainHead, find_link_fault, is_signed_by
from shared.journal.entry import NO_HASH
from simulator.judging.evidence import Evidence


def check_hostile(evidence: Evidence) -> Iterator[str]:
    """Yield each lie that was believed, and each that nobody was told of."""
    held = evidence.ledger.entries.get(evidence.hostile_id, {})
    stored = {one.signed.hash for one in held.values()}
    for trick in evidence.history.tricks:
        if not trick.got <= trick.expected:
            yield f"{trick.name}: the server answered {sorted(trick.got)}"
        if stored & set(trick.hashes):
            yield f"{trick.name}: the server took it into the journal"
    yield from _walk(evidence)
    has_forked = any("forked" in trick.got for trick in evidence.history.tricks)
    named = {
        conflict.device_id
        for conflict in evidence.ledger.conflicts
        if conflict.kind == "forked_journal"
    }
    if has_forked and evidence.hostile_id not in named:
        yield "a forked journal raised no alarm with its device's name"
    if named - {evidence.hostile_id}:
        yield f"honest devices are said to have forked: {named}"


def _walk(evidence: Evidence) -> Iterator[str]:
    """What is held of the hostile device's journal is one unbroken chain."""
    head = ChainHead(b"", 0, NO_HASH)
    for (boot, _), one in evidence.ledger.entries.get(evidence.hostile_id, {}).items():
        if boot != head.boot:
            head = ChainHead(boot, 0, NO_HASH)
        if one.entry.device_id != evidence.hostile_id:
            yield "the hostile device's journal holds another device's entry"
        if not is_signed_by(one.signed, evidence.hostile_key):
            yield f"the hostile device's entry {one.entry.dseq} was taken without a good signature"
        fault = find_link_fault(one.entry, head)
        if fault is not None:
            yield f"the hostile device's entry {one.entry.dseq} was taken despite {fault.value}"
        head = ChainHead(boot, one.entry.dseq, one.signed.hash)
