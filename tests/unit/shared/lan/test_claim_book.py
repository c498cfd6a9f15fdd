"""The book of claims, step by step; all interleavings are in test_claim_book_model.py."""

from __future__ import annotations

import msgspec
import pytest

from shared.kernel.id_types import ClaimId, DeviceId, GateId, TicketId
from shared.kernel.instant import Duration
from shared.lan import claim_book
from shared.lan.claim_book import ClaimBook, describe_settlement
from shared.lan.claims import STAMP_MAX, Claim, ClaimOutcome, Hold, HoldState, hash_use, hold_of
from tests.unit.shared.lan.venue import right

KEY = right(TicketId(1))
NOTHING: frozenset[bytes] = frozenset()


def make_claim(
    claim_id: ClaimId, device_id: DeviceId, stamp: int = 1, ticket_id: TicketId = TicketId(1)
) -> Claim:
    """Return a claim for one person."""
    return Claim(
        claim_id=claim_id,
        key=right(ticket_id),
        device_id=device_id,
        gate_id=GateId("gt"),
        count=1,
        at=10,
        stamp=stamp,
    )


def make_use(claim: Claim) -> Hold:
    """Return the claim's use."""
    return msgspec.structs.replace(hold_of(claim), state=HoldState.USED)


def make_book(*uses: Hold) -> ClaimBook:
    """Return the book of A, whose store holds these uses."""
    return ClaimBook(DeviceId("A"), lambda key: list(uses) if key == KEY else [])


def open_own(book: ClaimBook, claim_id: ClaimId = ClaimId("a"), asked: str = "B") -> Claim:
    """Open a claim of A's."""
    claim = make_claim(claim_id, DeviceId("A"), book.next_stamp())
    book.open_claim(claim, frozenset(asked), deadline=Duration(100))
    return claim


def test_claim_settles_free_when_all_have_answered() -> None:
    """Two answers of nothing to count, and the lane may decide."""
    book = make_book()
    claim = open_own(book, asked="BC")
    book.take_answer("B", ClaimId("a"), [])
    assert book.settle(Duration(0)) == []
    book.take_answer("C", ClaimId("a"), [])
    (settlement,) = book.settle(Duration(0))
    assert (settlement.claim, settlement.has_quorum, settlement.holds) == (claim, True, ())
    assert book.settle(Duration(200)) == []


def test_claim_settles_without_quorum_when_its_time_is_up() -> None:
    """The silent are named."""
    book = make_book()
    open_own(book, asked="BC")
    book.take_answer("C", ClaimId("a"), [])
    (settlement,) = book.settle(Duration(100))
    assert not settlement.has_quorum
    assert settlement.silent == ("B",)


def test_claim_without_anybody_to_ask_has_no_quorum() -> None:
    """Nobody's silence is nobody's consent."""
    book = make_book()
    open_own(book, asked="")
    (settlement,) = book.settle(Duration(0))
    assert not settlement.has_quorum


def test_loser_waits_for_the_winner_to_end() -> None:
    """An open claim that comes first holds the decision up, until it ends or time runs out."""
    book = make_book()
    open_own(book)
    winner = make_claim(ClaimId("b"), DeviceId("B"))
    book.take_answer("B", ClaimId("a"), [hold_of(winner)])
    assert book.settle(Duration(0)) == []
    assert not book.end(winner.ref, ClaimOutcome.USED, KEY, make_use(winner))
    (settlement,) = book.settle(Duration(0))
    assert settlement.holds == (make_use(winner),)


def test_group_does_not_wait_for_a_claim_that_leaves_room() -> None:
    """Four may enter, two are on their way in elsewhere: these two need not wait for them."""
    book = make_book()
    claim = make_claim(ClaimId("a"), DeviceId("A"), book.next_stamp())
    book.open_claim(claim, frozenset("B"), Duration(100), lambda holds: len(holds) < 2)
    book.take_answer("B", ClaimId("a"), [hold_of(make_claim(ClaimId("b"), DeviceId("B")))])
    (settlement,) = book.settle(Duration(0))
    assert len(settlement.holds) == 1


def test_loser_is_free_when_the_winner_gave_up() -> None:
    """A release takes the hold away."""
    book = make_book()
    open_own(book)
    winner = make_claim(ClaimId("b"), DeviceId("B"))
    book.take_answer("B", ClaimId("a"), [hold_of(winner)])
    book.end(winner.ref, ClaimOutcome.RELEASED, None, hold_of(winner))
    (settlement,) = book.settle(Duration(0))
    assert settlement.holds == ()


def test_settled_claim_keeps_what_it_counted() -> None:
    """A release after the decision was handed out changes it no more."""
    book = make_book()
    open_own(book)
    winner = make_claim(ClaimId("b"), DeviceId("B"))
    book.take_answer("B", ClaimId("a"), [hold_of(winner)])
    book.settle(Duration(100))
    book.end(winner.ref, ClaimOutcome.RELEASED, None, hold_of(winner))
    own = book.own_claim(ClaimId("a"))
    assert own is not None
    assert describe_settlement(own).holds == (hold_of(winner),)


def test_late_second_and_unasked_answers_change_nothing() -> None:
    """Only the first complete answer of who was asked counts."""
    book = make_book()
    open_own(book)
    stranger = hold_of(make_claim(ClaimId("x"), DeviceId("X")))
    book.take_answer("C", ClaimId("a"), [stranger])
    book.take_answer("B", ClaimId("unknown"), [stranger])
    book.take_answer("B", ClaimId("a"), [])
    book.take_answer("B", ClaimId("a"), [stranger])
    (settlement,) = book.settle(Duration(0))
    assert settlement.holds == ()
    book.take_answer("B", ClaimId("a"), [stranger])
    own = book.own_claim(ClaimId("a"))
    assert own is not None
    assert own.counted == {}


def test_incomplete_answer_only_adds() -> None:
    """What did not fit into a datagram leaves the claim without this peer's full word."""
    book = make_book()
    open_own(book)
    hold = make_use(make_claim(ClaimId("x"), DeviceId("X")))
    book.take_answer("B", ClaimId("a"), [hold], is_complete=False)
    assert book.settle(Duration(0)) == []
    (settlement,) = book.settle(Duration(100))
    assert settlement.silent == ("B",)
    assert settlement.holds == (hold,)


def test_owner_has_the_last_word_on_its_claims() -> None:
    """What C said of B's claim falls when B, asked, does not name it; and is not taken after."""
    book = make_book()
    open_own(book, asked="BC")
    hearsay = hold_of(make_claim(ClaimId("b"), DeviceId("B")))
    book.take_answer("C", ClaimId("a"), [hearsay])
    book.take_answer("B", ClaimId("a"), [])
    assert book.settle(Duration(0))[0].holds == ()

    book = make_book()
    open_own(book, asked="BC")
    book.take_answer("B", ClaimId("a"), [])
    book.take_answer("C", ClaimId("a"), [hearsay])
    assert book.settle(Duration(0))[0].holds == ()


def test_exit_that_an_answer_tells_gives_nothing_back() -> None:
    """Nobody has signed it: by one word of a hostile gate a used ticket would be good again."""
    book = make_book()
    open_own(book, asked="BC")
    use = make_use(make_claim(ClaimId("b"), DeviceId("B")))
    false = make_use(make_claim(ClaimId("c"), DeviceId("C")))
    book.take_answer("B", ClaimId("a"), [use])
    book.take_answer("C", ClaimId("a"), [msgspec.structs.replace(false, direction="out", at=99)])
    (settlement,) = book.settle(Duration(0))
    assert (settlement.has_quorum, settlement.holds) == (True, (use,))


@pytest.mark.parametrize("senders", ["BC", "CB"])
def test_of_two_words_on_a_third_gates_use_the_stricter_counts(senders: str) -> None:
    """Said to be long ago, before an exit that is known, or of fewer, it would let somebody in."""
    book = make_book()
    open_own(book, asked="BC")
    use = msgspec.structs.replace(make_use(make_claim(ClaimId("x"), DeviceId("X"))), count=2)
    false = msgspec.structs.replace(use, at=0, count=1, state=HoldState.OPEN)
    for sender in senders:
        book.take_answer(sender, ClaimId("a"), [use if sender == "B" else false])
    assert book.settle(Duration(0))[0].holds == (use,)


def test_gate_knows_its_own_open_claims_best_but_not_its_lost_uses() -> None:
    """A promise that outlived its claim does not block its owner; a use that it lost does."""
    book = make_book()
    open_own(book)
    old = make_claim(ClaimId("old"), DeviceId("A"))
    book.take_answer(
        "B", ClaimId("a"), [hold_of(old), make_use(make_claim(ClaimId("lost"), DeviceId("A")))]
    )
    assert [hold.claim_id for hold in book.settle(Duration(0))[0].holds] == ["lost"]


def test_ended_claims_are_not_counted_again_and_used_ones_are_used() -> None:
    """An answer that was made before the end was known is corrected by it."""
    book = make_book()
    released, used = (
        make_claim(ClaimId("r"), DeviceId("X")),
        make_claim(ClaimId("u"), DeviceId("X")),
    )
    book.end(released.ref, ClaimOutcome.RELEASED, None, hold_of(released))
    book.end(used.ref, ClaimOutcome.USED, KEY, make_use(used))
    open_own(book)
    book.take_answer("B", ClaimId("a"), [hold_of(released), hold_of(used)])
    assert book.settle(Duration(0))[0].holds == (make_use(used),)


def test_answer_names_open_claims_promises_and_unknown_uses() -> None:
    """All that the asker must count, of this right alone, and not what it knows already."""
    known, news = (
        make_use(make_claim(ClaimId("k"), DeviceId("X"))),
        make_use(make_claim(ClaimId("n"), DeviceId("X"))),
    )
    book = make_book(known, news)
    book.promise(make_claim(ClaimId("c"), DeviceId("C")))
    book.promise(make_claim(ClaimId("other"), DeviceId("C"), ticket_id=TicketId(2)))
    asker = make_claim(ClaimId("b"), DeviceId("B"), stamp=9)
    book.promise(asker)
    own = open_own(book)
    book.hold(make_claim(ClaimId("elsewhere"), DeviceId("A"), 1, ticket_id=TicketId(2)))
    settled = make_claim(ClaimId("b"), DeviceId("B"), stamp=99)
    holds = book.answer(settled, frozenset({hash_use(known)}))
    assert holds == [hold_of(own), hold_of(make_claim(ClaimId("c"), DeviceId("C"))), news]


def test_later_claim_yields_to_an_earlier_one_while_it_is_undecided() -> None:
    """It is left out of the answer, and counts the asker's."""
    book = make_book()
    book.clock = 5
    open_own(book)
    asker = make_claim(ClaimId("b"), DeviceId("B"), stamp=3)
    book.promise(asker)
    assert book.answer(asker, NOTHING) == []
    own = book.own_claim(ClaimId("a"))
    assert own is not None
    assert own.counted == {asker.ref: hold_of(asker)}
    book.settle(Duration(100))
    assert book.answer(asker, NOTHING) == []


def test_decided_claim_yields_to_nobody_that_it_did_not_count() -> None:
    """Who comes too late is told of it, whatever the order says."""
    book = make_book()
    book.clock = 5
    claim = open_own(book)
    book.settle(Duration(100))
    asker = make_claim(ClaimId("b"), DeviceId("B"), stamp=3)
    book.promise(asker)
    assert book.answer(asker, NOTHING) == [hold_of(claim)]


def test_hold_binds_at_once_and_gives_what_it_must_count() -> None:
    """A claim decided on another rung is told to whoever asks."""
    book = make_book()
    promised = make_claim(ClaimId("b"), DeviceId("B"))
    assert book.promise(promised)
    assert not book.promise(promised)
    held = make_claim(ClaimId("a"), DeviceId("A"), 7)
    assert book.hold(held) == [hold_of(promised)]
    assert book.clock == 7
    assert book.answer(make_claim(ClaimId("c"), DeviceId("C"), stamp=9), NOTHING)[0] == hold_of(
        held
    )
    book.drop_hold(ClaimId("a"))
    book.drop_hold(ClaimId("a"))
    assert book.own_claims() == []


def test_of_two_own_claims_the_later_counts_the_earlier() -> None:
    """One gate decides both: if each counted the other, nobody would get in."""
    book = make_book()
    first, second = (
        make_claim(ClaimId(name), DeviceId("A"), book.next_stamp()) for name in ("x", "y")
    )
    assert book.hold(first) == []
    assert book.hold(second) == [hold_of(first)]
    assert book.open_holds(KEY, ClaimId("x")) == []
    assert book.open_holds(KEY, ClaimId("y")) == [hold_of(first)]
    assert book.open_holds(KEY) == [hold_of(first), hold_of(second)]


def test_own_claim_that_asks_after_all_comes_after_those_begun_meanwhile() -> None:
    """It begins anew with its asking, and the order stays one."""
    book = make_book()
    first, second = (
        make_claim(ClaimId(name), DeviceId("A"), book.next_stamp()) for name in ("x", "y")
    )
    book.hold(first)
    book.hold(second)
    asking = open_own(book, ClaimId("x"))
    own = book.own_claim(ClaimId("x"))
    assert own is not None
    assert list(own.counted.values()) == [hold_of(second)]
    assert book.open_holds(KEY, ClaimId("x")) == [hold_of(second)]
    assert book.open_holds(KEY, ClaimId("y")) == []
    assert book.open_holds(KEY) == [hold_of(second), hold_of(asking)]


def test_asked_claim_is_not_dropped_like_a_hold() -> None:
    """Peers promised to count it; only a journal entry ends it."""
    book = make_book()
    open_own(book)
    book.drop_hold(ClaimId("a"))
    assert [own.claim.claim_id for own in book.own_claims()] == ["a"]


def test_restart_takes_up_promises_orphans_and_clock() -> None:
    """What was durable binds the new boot as it bound the old one."""
    promise, orphan = (
        make_claim(ClaimId("b"), DeviceId("B"), 4),
        make_claim(ClaimId("a"), DeviceId("A"), 6),
    )
    book = ClaimBook(DeviceId("A"), lambda _: [], promises=[promise], orphans=[orphan], clock=2)
    assert book.clock == 6
    assert book.promised(promise.ref) == promise
    assert (
        book.promise_count,
        book.promises_to(DeviceId("B")),
        book.promises_to(DeviceId("C")),
    ) == (1, 1, 0)
    assert book.answer(make_claim(ClaimId("c"), DeviceId("C"), 9), NOTHING) == [
        hold_of(orphan),
        hold_of(promise),
    ]
    assert book.end(orphan.ref, ClaimOutcome.RELEASED, None, hold_of(orphan))
    assert book.own_claims() == []


def test_use_is_told_while_it_is_on_its_way_into_the_store() -> None:
    """There is no moment at which an admission is neither a promise nor a use."""
    book = make_book()
    claim = make_claim(ClaimId("b"), DeviceId("B"))
    book.promise(claim)
    assert book.end(claim.ref, ClaimOutcome.USED, KEY, make_use(claim))
    assert book.is_over(claim.ref)
    assert book.open_holds(KEY) == []
    assert book.uses(KEY) == [make_use(claim)]
    assert book.uses(right(TicketId(2))) == []
    book.mark_stored([claim.ref])
    assert book.uses(KEY) == []


def test_use_is_told_once_when_the_store_has_it_as_well() -> None:
    """The store's word and the one on its way are one use."""
    claim = make_claim(ClaimId("b"), DeviceId("B"))
    book = make_book(make_use(claim))
    book.end(claim.ref, ClaimOutcome.USED, KEY, make_use(claim))
    assert book.uses(KEY) == [make_use(claim)]


@pytest.mark.parametrize(
    ("outcomes", "is_used"),
    [
        ([ClaimOutcome.RELEASED, ClaimOutcome.USED], True),
        ([ClaimOutcome.USED, ClaimOutcome.RELEASED], True),
        ([ClaimOutcome.USED, ClaimOutcome.UNDONE], False),
        ([ClaimOutcome.UNDONE, ClaimOutcome.USED], False),
        ([ClaimOutcome.USED, ClaimOutcome.USED], True),
    ],
)
def test_ends_come_to_the_same_in_any_order(outcomes: list[ClaimOutcome], is_used: bool) -> None:
    """Entries of one claim may arrive in any order, and more than once."""
    book = make_book()
    claim = make_claim(ClaimId("b"), DeviceId("B"))
    for outcome in outcomes:
        key = KEY if outcome is ClaimOutcome.USED else None
        book.end(claim.ref, outcome, key, make_use(claim))
    assert bool(book.uses(KEY)) is is_used


def test_remembered_ends_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest are forgotten first."""
    monkeypatch.setattr(claim_book, "OUTCOMES_MAX", 2)
    book = make_book()
    for name in "xyz":
        claim = make_claim(ClaimId(name), DeviceId("B"))
        book.end(claim.ref, ClaimOutcome.RELEASED, None, hold_of(claim))
    assert [book.is_over(("B", name)) for name in "xyz"] == [False, True, True]


def test_stamps_end_at_their_bound() -> None:
    """A clock at its end gives its last stamp again instead of one that nobody takes."""
    book = make_book()
    book.clock = STAMP_MAX
    assert book.next_stamp() == STAMP_MAX


def test_claim_waits_for_the_ledger_through_a_peer() -> None:
    """It settles when the relayed answer is there, and carries it."""
    book = make_book()
    open_own(book)
    own = book.own_claim(ClaimId("a"))
    assert own is not None
    own.relay = "B"
    book.take_answer("B", ClaimId("a"), [])
    assert book.settle(Duration(0)) == []
    own.relay, own.ledger = "", b"{}"
    assert book.settle(Duration(0))[0].ledger == b"{}"


def test_a_settled_claim_doubts_no_answer_that_it_was_settled_with() -> None:
    """Asked for again it gives the same settlement, whoever asks about theirs meanwhile."""
    book = make_book()
    claim = open_own(book)
    theirs = make_claim(ClaimId("b"), DeviceId("B"), claim.stamp + 1)
    book.take_answer("B", ClaimId("a"), [hold_of(theirs)])
    (settlement,) = book.settle(Duration(200))
    assert (settlement.has_quorum, settlement.holds) == (True, (hold_of(theirs),))
    book.promise(theirs)
    assert hold_of(claim) in book.answer(theirs, NOTHING)
    own = book.own_claim(ClaimId("a"))
    assert own is not None
    assert describe_settlement(own) == settlement
