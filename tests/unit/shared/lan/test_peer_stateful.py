"""Four gates, a hostile network and crashes at any moment, drawn by Hypothesis.

Real peers with real codes and signatures; saving lags behind, and a crash loses what was not
saved yet.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from shared.kernel.id_types import ClaimId, TicketId
from shared.kernel.instant import MILLISECOND, SECOND
from shared.lan.claims import ClaimKey
from tests.factories.strength import sized
from tests.unit.shared.lan.town import Town
from tests.unit.shared.lan.venue import claim_name, right

GATES = 4
gates = st.integers(0, GATES - 1)
tickets = st.integers(1, 2).map(TicketId).map(right)


class Gates(RuleBasedStateMachine):
    """Lanes under `open`: without a quorum they admit, if nothing that they know forbids it."""

    def __init__(self) -> None:
        super().__init__()
        self.town = Town(GATES)
        self.claims = 0

    @initialize()
    def meet(self) -> None:
        """Begin with everybody live."""
        self.town.meet()

    @rule(number=gates, key=tickets, is_slow=st.booleans())
    def claim(self, number: int, key: ClaimKey, is_slow: bool) -> None:
        """A guest stands at a gate."""
        self.claims += 1
        self.town.claim(number, key, claim_name(self.claims), flush=not is_slow)

    @precondition(lambda self: self.town.net)
    @rule(data=st.data(), keep=st.booleans(), is_slow=st.booleans())
    def deliver(self, data: st.DataObject, keep: bool, is_slow: bool) -> None:
        """Any datagram arrives, perhaps not for the last time."""
        index = data.draw(st.integers(0, len(self.town.net) - 1))
        self.town.deliver(index, keep=keep, flush=not is_slow)

    @rule()
    def deliver_everything(self) -> None:
        """The network is quick for once."""
        self.town.deliver_all()

    @precondition(lambda self: self.town.net)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        """A datagram is lost."""
        del self.town.net[data.draw(st.integers(0, len(self.town.net) - 1))]

    @rule(number=gates, steps=st.integers(1, 3))
    def save(self, number: int, steps: int) -> None:
        """A disk catches up a little."""
        self.town.flush(self.town.nodes[number], steps)

    @rule(duration=st.sampled_from([5, 20, 60, 400]))
    def wait(self, duration: int) -> None:
        """Time passes."""
        self.town.tick(duration * MILLISECOND)

    @rule(number=gates)
    def decide(self, number: int) -> None:
        """A lane decides all that is settled."""
        node = self.town.nodes[number]
        for claim_id in list(node.settled):
            if node.peer.book.own_claim(ClaimId(claim_id)) is not None:
                self.town.decide(number, ClaimId(claim_id))

    @rule(number=gates)
    def crash(self, number: int) -> None:
        """A gate loses power."""
        self.town.crash(number)

    @rule(pair=st.sets(gates, min_size=2, max_size=2))
    def cut_or_mend(self, pair: set[int]) -> None:
        """A link goes, or comes back."""
        self.town.cut ^= {frozenset(pair)}

    @invariant()
    def nobody_is_let_in_beside_lan(self) -> None:
        """A gate that admitted by `lan` is alone in it among all whom it had asked."""
        for node in self.town.nodes:
            for claim_id, (key, has_quorum) in node.admitted.items():
                if not has_quorum:
                    continue
                for other in self.town.nodes:
                    beside = [
                        name
                        for name, (at, _) in other.admitted.items()
                        if at == key and name != claim_id
                    ]
                    if other is node or other.name in node.asked[claim_id]:
                        assert not beside, (claim_id, beside)

    def teardown(self) -> None:
        """When all is mended and quiet, nobody waits for anything any more."""
        town = self.town
        town.cut.clear()
        for node in town.nodes:
            town.flush(node)
        town.pass_time(2 * SECOND, 100 * MILLISECOND)
        for number, node in enumerate(town.nodes):
            for claim_id in list(node.settled):
                if node.peer.book.own_claim(ClaimId(claim_id)) is not None:
                    town.decide(number, ClaimId(claim_id))
        town.exchange_all()
        assert all(node.peer.book.own_claims() == [] for node in town.nodes)
        assert [node.peer.book.promise_count for node in town.nodes] == [0] * GATES
        marks = [set(node.peer.news.marks.list()) for node in town.nodes]
        assert all(mark == marks[0] for mark in marks)


TestGates = Gates.TestCase
TestGates.settings = settings(max_examples=sized(20, 60), stateful_step_count=40, deadline=None)
