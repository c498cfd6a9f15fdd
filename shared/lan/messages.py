"""What gates tell each other: the bodies of envelopes, as MessagePack arrays.

Fields are only ever appended, with defaults.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final, TypeAlias

import msgspec

from shared.journal.bounds import GivenIdOf
from shared.journal.chain import SignedEntry
from shared.journal.entry import BOOT_SIZE
from shared.kernel.id_types import ClaimId, DeviceId
from shared.kernel.packing import pack, unpack
from shared.lan.claims import KNOWN_MAX, KNOWN_SIZE, Claim, Hold

RELAY_CONTEXT: Final = b"gatekeeper/relayed-claim/1"
HOLDS_MAX: Final = 16
_Natural = Annotated[int, msgspec.Meta(ge=0)]
ENTRIES_PER_FETCH_MAX: Final = 500
MARKS_MAX: Final = 60_000
ADDRESS_MAX: Final = 2_048
"""Of boots, in one message; far below the size of a frame."""

Boot = Annotated[bytes, msgspec.Meta(min_length=BOOT_SIZE, max_length=BOOT_SIZE)]

HOME_ASK_SIZE_MAX: Final = 800


class MessageKind(StrEnum):
    """What an envelope carries; part of what is signed."""

    HELLO = "hello"
    ASK = "ask"
    ANSWER = "answer"
    ENTRIES = "entries"
    RELAY = "relay"
    RELAYED = "relayed"
    FETCH = "fetch"
    FETCHED = "fetched"
    HOME_ASK = "home_ask"


class Hello(msgspec.Struct, frozen=True, array_like=True):
    """I am here; sent to each device of the roster, for that device alone, once a second.

    Attributes:
        echo: The boot in which I heard you within the window, or b"".
        is_confirmed: I know that this boot of yours is your present one: I answer you.
        dseq: The last number of my journal in this boot.
        has_uplink: I reach the ledger, and relay.
        is_leaving: I stop now; do not wait for me.
        answers: The number of your newest hello in the boot that I echo; 0 for none.
    """

    echo: Annotated[bytes, msgspec.Meta(max_length=BOOT_SIZE)]
    is_confirmed: bool
    dseq: Annotated[int, msgspec.Meta(ge=0)]
    has_uplink: bool = False
    is_leaving: bool = False
    answers: _Natural = 0


class ClaimAsk(msgspec.Struct, frozen=True, array_like=True):
    """From now on count this claim of mine; and tell me what I must count.

    Attributes:
        claim: The claim; its device is the sender.
        known: 8-byte hashes of the uses of the key that I know (`claims.list_known`).
    """

    claim: Claim
    known: Annotated[bytes, msgspec.Meta(max_length=KNOWN_SIZE * KNOWN_MAX)]


class ClaimReply(msgspec.Struct, frozen=True, array_like=True):
    """I count your claim from now on, through any restart; here is what you must count.

    Attributes:
        claim_id: Of the asker's claim.
        holds: Empty for "free, as far as I know".
        is_complete: Nothing was left out for want of room.
    """

    claim_id: GivenIdOf[ClaimId]
    holds: Annotated[tuple[Hold, ...], msgspec.Meta(max_length=HOLDS_MAX)]
    is_complete: bool = True


class Entries(msgspec.Struct, frozen=True, array_like=True):
    """Journal entries as their devices signed them: news, or somebody else's passed on."""

    entries: tuple[SignedEntry, ...]


class ClaimRelay(msgspec.Struct, frozen=True, array_like=True):
    """You reach the ledger: put this claim to it for me.

    Attributes:
        claim_id: Of my claim.
        request: The JSON of a `shared.wire.claim.ClaimRequest`.
        signature: The sender's device key's, with `RELAY_CONTEXT`, over `request`: the ledger's
            evidence that the claim is the sender's.
    """

    claim_id: GivenIdOf[ClaimId]
    request: bytes
    signature: bytes


class Relayed(msgspec.Struct, frozen=True, array_like=True):
    """What the ledger said to your claim, or b"" if it said nothing.

    An encoded document of kind `relayed`, signed for the organization: nobody on the way can have
    made it up.
    """

    claim_id: GivenIdOf[ClaimId]
    answer: bytes


class HomeAskMessage(msgspec.Struct, frozen=True, array_like=True):
    """You are a ticket's home: give me one entry. The answer is a `give` entry of your journal.

    Attributes:
        ask: MessagePack of the feed's `ask` item (docs/specs/sync.md, section 6).
    """

    ask: Annotated[bytes, msgspec.Meta(max_length=HOME_ASK_SIZE_MAX)]


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """Whoever says it holds every entry of this boot up to this number."""

    device_id: GivenIdOf[DeviceId]
    boot: Boot
    dseq: Annotated[int, msgspec.Meta(ge=0)]


class Fetch(msgspec.Struct, frozen=True, array_like=True):
    """Over a stream: send me what I lack; here is what you lacked.

    Attributes:
        marks: How far I am; boots that are not named, I have nothing of.
        offered: Entries for you.
        wants_roster: Send your roster document as well.
        feed: Epoch and number up to which I have the ledger's feed, where I do not reach it: send
            the page that follows, if you do.
    """

    marks: Annotated[tuple[Mark, ...], msgspec.Meta(max_length=MARKS_MAX)]
    offered: Annotated[
        tuple[SignedEntry, ...], msgspec.Meta(max_length=ENTRIES_PER_FETCH_MAX)
    ] = ()
    wants_roster: bool = False
    feed: tuple[_Natural, _Natural] | None = None


class Fetched(msgspec.Struct, frozen=True, array_like=True):
    """The answer to `Fetch`.

    Attributes:
        marks: How far I am.
        entries: What you lacked, each boot in order, at most `ENTRIES_PER_FETCH_MAX`.
        roster: An encoded `SignedDocument`, or b"".
        has_more: Ask again.
        page: An encoded document of kind `feed`, or b"".
        address: Where the server is now, as its authority signed it (`GKA1 …`), or "".
    """

    marks: Annotated[tuple[Mark, ...], msgspec.Meta(max_length=MARKS_MAX)]
    entries: Annotated[tuple[SignedEntry, ...], msgspec.Meta(max_length=ENTRIES_PER_FETCH_MAX)]
    roster: bytes = b""
    has_more: bool = False
    page: bytes = b""
    address: Annotated[str, msgspec.Meta(max_length=ADDRESS_MAX)] = ""


Body: TypeAlias = (
    Hello
    | ClaimAsk
    | ClaimReply
    | Entries
    | ClaimRelay
    | Relayed
    | Fetch
    | Fetched
    | HomeAskMessage
)

KIND_OF: Final[dict[type[Body], MessageKind]] = {
    Hello: MessageKind.HELLO,
    ClaimAsk: MessageKind.ASK,
    ClaimReply: MessageKind.ANSWER,
    Entries: MessageKind.ENTRIES,
    ClaimRelay: MessageKind.RELAY,
    Relayed: MessageKind.RELAYED,
    Fetch: MessageKind.FETCH,
    Fetched: MessageKind.FETCHED,
    HomeAskMessage: MessageKind.HOME_ASK,
}
_DECODERS: Final[dict[str, msgspec.msgpack.Decoder[Body]]] = {
    kind: msgspec.msgpack.Decoder(body_type) for body_type, kind in KIND_OF.items()
}


def encode_body(body: Body) -> bytes:
    """Encode a body as MessagePack."""
    return pack(body)


def decode_body(kind: str, encoded: bytes) -> Body | None:
    """Decode a body; None for a kind that this version does not know.

    Raises:
        Malformed: if the kind is known and the body is not of its form.
    """
    decoder = _DECODERS.get(kind)
    return None if decoder is None else unpack(encoded, decoder, f"a {kind} message")
