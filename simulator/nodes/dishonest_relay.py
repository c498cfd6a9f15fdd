"""A gate that relays for others and lies to all: it drops, delays, repeats, alters, makes up.

Its own lane is honest: what it does wrong it does between the ledger and the gates that it carries
for. Whatever it says must be noticed by the signatures of those who really spoke.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec

from gatekeeper.store.profile import Profile
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from shared.journal.chain import SignedEntry, decode_entry, seal_entry
from shared.kernel.ed25519 import sha256
from shared.kernel.errors import Malformed, Rejected, ServerFault
from shared.kernel.instant import MILLISECOND, SECOND, format_instant
from shared.lan.envelope import read_datagram
from shared.lan.messages import Mark, MessageKind, Relayed, decode_body
from shared.manifest.signed_document import DocumentKind, DocumentSigner, SignedDocument
from shared.wire.claim import ClaimAnswer, ClaimRequest
from shared.wire.relayed_by_gates import (
    RELAY_VERSION,
    RelayedClaim,
    RelayedEntries,
    RelayedMarks,
    RelayedWord,
)
from simulator.history import History, RelayedAnswer, RelayLie, Trick
from simulator.kernel.loop import Process
from simulator.kernel.network import Network
from simulator.kernel.stage import Stage
from simulator.nodes.gate_node import GateNode
from simulator.nodes.wired_server import WiredServer

KEPT: Final = 50
DELAYS: Final = (MILLISECOND, 20 * MILLISECOND, 400 * MILLISECOND)
_WORD: Final = msgspec.msgpack.Decoder(RelayedWord)


class DishonestRelay:
    """What a dishonest gate remembers, through all starts of its program.

    Attributes:
        node: The gate.
        dice: Its stream of chance.
        history: Where its lies are taken down.
        stage: The world's ground.
        claims: What it was asked to carry, the newest last.
        words: What the ledger said to that, likewise.
    """

    def __init__(
        self, stage: Stage, history: History, gates: Sequence[GateNode], node: GateNode
    ) -> None:
        """Prepare, and look at what arrives from the dishonest gate.

        Args:
            stage: The world's ground.
            history: Gets every lie.
            gates: Who may hear them.
            node: The dishonest gate; its own key is the only one that it can sign with.
        """
        self.node = node
        self.dice = stage.dice.stream("crook")
        self.history = history
        self.stage = stage
        self.claims: list[RelayedClaim] = []
        self.words: list[SignedDocument] = []
        self._gates = gates
        self._untold: dict[str, RelayLie] = {}
        stage.sockets.watch = self._look

    def lie(self, what: str, claim: RelayedClaim, document: SignedDocument) -> SignedDocument:
        """Take a lie down and tell it."""
        asked = msgspec.json.decode(claim.request, type=ClaimRequest)
        lie = RelayLie(what, asked.claim_id, claim.device_id)
        self.history.lies.append(lie)
        self._untold[asked.claim_id] = lie
        self.stage.trace.note("dishonest relay", f"{what} for {asked.claim_id}")
        return document

    def _look(self, sender: Process, receiver: Process, datagram: bytes) -> None:
        """Note when a lie reaches the gate that asked."""
        if sender.node != self.node.name or not self._untold:
            return
        lie = self._untold.get(_claim_told(datagram))
        if lie is None:
            return
        for gate in self._gates:
            is_asker = gate.profile is not None and gate.profile.device_id == lie.device_id
            if is_asker and gate.name == receiver.node:
                lie.heard_at, lie.start = self.stage.now(), gate.starts
                del self._untold[lie.claim_id]


def _claim_told(datagram: bytes) -> str:
    """Name the claim that a datagram brings a ledger's word to; "" for any other datagram."""
    try:
        envelope = read_datagram(datagram)
        if envelope.kind != MessageKind.RELAYED:
            return ""
        body = decode_body(envelope.kind, envelope.body)
    except Malformed:
        return ""
    return body.claim_id if isinstance(body, Relayed) and body.answer else ""


class DishonestServer(WiredServer):
    """The server as a dishonest gate shows it to its peers."""

    def __init__(
        self,
        network: Network,
        process: Process,
        profile: Profile,
        channel: DeviceChannel,
        dishonest: DishonestRelay,
        **options: Any,
    ) -> None:
        super().__init__(network, process, profile, channel, **options)
        self._relay = dishonest
        self._dice = dishonest.dice

    # -- claims ----------------------------------------------------------------------------------

    async def relay_claim(self, claim: RelayedClaim) -> SignedDocument:
        """Carry a claim to the ledger, or do worse."""
        dishonest = self._relay
        dishonest.claims.append(claim)
        del dishonest.claims[:-KEPT]
        tricks = [
            self._carry,
            self._carry,
            self._keep,
            self._dawdle,
            self._repeat,
            self._ask_another,
            self._alter_claim,
            self._show_old_word,
            self._alter_word,
            self._make_word_up,
            self._make_word_up,
        ]
        return await self._dice.pick(tricks)(claim)

    async def _carry(self, claim: RelayedClaim) -> SignedDocument:
        document = await super().relay_claim(claim)
        self._relay.words.append(document)
        del self._relay.words[:-KEPT]
        self._take_down(claim, document)
        return document

    def _take_down(self, claim: RelayedClaim, document: SignedDocument) -> None:
        asked = msgspec.json.decode(claim.request, type=ClaimRequest)
        answer = _WORD.decode(document.body).answer
        self._relay.history.relayed.append(RelayedAnswer(asked.claim_id, answer))

    async def _keep(self, _claim: RelayedClaim) -> SignedDocument:
        message = "kept"
        raise ServerFault(message)

    async def _dawdle(self, claim: RelayedClaim) -> SignedDocument:
        await asyncio.sleep(self._dice.pick(DELAYS) / SECOND)
        return await self._carry(claim)

    async def _repeat(self, claim: RelayedClaim) -> SignedDocument:
        """Put a claim twice, and an old one once more."""
        first = await self._carry(claim)
        await self._carry(self._dice.pick(self._relay.claims))
        return self._dice.pick([first, await self._carry(claim)])

    async def _ask_another(self, claim: RelayedClaim) -> SignedDocument:
        """Put an old claim in the place of this one."""
        old = self._dice.pick(self._relay.claims)
        document = await self._carry(old)
        return document if old == claim else self._relay.lie("another claim", claim, document)

    async def _alter_claim(self, claim: RelayedClaim) -> SignedDocument:
        """Ask for more persons than the asker has signed for, or in another's name."""
        asked = msgspec.json.decode(claim.request, type=ClaimRequest)
        altered = msgspec.structs.replace(asked, count=asked.count + 1)
        forged = msgspec.structs.replace(claim, request=msgspec.json.encode(altered))
        if self._dice.chance(0.5):
            device_id = self._dice.pick(self._relay.claims).device_id
            forged = msgspec.structs.replace(claim, device_id=device_id)
            if forged == claim:
                return await self._keep(claim)
        try:
            document = await super().relay_claim(forged)
        except Rejected:
            self._note("altered claim", "refused")
            return await self._keep(claim)
        self._note("altered claim", "answered")
        return document

    async def _show_old_word(self, claim: RelayedClaim) -> SignedDocument:
        if not self._relay.words:
            return await self._carry(claim)
        return self._relay.lie("an old word", claim, self._dice.pick(self._relay.words))

    async def _alter_word(self, claim: RelayedClaim) -> SignedDocument:
        document = await self._carry(claim)
        word = _WORD.decode(document.body)
        told = msgspec.json.decode(word.answer, type=ClaimAnswer)
        other = _turned(told)
        answer = msgspec.json.encode(other)
        body = msgspec.msgpack.encode(msgspec.structs.replace(word, answer=answer))
        lie = msgspec.structs.replace(document, body=body)
        return self._relay.lie("an altered word", claim, lie)

    async def _make_word_up(self, claim: RelayedClaim) -> SignedDocument:
        """Deny in the ledger's name, signed by the only key at hand."""
        if not self._relay.words:
            return await self._carry(claim)
        pattern = self._relay.words[-1]
        asked = msgspec.json.decode(claim.request, type=ClaimRequest)
        old = msgspec.json.decode(_WORD.decode(pattern.body).answer, type=ClaimAnswer)
        at = format_instant(self._relay.stage.now())
        answer = ClaimAnswer(
            verdict="deny",
            reason="already_used",
            ticket_id=None,
            remaining=0,
            claim_id=asked.claim_id,
            at=at,
            epoch=old.epoch,
        )
        word = RelayedWord(
            RELAY_VERSION,
            claim.device_id,
            sha256(claim.request),
            msgspec.json.encode(answer),
        )
        signer = DocumentSigner(self._relay.node.key, pattern.certified)
        lie = signer.sign(DocumentKind.RELAYED, word, self._relay.stage.now())
        return self._relay.lie("a word of its own", claim, lie)

    def _note(self, name: str, got: str) -> None:
        trick = Trick(name, frozenset({"refused"}), frozenset({got}), ())
        self._relay.history.tricks.append(trick)

    # -- journals --------------------------------------------------------------------------------

    async def relay_entries(self, entries: RelayedEntries) -> RelayedMarks:
        """Carry journals to the ledger, or do worse."""
        if not entries.entries:
            return await super().relay_entries(entries)
        tricks: list[Callable[[RelayedEntries], Any]] = [
            super().relay_entries,
            super().relay_entries,
            self._suppress,
            self._hold_up,
            self._shuffle,
            self._alter_entry,
            self._make_entry_up,
        ]
        marks: RelayedMarks = await self._dice.pick(tricks)(entries)
        return marks

    async def _suppress(self, entries: RelayedEntries) -> RelayedMarks:
        """Say that the ledger has it all, and carry nothing."""
        read = [decode_entry(signed.entry) for signed in entries.entries]
        ends = {(entry.device_id, entry.boot): entry.dseq for entry in read}
        marks = tuple(Mark(*name, dseq) for name, dseq in sorted(ends.items()))
        return RelayedMarks(RELAY_VERSION, marks)

    async def _hold_up(self, entries: RelayedEntries) -> RelayedMarks:
        await asyncio.sleep(self._dice.between(1, 60))
        return await super().relay_entries(entries)

    async def _shuffle(self, entries: RelayedEntries) -> RelayedMarks:
        """Carry some of them, out of order, some twice."""
        some = [one for one in entries.entries if self._dice.chance(0.8)]
        some += [one for one in entries.entries if self._dice.chance(0.2)]
        self._dice.shuffle(some)
        return await super().relay_entries(
            msgspec.structs.replace(entries, entries=tuple(some[: len(entries.entries)]))
        )

    async def _alter_entry(self, entries: RelayedEntries) -> RelayedMarks:
        place = self._dice.below(len(entries.entries))
        good = entries.entries[place]
        altered = bytearray(good.entry)
        altered[self._dice.below(len(altered))] ^= 1 + self._dice.below(255)
        return await self._carry_spoilt(
            entries, place, SignedEntry(bytes(altered), good.signature)
        )

    async def _make_entry_up(self, entries: RelayedEntries) -> RelayedMarks:
        """Say something in another's name, in the right place of its chain."""
        place = self._dice.below(len(entries.entries))
        entry = decode_entry(entries.entries[place].entry)
        other = msgspec.structs.replace(entry, wall=entry.wall + 1)
        return await self._carry_spoilt(entries, place, seal_entry(other, self._relay.node.key))

    async def _carry_spoilt(
        self, entries: RelayedEntries, place: int, spoilt: SignedEntry
    ) -> RelayedMarks:
        self._relay.history.spoilt.add(spoilt.hash)
        carried = [*entries.entries[:place], spoilt, *entries.entries[place + 1 :]]
        marks = await super().relay_entries(
            msgspec.structs.replace(entries, entries=tuple(carried))
        )
        self._relay.history.spoilt_told += 1
        self._relay.stage.trace.note("dishonest relay", "carries a spoilt entry")
        return marks


def _turned(answer: ClaimAnswer) -> ClaimAnswer:
    """Turn an answer into its contrary."""
    if answer.verdict == "admit":
        return msgspec.structs.replace(answer, verdict="deny", reason="already_used", remaining=0)
    return msgspec.structs.replace(answer, verdict="admit", reason="ok", remaining=0)
