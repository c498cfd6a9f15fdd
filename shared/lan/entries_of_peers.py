"""News and anti-entropy: journal entries travel verbatim, and count only by their origin's word.

A ticket is marked used by the signature of the device that admitted, whoever brought the entry;
so no peer can burn another gate's tickets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

import msgspec

from shared.admission.evacuation import is_evacuation_exit
from shared.journal.chain import SignedEntry, decode_body
from shared.journal.entry import Entry, ReleaseBody, ScanBody, UndoBody
from shared.kernel.errors import Malformed
from shared.kernel.id_types import ClaimId, DeviceId, GateId
from shared.kernel.instant import INSTANT_MAX, Instant
from shared.kernel.packing import pack, unpack
from shared.lan.claims import ClaimKey, ClaimOutcome, Hold, HoldState
from shared.lan.messages import MARKS_MAX, Entries, Mark

ENVELOPE_ROOM: Final = 320
"""Bytes that an envelope's other fields take at most, ids of 64 characters included."""
_SIZE_PER_ENTRY: Final = 8


class Ended(msgspec.Struct, frozen=True, array_like=True):
    """What an entry says of a claim.

    Attributes:
        outcome: How it ended.
        hold: Whose claim; for a use, also what was used.
        key: The right that was used; None unless it was used.
    """

    outcome: ClaimOutcome
    hold: Hold
    key: ClaimKey | None


_ENDED: Final = msgspec.msgpack.Decoder(Ended)


def read_ended(entry: Entry, heard_at: Instant = INSTANT_MAX) -> Ended | None:
    """Tell what an entry says of a claim; None if it ends none, or is not of its form.

    A scan that was denied or referred states that nobody was admitted under its claim id.

    Args:
        entry: The entry.
        heard_at: When it came, by the reader's clock. An exit that is said to be later would count
            after whoever has come in again since, and let everybody in.
    """
    try:
        body = decode_body(entry)
        if isinstance(body, ReleaseBody):
            ended = Ended(ClaimOutcome.RELEASED, _name(entry, body.claim_id), None)
        elif isinstance(body, UndoBody):
            ended = Ended(ClaimOutcome.UNDONE, _name(entry, body.claim_id), None)
        elif isinstance(body, ScanBody):
            ended = _read_scan(entry, body, heard_at)
        else:
            return None
        # An honest reader of our answers would refuse what is out of bounds here.
        return unpack(pack(ended), _ENDED, "the end of a claim")
    except Malformed:
        return None


def _read_scan(entry: Entry, body: ScanBody, heard_at: Instant) -> Ended:
    if is_evacuation_exit(body.claim_id):
        # Only the ledger records one: it would give an entry back that stands.
        raise Malformed("a scan under a name of the ledger's own")
    if body.verdict != "admit" or body.ticket_id is None:
        return Ended(ClaimOutcome.RELEASED, _name(entry, body.claim_id), None)
    hold = Hold(
        device_id=entry.device_id,
        claim_id=body.claim_id,
        gate_id=body.gate_id,
        count=body.count,
        at=max(0, min(_when(entry, body), heard_at)),
        state=HoldState.USED,
        direction=body.direction,
    )
    return Ended(
        ClaimOutcome.USED, hold, ClaimKey(body.ticket_id, body.zone_id, body.occurrence_id)
    )


def _when(entry: Entry, body: ScanBody) -> Instant:
    """Say when a passage was: of one by paper its entry says so."""
    return body.paper_time(entry.corrected)[0] if body.is_by_paper else entry.corrected


def _name(entry: Entry, claim_id: ClaimId) -> Hold:
    return Hold(
        device_id=entry.device_id,
        claim_id=claim_id,
        gate_id=GateId(""),
        count=1,
        at=entry.wall,
        state=HoldState.USED,
    )


def pack_news(entries: Iterable[SignedEntry], room: int) -> Iterator[Entries]:
    """Put entries into as few messages of at most `room` bytes as their order allows.

    An entry that is too long for one travels by `FETCH` alone.
    """
    batch: list[SignedEntry] = []
    size = 0
    for signed in entries:
        needed = len(signed.entry) + len(signed.signature) + _SIZE_PER_ENTRY
        if needed > room:
            continue
        if size + needed > room:
            yield Entries(tuple(batch))
            batch, size = [], 0
        batch.append(signed)
        size += needed
    if batch:
        yield Entries(tuple(batch))


class Marks:
    """Which entries this gate holds: for each boot all up to a number, and single ones beyond."""

    def __init__(self, marks: Iterable[Mark] = ()) -> None:
        """Take up what the store holds without a gap."""
        self._whole = {(mark.device_id, mark.boot): mark.dseq for mark in marks}
        self._beyond: dict[tuple[str, bytes], set[int]] = {}
        self._boots = Counter(device_id for device_id, _ in self._whole)

    def has(self, device_id: DeviceId, boot: bytes, dseq: int) -> bool:
        """Tell whether an entry is held."""
        name = device_id, boot
        return dseq <= self._whole.get(name, 0) or dseq in self._beyond.get(name, ())

    def add(self, device_id: DeviceId, boot: bytes, dseq: int) -> None:
        """Note an entry."""
        name = device_id, boot
        if name not in self._whole:
            self._boots[device_id] += 1
        whole = self._whole.get(name, 0)
        beyond = self._beyond.setdefault(name, set())
        beyond.add(dseq)
        while whole + 1 in beyond:
            whole += 1
            beyond.discard(whole)
        self._whole[name] = whole
        if not beyond:
            del self._beyond[name]

    def whole(self, device_id: DeviceId, boot: bytes) -> int:
        """Return the number up to which a boot is held without a gap; 0 for nothing."""
        return self._whole.get((device_id, boot), 0)

    def knows(self, device_id: DeviceId, boot: bytes) -> bool:
        """Tell whether anything of a boot is held."""
        return (device_id, boot) in self._whole

    def boots_of(self, device_id: DeviceId) -> int:
        """Return of how many boots of a device anything is held."""
        return self._boots[device_id]

    def last(self, device_id: DeviceId, boot: bytes) -> int:
        """Return the highest number of a boot that is held; 0 for nothing."""
        return max(self._beyond.get((device_id, boot), ()), default=self.whole(device_id, boot))

    def list(self) -> tuple[Mark, ...]:
        """List the boots that are held at least in part from their first entry on."""
        held = (Mark(*name, dseq) for name, dseq in self._whole.items() if dseq)
        return tuple(islice(held, MARKS_MAX))


def find_missing(mine: Sequence[Mark], theirs: Sequence[Mark]) -> list[Mark]:
    """Tell what I hold and they lack: boots, each with the last number that they have."""
    held = {(mark.device_id, mark.boot): mark.dseq for mark in theirs}
    return [
        Mark(mark.device_id, mark.boot, held.get((mark.device_id, mark.boot), 0))
        for mark in mine
        if mark.dseq > held.get((mark.device_id, mark.boot), 0)
    ]
