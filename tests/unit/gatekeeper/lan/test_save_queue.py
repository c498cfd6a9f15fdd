"""What gates of a venue keep of each other: a claim's own first, the rest a little at a time."""

from __future__ import annotations

from collections.abc import Sequence

from gatekeeper.lan.save_queue import SaveQueue
from shared.kernel.errors import StoreFault
from shared.kernel.id_types import ClaimId, TicketId
from shared.kernel.instant import MILLISECOND, Duration
from shared.lan.actions import Change, Forget, Keep, Remember, Save, Send
from tests.fakes.clock import ManualClock
from tests.unit.shared.lan.talk import make_claim
from tests.unit.shared.lan.venue import Journal, MemoryStore, right

MANY = 500
SEND = Send("dv_1", b"ask")


class WatchedStore(MemoryStore):
    """Tells what was saved at once."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[Sequence[Change] | Send] = []
        self.machine, self.takes = ManualClock(), Duration(0)

    async def save(self, changes: Sequence[Change]) -> None:
        """Make changes durable, or raise the fault that is set."""
        await super().save(changes)
        self.machine.advance(self.takes)
        self.steps.append(changes)


def open_queue() -> tuple[WatchedStore, SaveQueue]:
    """Open a queue over a store that notes its datagrams among what it saves."""
    store = WatchedStore()
    return store, SaveQueue(store, store.steps.append, lambda _refs: None, store.machine)


def entries_of_another(count: int) -> Save:
    """Return what a gate that was cut off for long brings."""
    journal = Journal(1)
    entries = [journal.scan(right(TicketId(n)), ClaimId(f"c{n}")) for n in range(count)]
    return Save(tuple(Keep(entry, None) for entry in entries), is_urgent=False)


async def test_scan_asks_its_peers_before_the_many_entries_that_came_are_saved() -> None:
    """Else no answer comes within the budget, and the gate goes on alone."""
    store, queue = open_queue()
    many, claim = entries_of_another(MANY), make_claim(1)
    remember = Remember(claim)
    queue.save(many)
    queue.save(Save((remember,), is_urgent=True))
    queue.send(SEND)
    await queue.close()
    assert store.steps[:2] == [[remember], SEND]
    rest = [step for step in store.steps[2:] if not isinstance(step, Send)]
    assert max(len(step) for step in rest) < MANY // 10, "scans are decided in between"
    assert [one for step in rest for one in step] == [*many.changes], "each once, in order"


async def test_claim_that_goes_on_under_its_id_stays_remembered() -> None:
    """Its holder was asked something, by an entry that ended it: they answer, and it is open."""
    store, queue = open_queue()
    claim = make_claim(1)
    queue.save(Save((Remember(claim),), is_urgent=True))
    queue.save(Save((Forget(claim.ref),), is_urgent=False))
    queue.save(Save((Remember(claim),), is_urgent=True))
    await queue.close()
    assert store.claims == {claim.ref: claim}


async def test_disk_that_refuses_for_a_while_loses_nothing_but_the_datagram() -> None:
    """Silence is always safe; what was to be kept is kept once there is room."""
    store, queue = open_queue()
    many, claim = entries_of_another(MANY), make_claim(1)
    store.fault = StoreFault("disk full")
    queue.save(many)
    queue.save(Save((Remember(claim),), is_urgent=True))
    queue.send(SEND)
    await queue.close()
    assert store.steps == []
    store.fault = None
    await queue.close()
    assert SEND not in store.steps
    assert store.claims == {claim.ref: claim}
    assert len(store.entries) == MANY


async def test_what_the_disk_needs_is_known() -> None:
    """Peers whose disks may be as slow are waited for as much longer."""
    store, queue = open_queue()
    store.takes = 90 * MILLISECOND
    queue.save(Save((Remember(make_claim()),), is_urgent=True))
    await queue.close()
    assert queue.took == store.takes
    store.takes = Duration(0)  # what can wait is not flushed
    queue.save(entries_of_another(1))
    await queue.close()
    assert queue.took == 90 * MILLISECOND
