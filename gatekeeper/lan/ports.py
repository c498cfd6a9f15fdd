"""What the LAN rung needs from the rest of the gate: durable promises, known uses, the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from shared.journal.chain import SignedEntry
from shared.kernel.id_types import ClaimId, DeviceId
from shared.lan.actions import Change
from shared.lan.claims import ClaimKey, Hold
from shared.lan.messages import Mark
from shared.lan.own_identity import LanState
from shared.manifest.signed_document import SignedDocument
from shared.wire.relayed_by_gates import RelayedMarks


class PromiseStore(Protocol):
    """The durable side of the rung; `gatekeeper.store` fulfils it.

    Any method may raise `StoreFault`.
    """

    def load(self) -> LanState:
        """Return what survived: claims remembered and not forgotten, the clock, the marks.

        The clock is the highest stamp ever remembered, of forgotten claims as well. The marks
        name every boot of every device, own ones included, up to the first gap.
        """

    async def save(self, changes: Sequence[Change]) -> None:
        """Make changes durable, in order, all or none, before returning.

        `Remember` and `Forget` of the same claim may come more than once. `Keep` stores another
        device's entry verbatim under (device, boot, dseq, hash), and makes its use or its end
        visible in `uses_of`; a repeated one changes nothing.
        """

    def uses_of(self, key: ClaimKey) -> Sequence[Hold]:
        """Return every use of a key that stands: own, of peers, and from the ledger's feed.

        Undone and released ones are left out. All are in state `used`; a use of which the
        device is not known has "?" in its place.
        """

    def entries_after(self, mark: Mark, limit: int) -> Sequence[SignedEntry]:
        """Return the entries of a boot after a number, in order, at most `limit`."""

    def own_dseq(self, boot: bytes) -> int:
        """Return up to which number this device's own journal has a boot; 0 for another's."""

    async def keep_roster(self, document: SignedDocument) -> None:
        """Keep a verified roster document that a peer passed on."""


class LedgerCarrier(Protocol):
    """The ledger, as long as this gate reaches it; `gatekeeper.sync` fulfils it.

    Any method may raise `ServerFault`.
    """

    async def claim(
        self, device_id: DeviceId, claim_id: ClaimId, request: bytes, signature: bytes
    ) -> bytes:
        """Put a peer's claim to the ledger.

        Args:
            device_id: Whose claim it is.
            claim_id: Its id, which the request must bear.
            request: A `ClaimRequest`'s JSON, as the peer wrote it.
            signature: The peer's device key's over `request`, with
                `shared.lan.messages.RELAY_CONTEXT`; verified already.

        Returns:
            The ledger's signed word, an encoded document of kind `relayed`.
        """

    async def page_after(self, epoch: int, sequence: int) -> bytes:
        """Fetch the page of the feed after a number.

        Returns:
            An encoded document of kind `feed`, not yet verified.
        """

    async def upload(self, entries: Sequence[SignedEntry]) -> RelayedMarks:
        """Upload other devices' entries, and learn how far the ledger holds every boot."""


class FeedReader(Protocol):
    """The feed of a gate that may be cut off from the ledger; `gatekeeper.sync` fulfils it."""

    def place(self) -> tuple[int, int] | None:
        """Tell epoch and number up to which the feed is here; None while the ledger is reached."""

    async def take(self, document: SignedDocument) -> None:
        """Apply a page, if it verifies and follows; never raises for what is wrong with it."""


class ServerWhereabouts(Protocol):
    """Where the server is now, as its own authority has signed it."""

    @property
    def text(self) -> str:
        """The newest word, or ""."""

    def take(self, text: str) -> bool:
        """Take a word; tells whether it is newer.

        Raises:
            BadInput: if it is none, or not signed.
            StoreFault: if the disk refuses.
        """
