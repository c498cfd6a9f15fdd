"""An enrolled device under a test's control, and the journal that it writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from shared.journal.chain import SignedEntry, encode_body, seal_entry
from shared.journal.entry import ENTRY_VERSION, KIND_OF_BODY, NO_HASH, Body, BootBody, Entry
from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import DeviceId, EventId, GateId
from shared.kernel.instant import MILLISECOND, Duration, Instant


@dataclass
class Journal:
    """A device's chain, as an honest device writes it, and as a dishonest one might."""

    device_id: DeviceId
    key: SigningKey
    boot: bytes
    entries: list[SignedEntry] = field(default_factory=list)
    dseq: int = 0
    seq: int = 0
    previous: bytes = NO_HASH
    began: Instant = Instant(0)

    def add(
        self,
        body: Body,
        event_id: EventId,
        wall: Instant,
        *,
        offset_error: Duration | None = 20 * MILLISECOND,
        kind: str | None = None,
        **changed: Any,
    ) -> SignedEntry:
        """Append an entry, with an honest clock unless it says otherwise."""
        self.dseq += 1
        self.seq += 1
        if self.dseq == 1:
            self.began = wall
        entry = Entry(
            v=ENTRY_VERSION,
            device_id=self.device_id,
            boot=self.boot,
            dseq=self.dseq,
            seq=self.seq,
            previous=self.previous,
            kind=kind or KIND_OF_BODY[type(body)],
            event_id=event_id,
            wall=wall,
            monotonic=Duration(wall - self.began + self.dseq),
            offset=None if offset_error is None else Duration(0),
            offset_error=offset_error,
            epoch=1,
            cursor=0,
            body=encode_body(body),
        )
        signed = seal_entry(msgspec.structs.replace(entry, **changed), self.key)
        self.previous = signed.hash
        self.entries.append(signed)
        return signed

    def reboot(self, wall: Instant, *, boot: bytes, damage: str = "") -> None:
        """Begin another boot after this one."""
        body = BootBody("test", self.boot, self.dseq, damage)
        self.boot, self.dseq = boot, 0
        self.add(body, EventId(""), wall)


@dataclass
class GateDevice:
    """An enrolled device under the test's control."""

    id: str
    token: str
    gate_id: GateId
    key: SigningKey
    journal: Journal

    @property
    def headers(self) -> dict[str, str]:
        """Return what its requests carry."""
        return {"authorization": f"Bearer {self.token}"}
