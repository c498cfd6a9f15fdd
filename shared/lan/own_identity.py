"""Who this gate is, what survives its restarts, and how it says something."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from shared.kernel.ed25519 import SigningKey
from shared.kernel.id_types import DeviceId
from shared.kernel.message_authentication_codes import TAG_SIZE
from shared.lan.actions import Send
from shared.lan.claims import Claim
from shared.lan.entries_of_peers import ENVELOPE_ROOM
from shared.lan.envelope import DATAGRAM_SIZE_MAX, Sealer, make_datagram
from shared.lan.messages import Body, Mark
from shared.lan.presence import Presence

BODY_SIZE_MAX: Final = DATAGRAM_SIZE_MAX - ENVELOPE_ROOM


class Identity(msgspec.Struct, frozen=True):
    """Who this gate is, in this boot.

    Attributes:
        device_id: Its id.
        key: Its device key.
        boot: Its journal's boot, 8 random bytes.
        born: The journal's `seq` of the boot's first entry; above that of every earlier boot.
        said: The number of its newest message in this boot, which it has said elsewhere; 0 for
            none.
    """

    device_id: DeviceId
    key: SigningKey
    boot: bytes
    born: int
    said: int = 0


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


class OwnMessages:
    """Numbers and authenticates messages; they bear the version of the roster that is held."""

    def __init__(self, identity: Identity, presence: Presence) -> None:
        event_id = presence.roster.event_id
        self._sealer = Sealer(
            event_id,
            identity.device_id,
            identity.key,
            identity.boot,
            identity.born,
            counter=identity.said,
        )
        self._key, self._presence = identity.key, presence

    @property
    def said(self) -> int:
        """The number of the newest message."""
        return self._sealer.counter

    def sign(self, context: bytes, message: bytes) -> bytes:
        """Sign what a third party must believe."""
        return self._key.sign(context, message)

    def seal_frame(self, body: Body) -> bytes:
        """Seal a message for a stream."""
        return self._sealer.seal_frame(body, self._presence.roster.version)

    def say(self, body: Body, to: Iterable[str]) -> list[Send]:
        """Seal a datagram for each of these devices that is still known; all bear one number."""
        envelope = self._sealer.wrap(body, self._presence.roster.version)
        assert len(envelope) + TAG_SIZE <= DATAGRAM_SIZE_MAX
        peers = self._presence.peers
        known = [(name, peers[name].key) for name in to if name in peers]
        return [Send(name, make_datagram(envelope, key)) for name, key in known if key]
