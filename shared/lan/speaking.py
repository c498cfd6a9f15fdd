"""Who this gate is, what survives its restarts, and how it says something."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from shared.kernel.ed25519 import SigningKey
from shared.lan.actions import Send
from shared.lan.claims import Claim
from shared.lan.envelope import DATAGRAM_SIZE_MAX, Sealer
from shared.lan.gossip import ENVELOPE_ROOM
from shared.lan.messages import Body, Mark
from shared.lan.presence import Presence

BODY_SIZE_MAX: Final = DATAGRAM_SIZE_MAX - ENVELOPE_ROOM


class Identity(msgspec.Struct, frozen=True):
    """Who this gate is, in this boot.

    Attributes:
        device_id: Its id.
        gate_id: Its gate.
        key: Its device key.
        boot: Its journal's boot, 8 random bytes.
        born: The journal's `seq` of the boot's first entry; above that of every earlier boot.
    """

    device_id: str
    gate_id: str
    key: SigningKey
    boot: bytes
    born: int


class LanState(msgspec.Struct, frozen=True):
    """What survived the last restart.

    Attributes:
        claims: Every claim remembered and not forgotten, this device's own among them.
        clock: The highest stamp ever remembered.
        marks: The entries held without a gap, by boot; own ones among them.
    """

    claims: tuple[Claim, ...] = ()
    clock: int = 0
    marks: tuple[Mark, ...] = ()


class Speaker:
    """Seals messages with the version of the roster that this gate holds."""

    def __init__(self, sealer: Sealer, presence: Presence) -> None:
        self._sealer, self._presence = sealer, presence

    def seal(self, body: Body) -> bytes:
        """Seal a message for a stream."""
        return self._sealer.seal(body, self._presence.roster.version)

    def say(self, body: Body, to: Iterable[str]) -> Send:
        """Seal a datagram."""
        datagram = self.seal(body)
        assert len(datagram) <= DATAGRAM_SIZE_MAX
        return Send(tuple(to), datagram)
