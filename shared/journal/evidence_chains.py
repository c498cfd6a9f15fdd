"""The entries of an evidence file as chains: signatures, links, boots and forks. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import msgspec

from shared.journal.chain import SignedEntry, decode_body, decode_entry, is_signed_by
from shared.journal.entry import NO_HASH, Body, BootBody, Entry
from shared.journal.evidence_file_lines import BootLine
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId

Complain = Callable[[str], None]


class ChainProof(msgspec.Struct, frozen=True):
    """An entry whose device's signature holds, with its body where that could be read."""

    entry: Entry
    body: Body | None
    hash: bytes


class _Run(msgspec.Struct):
    """How far one boot's entries were read."""

    first: int
    last: int
    head: bytes
    has_gap: bool = False


class Chains:
    """Reads entries in their order; forked ones come before those that they contradict."""

    def __init__(self, complain: Complain) -> None:
        """Begin; `complain` takes a sentence for each thing that does not hold."""
        self._complain = complain
        self._runs: dict[tuple[str, bytes], _Run] = {}
        self._forked: dict[tuple[str, bytes, int], set[bytes]] = {}
        self.entries = 0
        self.links = 0
        self._forks: Counter[str] = Counter()

    @property
    def boots(self) -> int:
        """Return of how many boots entries were read."""
        return len(self._runs)

    def count_forks(self, device_id: DeviceId) -> int:
        """Return how many entries of a device's journal contradict others of it."""
        return self._forks[device_id]

    def take(
        self, signed: SignedEntry, device_id: DeviceId, public_key: bytes, *, is_forked: bool
    ) -> ChainProof | None:
        """Check one entry; None if it proves nothing."""
        digest = signed.hash
        name = f"entry {digest.hex()[:16]} of {device_id}"
        if not is_signed_by(signed, public_key):
            self._complain(f"{name}: the signature is not the device's")
            return None
        try:
            entry = decode_entry(signed.entry)
        except Malformed as fault:
            self._complain(f"{name}: {fault}")
            return None
        if entry.device_id != device_id:
            self._complain(f"{name}: it says that it is {entry.device_id}'s")
            return None
        self.entries += 1
        try:
            body = decode_body(entry)
        except Malformed:
            body = None
        proof = ChainProof(entry, body, digest)
        if is_forked:
            key = (device_id, entry.boot, entry.dseq)
            self._forked.setdefault(key, set()).add(digest)
        else:
            self._follow(proof)
        return proof

    def _follow(self, proof: ChainProof) -> None:
        entry = proof.entry
        others = self._forked.get((entry.device_id, entry.boot, entry.dseq), set())
        self._forks[entry.device_id] += len(others - {proof.hash})
        run = self._runs.get((entry.device_id, entry.boot))
        if run is None:
            run = _Run(entry.dseq, entry.dseq, proof.hash)
            self._runs[entry.device_id, entry.boot] = run
            if entry.dseq == 1:
                self._follow_boot(proof)
            return
        if entry.dseq == run.last + 1:
            self.links += 1
            if entry.previous != run.head:
                self._complain(f"{_place(entry)}: it does not follow the entry before it")
        elif entry.dseq <= run.last:
            self._complain(f"{_place(entry)}: its number was read already, or is out of order")
            return
        else:
            run.has_gap = True
        run.last, run.head = entry.dseq, proof.hash

    def _follow_boot(self, proof: ChainProof) -> None:
        """Check a boot's first entry against the boot that it continues, if that is here."""
        entry, body = proof.entry, proof.body
        if not isinstance(body, BootBody):
            self._complain(f"{_place(entry)}: a boot begins with an entry of another kind")
            return
        if not body.previous_boot:
            if entry.previous != NO_HASH:
                self._complain(f"{_place(entry)}: the first boot names an entry before it")
            return
        before = self._runs.get((entry.device_id, body.previous_boot))
        if before is None or before.last != body.previous_dseq:
            return  # the entry that it names is not in this file
        self.links += 1
        forked = self._forked.get((entry.device_id, body.previous_boot, before.last), set())
        if entry.previous not in {before.head, *forked} and not body.damage:
            self._complain(f"{_place(entry)}: it does not continue the boot that it names")

    def check_whole(self, device_id: DeviceId, boot: BootLine) -> bool:
        """Tell whether a boot is here from its first entry to the last one held."""
        run = self._runs.get((device_id, bytes.fromhex(boot.boot)))
        is_whole = (
            run is not None
            and (run.first, run.last) == (1, boot.dseq)
            and not run.has_gap
            and run.head.hex() == boot.head
        )
        if not is_whole:
            self._complain(f"boot {boot.boot} of {device_id} is not wholly in this file")
        return is_whole


def _place(entry: Entry) -> str:
    return f"entry {entry.dseq} of boot {entry.boot.hex()} of {entry.device_id}"
