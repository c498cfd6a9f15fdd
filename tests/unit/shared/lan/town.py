"""A few real `LanPeer`s in virtual time, over a network that a test holds in its hands.

What a peer wants saved and sent waits in its queue until `flush`, as in the gate: a crash loses
the queue. Settlements are handed out at once, ahead of the disk.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from shared.journal.chain import SignedEntry, decode_entry
from shared.journal.entry import Entry, ScanBody
from shared.journal.passage_proof import PassageProof
from shared.kernel.id_types import ClaimId, DeviceId, TicketId
from shared.kernel.instant import MILLISECOND, Duration
from shared.lan.actions import Action, ClaimSettled, Keep, Save, Send
from shared.lan.claim_book import ClaimSettlement
from shared.lan.claims import Claim, ClaimKey
from shared.lan.entries_of_peers import find_missing, read_ended
from shared.lan.lan_timeouts_and_limits import LanSettings
from shared.lan.peer import DEFAULTS, LanPeer
from shared.lan.roster import Roster
from tests.factories.house import DOORS
from tests.unit.shared.lan.venue import (
    Journal,
    MemoryStore,
    device_name,
    make_roster,
)

BUDGET = 50 * MILLISECOND


class Node:
    """One gate.

    Attributes:
        settled: Settlements by claim id.
        asked: Whom each claim asked.
        admitted: Claim ids let in, with the key and whether there was a quorum.
        told: All other actions, in order.
        proof: What passages of the others prove to it.
    """

    def __init__(self, number: int, roster: Roster, settings: LanSettings = DEFAULTS) -> None:
        self.number, self.roster, self.settings = number, roster, settings
        self.store = MemoryStore()
        self.boot = 0
        self.proof = PassageProof.PROVEN
        self.admitted: dict[str, tuple[ClaimKey, bool]] = {}
        self.asked: dict[str, frozenset[str]] = {}
        self.start()

    def judge(self, _entry: Entry, _body: ScanBody) -> PassageProof:
        """Say of every passage of the others what the test has settled."""
        return self.proof

    @property
    def name(self) -> str:
        """Its device id."""
        return device_name(self.number)

    def start(self) -> None:
        """Begin a new boot from what is durable."""
        self.boot += 1
        self.journal = Journal(self.number, self.boot)
        self.queue: deque[Save | Send] = deque()
        self.settled: dict[str, ClaimSettlement] = {}
        self.told: list[Action] = []
        self.peer = LanPeer(
            self.journal.identity,
            self.roster,
            uses_of=self.store.uses_of,
            judge_passage=self.judge,
            state=self.store.load(),
            settings=self.settings,
        )


class Town:
    """Gates and the datagrams between them.

    Attributes:
        now: Monotonic time of all.
        net: Datagrams on their way: receiver and bytes.
        cut: Pairs that do not reach each other.
    """

    def __init__(self, count: int, settings: LanSettings = DEFAULTS) -> None:
        roster = make_roster(count)
        self.now: Duration = Duration(0)
        self.nodes = [Node(number, roster, settings) for number in range(count)]
        self.net: list[tuple[int, bytes]] = []
        self.cut: set[frozenset[int]] = set()

    # -- one thing at a time

    def perform(self, node: Node, actions: Sequence[Action], *, flush: bool = True) -> None:
        """Take a peer's actions; without `flush`, saving and sending wait."""
        for action in actions:
            match action:
                case Save() | Send():
                    node.queue.append(action)
                case ClaimSettled(settlement):
                    node.settled.setdefault(settlement.claim.claim_id, settlement)
                case _:
                    node.told.append(action)
        if flush:
            self.flush(node)

    def flush(self, node: Node, steps: int = 1 << 30) -> None:
        """Save and send so much of a peer's queue."""
        while node.queue and steps > 0:
            steps -= 1
            action = node.queue.popleft()
            if isinstance(action, Save):
                node.store.apply(action.changes)
                kept = [c.ref for c in action.changes if isinstance(c, Keep)]
                node.peer.mark_stored([ref for ref in kept if ref is not None])
                continue
            to = next((n.number for n in self.nodes if n.name == action.to), None)
            if to is not None and frozenset({node.number, to}) not in self.cut:
                self.net.append((to, action.datagram))

    def deliver(self, index: int, *, keep: bool = False, flush: bool = True) -> None:
        """Let one datagram arrive; with `keep` it will arrive again."""
        number, datagram = self.net[index] if keep else self.net.pop(index)
        node = self.nodes[number]
        self.perform(node, node.peer.receive(datagram, self.now), flush=flush)

    def tick(self, duration: Duration, *, flush: bool = True) -> None:
        """Let time pass, and every peer do what is due."""
        self.now += duration
        for node in self.nodes:
            self.perform(node, node.peer.tick(self.now), flush=flush)

    # -- more at a time

    def deliver_all(self) -> None:
        """Let everything arrive that is on its way, and what comes of it, in order."""
        while self.net:
            self.deliver(0)

    def pass_time(self, duration: Duration, step: Duration = 10 * MILLISECOND) -> None:
        """Let time pass while everything arrives at once."""
        end = self.now + duration
        while self.now < end:
            self.tick(step)
            self.deliver_all()

    def meet(self) -> None:
        """Let all gates find each other."""
        self.pass_time(self.nodes[0].settings.hello_every)

    def exchange_all(self) -> None:
        """Let every gate give every other what it lacks, as streams do."""
        for node in self.nodes:
            for other in self.nodes:
                theirs = other.peer.news.marks.list()
                for mark in find_missing(node.peer.news.marks.list(), theirs):
                    entries = node.store.entries_after(mark, 1_000)
                    self.perform(other, other.peer.learn(entries, self.now))

    # -- lanes

    def claim(
        self,
        number: int,
        key: ClaimKey,
        claim_id: ClaimId,
        *,
        request: bytes = b"",
        flush: bool = True,
    ) -> None:
        """Let a lane claim for one person."""
        node = self.nodes[number]
        claim = Claim(
            claim_id=claim_id,
            key=key,
            device_id=DeviceId(node.name),
            gate_id=node.journal.gate_id,
            count=1,
            at=DOORS,
        )
        actions = node.peer.claim(claim, self.now, BUDGET, request=request)
        own = node.peer.book.own_claim(claim_id)
        assert own is not None
        node.asked.setdefault(claim_id, own.asked)
        self.perform(node, actions, flush=flush)

    def decide(self, number: int, claim_id: ClaimId, *, flush: bool = True) -> str:
        """Let a lane decide a settled claim for a ticket of one entry, under `open`."""
        node = self.nodes[number]
        settlement = node.settled[claim_id]
        key = settlement.claim.key
        is_free = not settlement.holds and not node.peer.book.uses(key)
        if is_free:
            node.admitted[claim_id] = key, settlement.has_quorum
        self.end(number, key, claim_id, "admit" if is_free else "deny", flush=flush)
        if not is_free:
            return "deny"
        return "lan" if settlement.has_quorum else "alone"

    def end(
        self, number: int, key: ClaimKey, claim_id: ClaimId, verdict: str, *, flush: bool = True
    ) -> SignedEntry:
        """Let a lane journal the end of a claim, durably, and announce it."""
        node = self.nodes[number]
        entry = node.store.journal(node.journal.scan(key, claim_id, verdict))
        self.perform(node, node.peer.announce([entry], self.now), flush=flush)
        return entry

    def crash(self, number: int) -> None:
        """Lose what is not durable, begin a new boot, and end the claims of the old one."""
        node = self.nodes[number]
        orphans = [claim for claim in node.store.claims.values() if claim.device_id == node.name]
        node.start()
        for claim in orphans:
            entry = _find_end(node, claim) or node.store.journal(
                node.journal.release(claim.claim_id, TicketId(claim.key.ticket_id))
            )
            self.perform(node, node.peer.announce([entry], self.now))


def _find_end(node: Node, claim: Claim) -> SignedEntry | None:
    for signed in node.store.entries.values():
        ended = read_ended(decode_entry(signed.entry))
        if ended is not None and ended.hold.ref == claim.ref:
            return signed
    return None
