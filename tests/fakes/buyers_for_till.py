"""Who bought what, sealed as a server seals it, without a server."""

from __future__ import annotations

from shared.kernel.ed25519 import sha256
from shared.kernel.id_types import EventId
from shared.kernel.packing import pack
from shared.manifest.sealed_buyer_list import BuyerRow, BuyerSealer
from shared.manifest.sealed_names_for_search import badge_public_key, badge_seed
from shared.wire.buyer_note import BuyerNote
from tests.factories.gate_event import ORGANIZATION
from tests.fakes.entropy import SeededEntropy


class BuyersForTill:
    """Holds buyers for one till.

    Attributes:
        rows: Their orders.
        notes: What the till has said of its own sales.
    """

    def __init__(self) -> None:
        """Hold none, for nobody."""
        self.rows: list[BuyerRow] = []
        self.notes: list[BuyerNote] = []
        self._readers: list[tuple[str, bytes]] = []

    def open_to(self, person: str, badge: str) -> None:
        """Let a badge open them."""
        self._readers.append((person, badge_public_key(badge_seed(badge, ORGANIZATION))))

    def read(self, event_id: EventId, known: str) -> bytes:
        """Seal them; nothing where there are none, or no newer ones."""
        version = sha256(pack(self.rows)).hex()[:16]
        if not self.rows or version == known:
            return b""
        sealer = BuyerSealer(version, event_id, SeededEntropy(version))
        sealer.add(self.rows)
        return pack(sealer.finish(self._readers))
