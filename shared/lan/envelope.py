"""The envelope of every message between gates: who says it, in which boot, and its number.

Within a boot the counter rises with every message, so that a receiver takes each once; boots are
ordered by `born`, so that nothing of an earlier boot counts once a later one is known.

A datagram is a short code (`shared.kernel.message_authentication_codes`) under the key that sender
and receiver share (from their device keys, `shared.kernel.key_agreement`), then its bytes. A frame
of a stream is the envelope with the sender's signature, since a receiver may not know the sender
yet. What must convince a third party (journal entries, rosters) carries its origin's signature
inside.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from shared.journal.bounds import GivenName
from shared.kernel.ed25519 import SIGNATURE_SIZE, SigningKey, is_valid
from shared.kernel.errors import Malformed
from shared.kernel.id_types import DeviceId, EventId
from shared.kernel.message_authentication_codes import TAG_SIZE, is_tagged, tag
from shared.kernel.packing import pack, unpack
from shared.lan.messages import KIND_OF, Body, Boot, encode_body

LAN_VERSION: Final = 1
CONTEXT: Final = b"gatekeeper/lan/1"
PURPOSE: Final = b"gatekeeper/lan/1"
"""For the keys that two devices share."""
DATAGRAM_SIZE_MAX: Final = 1_200
"""Fits one Ethernet frame through any tunnel in use."""
FRAME_SIZE_MAX: Final = 4 * 1024 * 1024
WINDOW_SIZE: Final = 1_024

_Count = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]


class Envelope(msgspec.Struct, frozen=True, array_like=True, kw_only=True):
    """A message between gates with its sender, boot and number: all that is authenticated.

    Attributes:
        v: `LAN_VERSION`.
        event_id: Other events' messages are ignored.
        epoch: Ledger epoch of the sender's roster.
        roster: Its sequence.
        sender: Device id.
        boot: The sender's journal boot.
        born: Orders the boots of a device: the journal's `seq` of the boot's first entry.
        counter: Number of the message within the boot, from 1.
        kind: A `messages.MessageKind`.
        body: MessagePack of the kind's struct.
    """

    v: int
    event_id: EventId
    epoch: _Count
    roster: _Count
    sender: GivenName
    boot: Boot
    born: _Count
    counter: _Count
    kind: str
    body: bytes

    @property
    def version(self) -> tuple[int, int]:
        """Version of the sender's roster."""
        return self.epoch, self.roster


class SignedFrame(msgspec.Struct, frozen=True, array_like=True):
    """An envelope's exact bytes and its sender's signature: one frame of a stream."""

    envelope: bytes
    signature: bytes


_SEALED: Final = msgspec.msgpack.Decoder(SignedFrame)
_ENVELOPE: Final = msgspec.msgpack.Decoder(Envelope)


class Sealer:
    """Makes the envelopes of one device in one boot.

    Attributes:
        device_id: The sender.
        boot: Its boot.
        counter: The number of its newest message.
    """

    def __init__(
        self,
        event_id: EventId,
        device_id: DeviceId,
        key: SigningKey,
        boot: bytes,
        born: int,
        *,
        counter: int = 0,
    ) -> None:
        """Begin after message number `counter`."""
        self.device_id = device_id
        self.boot = boot
        self._event_id, self._key, self._born = event_id, key, born
        self.counter = counter

    def wrap(self, body: Body, version: tuple[int, int]) -> bytes:
        """Number and encode a message."""
        self.counter += 1
        epoch, sequence = version
        envelope = Envelope(
            v=LAN_VERSION,
            event_id=self._event_id,
            epoch=epoch,
            roster=sequence,
            sender=self.device_id,
            boot=self.boot,
            born=self._born,
            counter=self.counter,
            kind=KIND_OF[type(body)],
            body=encode_body(body),
        )
        return pack(envelope)

    def seal_frame(self, body: Body, version: tuple[int, int]) -> bytes:
        """Number, encode and sign a message for a stream."""
        envelope = self.wrap(body, version)
        return pack(SignedFrame(envelope, self._key.sign(CONTEXT, envelope)))


def make_datagram(envelope: bytes, key: bytes) -> bytes:
    """Put the code for one receiver before an envelope's bytes."""
    return tag(key, envelope) + envelope


def read_datagram(datagram: bytes) -> Envelope:
    """Decode a datagram's envelope; nothing is verified yet.

    Raises:
        Malformed: if there is none.
    """
    return unpack(datagram[TAG_SIZE:], _ENVELOPE, "an envelope")


def is_authentic(datagram: bytes, key: bytes) -> bool:
    """Tell whether a datagram comes from the one with whom the key is shared."""
    return is_tagged(key, datagram[TAG_SIZE:], datagram[:TAG_SIZE])


def read_frame(frame: bytes) -> tuple[Envelope, SignedFrame]:
    """Decode a frame; nothing is verified yet.

    Raises:
        Malformed: if it is none.
    """
    sealed = unpack(frame, _SEALED, "a frame between gates")
    return unpack(sealed.envelope, _ENVELOPE, "an envelope"), sealed


def is_signed_by(sealed: SignedFrame, public_key: bytes) -> bool:
    """Tell whether the key signed this envelope."""
    return len(sealed.signature) == SIGNATURE_SIZE and is_valid(
        public_key, sealed.signature, CONTEXT, sealed.envelope
    )


def open_frame(frame: bytes, public_key: bytes, event_id: EventId) -> Envelope:
    """Verify a message that came over a stream, where numbering does not matter.

    Raises:
        Malformed: if it is none, of another event or version, or not signed by the key.
    """
    envelope, sealed = read_frame(frame)
    if envelope.v != LAN_VERSION or envelope.event_id != event_id:
        raise Malformed("a message of another event or version")
    if not is_signed_by(sealed, public_key):
        raise Malformed(f"a message that {envelope.sender!r} did not sign")
    return envelope


class ReplayWindow:
    """Which numbers of a boot were taken: each at most once, in nearly any order."""

    __slots__ = ("_highest", "_taken")

    def __init__(self, counter: int) -> None:
        """Begin after `counter`; everything up to it is refused."""
        self._highest = counter
        self._taken = (1 << WINDOW_SIZE) - 1

    def is_new(self, counter: int) -> bool:
        """Tell whether a number may still be taken."""
        behind = self._highest - counter
        return behind < 0 or (behind < WINDOW_SIZE and not self._taken >> behind & 1)

    def take(self, counter: int) -> None:
        """Take a new number."""
        ahead = counter - self._highest
        if ahead > 0:
            kept = self._taken << min(ahead, WINDOW_SIZE)
            self._taken = (kept | 1) & ((1 << WINDOW_SIZE) - 1)
            self._highest = counter
        else:
            self._taken |= 1 << -ahead
