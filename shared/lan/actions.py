"""What a `LanPeer` wants done. The order is part of the contract.

The caller performs the actions of one call in order, and the calls' actions in the order of the
calls. Everything in an urgent `Save` is durable before a later `Send` leaves the machine. If
saving fails, the sends that follow it in the same call are dropped: silence is always safe.
`ClaimSettled` may be handed on at once.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from shared.journal.chain import SignedEntry
from shared.kernel.id_types import ClaimId, DeviceId
from shared.kernel.instant import INSTANT_MAX, Instant
from shared.lan.claim_book import ClaimSettlement
from shared.lan.claims import Claim, Ref


class Remember(msgspec.Struct, frozen=True):
    """Keep an open claim, this gate's or another's, until it is to be forgotten.

    The highest stamp ever remembered is kept for good.
    """

    claim: Claim


class Forget(msgspec.Struct, frozen=True):
    """An open claim has ended; its entry was kept before."""

    ref: Ref


class Keep(msgspec.Struct, frozen=True):
    """Keep another device's journal entry, verbatim: for decisions, peers and the ledger.

    Attributes:
        signed: The entry.
        ref: The claim that it ends, or None; it ends no other.
        heard_at: This device's time when it came: nothing that it tells of happened later.
        was_promised: This gate had promised to count that claim, and so was asked about it first.
    """

    signed: SignedEntry
    ref: Ref | None
    heard_at: Instant = INSTANT_MAX
    was_promised: bool = False


Change: TypeAlias = Remember | Forget | Keep


class Save(msgspec.Struct, frozen=True):
    """Make changes durable, in order; at the next chance, or before anything else is sent."""

    changes: tuple[Change, ...]
    is_urgent: bool


class Send(msgspec.Struct, frozen=True):
    """Send one datagram to a device."""

    to: str
    datagram: bytes


class ClaimSettled(msgspec.Struct, frozen=True):
    """A claim of this gate's was settled: the lane decides now."""

    settlement: ClaimSettlement


class Heard(msgspec.Struct, frozen=True):
    """This device made the datagram: its address may be the datagram's source.

    Attributes:
        device_id: Who.
        is_fresh: It is no recording: its address is the source.
    """

    device_id: DeviceId
    is_fresh: bool


class FetchEntries(msgspec.Struct, frozen=True):
    """Exchange journal entries with this device over a stream."""

    device_id: DeviceId


class FetchRoster(msgspec.Struct, frozen=True):
    """Fetch a newer roster over a stream.

    Attributes:
        device_id: From whom; "" for the source of this datagram, which nobody vouches for (the
            roster is signed by the server).
    """

    device_id: DeviceId


class PutToLedger(msgspec.Struct, frozen=True):
    """Put a peer's claim to the ledger, and give the answer to `LanPeer.relayed`.

    Attributes:
        device_id: Whose claim.
        claim_id: Which claim.
        request: A `ClaimRequest`'s JSON, as the peer wrote it.
        signature: The peer's, over `request`, with `messages.RELAY_CONTEXT`.
    """

    device_id: DeviceId
    claim_id: ClaimId
    request: bytes
    signature: bytes


class AskedHome(msgspec.Struct, frozen=True):
    """A peer asks this device, as a ticket's home, for one entry.

    Attributes:
        device_id: Who asks, proven.
        ask: What, as the peer wrote it.
    """

    device_id: DeviceId
    ask: bytes


class PeerAlarm(msgspec.Struct, frozen=True):
    """A device of the roster behaves as no honest one does; told once for each reason."""

    device_id: DeviceId
    reason: str


Action: TypeAlias = (
    Save
    | Send
    | ClaimSettled
    | Heard
    | FetchEntries
    | FetchRoster
    | PutToLedger
    | AskedHome
    | PeerAlarm
)
