"""Claims over messages: asking, answering, and false peers."""

from __future__ import annotations

import msgspec
import pytest

from shared.kernel.errors import StoreFault
from shared.kernel.id_types import ClaimId, DeviceId, GateId, TicketId
from shared.kernel.instant import MILLISECOND, Duration
from shared.lan.actions import PeerAlarm, Remember, Save, Send
from shared.lan.asking_and_answering_claims import fit_answer, fit_ask
from shared.lan.claim_book import OWN_OPEN_MAX, PROMISES_PER_DEVICE_MAX, STAMP_LEAP_MAX
from shared.lan.claims import (
    KNOWN_MAX,
    KNOWN_SIZE,
    Claim,
    ClaimKey,
    Hold,
    HoldState,
    hold_of,
)
from shared.lan.envelope import DATAGRAM_SIZE_MAX, read_datagram
from shared.lan.ignored_messages import Ignored
from shared.lan.messages import (
    HOLDS_MAX,
    ClaimAsk,
    ClaimReply,
)
from tests.factories.house import DOORS
from tests.unit.shared.lan.talk import dropped, make_claim, meet, only, say
from tests.unit.shared.lan.town import BUDGET
from tests.unit.shared.lan.venue import claim_name, device_name, right


def test_claim_is_free_when_all_live_peers_say_so() -> None:
    """Asked, answered, settled: no time passes but that of the network."""
    town = meet()
    town.claim(0, right(TicketId(1)), claim_name(1))
    town.deliver_all()
    settlement = town.nodes[0].settled[claim_name(1)]
    assert settlement.has_quorum
    assert settlement.holds == ()


def test_promise_is_saved_before_the_answer_is_sent() -> None:
    """And so is the claim, before it is asked about."""
    town = meet(2)
    node = town.nodes[0]
    claim = make_claim(1, 0)
    actions = node.peer.claim(claim, town.now, BUDGET)
    assert [type(action) for action in actions] == [Save, Send]
    (ask,) = only(actions, Send)
    answer = town.nodes[1].peer.receive(ask.datagram, town.now)
    assert [type(action) for action in answer] == [Save, Send]
    (save,) = only(answer, Save)
    assert save.is_urgent
    assert isinstance(save.changes[0], Remember)


def test_ask_is_repeated_to_the_silent_alone() -> None:
    """Each repetition is a message of its own number, so that no window refuses it."""
    town = meet()
    town.claim(0, right(TicketId(1)), claim_name(1))
    town.deliver(next(i for i, (to, _) in enumerate(town.net) if to == 1))
    town.deliver(next(i for i, (to, _) in enumerate(town.net) if to == 0))
    town.net.clear()
    town.now += 30 * MILLISECOND
    town.perform(town.nodes[0], town.nodes[0].peer.tick(town.now))
    assert [to for to, datagram in town.net if read_datagram(datagram).kind == "ask"] == [2]
    town.deliver_all()
    assert town.nodes[0].settled[claim_name(1)].has_quorum
    town.tick(30 * MILLISECOND)
    assert [to for to, datagram in town.net if read_datagram(datagram).kind == "ask"] == []


def test_nothing_is_promised_or_claimed_when_the_store_fails() -> None:
    """A later try begins from the start, so that no answer leaves without a saved promise."""
    town = meet(2)
    store_fault = StoreFault("disk")

    def fail(_key: ClaimKey) -> list[Hold]:
        raise store_fault

    for node in town.nodes:
        node.peer.book._uses_of = fail
    with pytest.raises(StoreFault):
        say(town, 1, 0, ClaimAsk(make_claim(), b""))
    with pytest.raises(StoreFault):
        town.nodes[0].peer.claim(make_claim(2, 0), town.now, BUDGET)
    for node in town.nodes:
        node.peer.book._uses_of = node.store.uses_of
        assert node.peer.book.open_holds(right(TicketId(1))) == []
    actions = say(town, 1, 0, ClaimAsk(make_claim(), b""))
    assert [type(action) for action in actions] == [Save, Send]


def test_repeated_ask_is_answered_again_and_saved_once() -> None:
    """The first answer may have been lost."""
    town = meet(2)
    ask = ClaimAsk(make_claim(), b"")
    assert [type(action) for action in say(town, 1, 0, ask)] == [Save, Send]
    assert [type(action) for action in say(town, 1, 0, ask)] == [Send]


def test_claim_asked_again_gives_the_same_settlement() -> None:
    """While it is open: first the wait, then what it came to."""
    town = meet(2)
    node, claim = town.nodes[0], make_claim(1, 0)
    town.perform(node, node.peer.claim(claim, town.now, BUDGET))
    assert node.peer.claim(claim, town.now, BUDGET) == []
    town.deliver_all()
    first = node.settled.pop(claim.claim_id)
    town.perform(node, node.peer.claim(claim, town.now, BUDGET))
    assert node.settled[claim.claim_id] == first


def test_ask_for_an_ended_claim_is_stale() -> None:
    """A late repetition does not bind anybody again."""
    town = meet(2)
    say(town, 1, 0, ClaimAsk(make_claim(), b""))
    town.end(1, right(TicketId(1)), claim_name(1), "deny")
    town.deliver_all()
    assert say(town, 1, 0, ClaimAsk(make_claim(), b"")) == []
    assert dropped(town.nodes[0], Ignored.STALE) == 1
    assert town.nodes[0].peer.book.promise_count == 0


def test_gate_claims_for_nobody_else_and_each_id_once() -> None:
    """Another device's claim, or other content under a known id, is refused and told."""
    town = meet()
    say(town, 1, 0, ClaimAsk(make_claim(1, device=2), b""))
    say(town, 1, 0, ClaimAsk(make_claim(1), b""))
    say(town, 1, 0, ClaimAsk(make_claim(1, ticket_id=TicketId(2)), b""))
    assert dropped(town.nodes[0], Ignored.MALFORMED) == 2
    assert town.nodes[0].peer.book.promise_count == 1


def test_stamp_that_leaps_is_refused() -> None:
    """One false gate cannot use up the numbers of all: its leaps are few, and none is far."""
    town = meet(2)
    node, most = town.nodes[0], town.nodes[0].peer.settings.leaps_max
    for number in range(2 * most):
        say(town, 1, 0, ClaimAsk(make_claim(number, stamp=1 << 62), b""))
    assert dropped(node, Ignored.STALE) == 2 * most
    assert node.peer.book.clock == most * STAMP_LEAP_MAX
    assert node.peer.book.promise_count == 0


def test_gate_whose_stamps_a_false_one_has_driven_ahead_is_followed_by_the_others() -> None:
    """They catch up by its own asks: the rung is lost for a moment, and nobody honest is named."""
    town = meet(3)
    far = STAMP_LEAP_MAX * 3 // 2
    for number, stamp in enumerate((STAMP_LEAP_MAX, far)):
        claim = make_claim(number, device=2, stamp=stamp, ticket_id=TicketId(9))
        say(town, 2, 0, ClaimAsk(claim, b""))
    assert town.nodes[0].peer.book.clock == far
    town.claim(0, right(TicketId(1)), claim_name(3))
    town.deliver_all()
    assert dropped(town.nodes[1], Ignored.STALE) == 1
    town.tick(30 * MILLISECOND)
    town.deliver_all()
    assert town.nodes[0].settled[claim_name(3)].has_quorum
    assert dropped(town.nodes[1], Ignored.FLOODING) == 0


def test_gate_that_claims_everything_is_soon_refused_and_told_of_once() -> None:
    """It may hold a few tickets up, and never gets a double."""
    town = meet(2)
    alarms = []
    for number in range(PROMISES_PER_DEVICE_MAX + 3):
        actions = say(town, 1, 0, ClaimAsk(make_claim(number, ticket_id=TicketId(number)), b""))
        alarms += [a for a in actions if not isinstance(a, Save | Send)]
    assert town.nodes[0].peer.book.promise_count == PROMISES_PER_DEVICE_MAX
    assert len(alarms) == 1


def test_gate_that_calls_everything_taken_is_soon_silence() -> None:
    """Its word, which nothing proves, is taken so often; then it counts as no answer."""
    town = meet(2)
    rogue = town.nodes[1]
    answers = []
    for number in range(70):
        key = right(TicketId(number))
        town.claim(0, key, claim_name(number))
        town.net.clear()
        hold = Hold(
            device_id=DeviceId(rogue.name),
            claim_id=ClaimId(f"rogue{number}"),
            gate_id=GateId(""),
            count=1,
            at=DOORS,
            state=HoldState.USED,
        )
        town.perform(town.nodes[0], say(town, 1, 0, ClaimReply(claim_name(number), (hold,))))
        town.now += BUDGET
        town.perform(town.nodes[0], town.nodes[0].peer.tick(town.now))
        town.net.clear()
        answers.append(town.nodes[0].settled[claim_name(number)].has_quorum)
        town.end(0, key, claim_name(number), "deny")
    assert answers == [True] * 64 + [False] * 6


@pytest.mark.parametrize("way", ["asks", "asks and tells", "tells and asks", "asks a third"])
def test_gate_that_claims_after_each_that_asks_and_gives_up_is_soon_silence(way: str) -> None:
    """A false gate says that it was first: the holder is turned away, and it has let nobody in."""
    town = meet()
    honest, third, rogue = town.nodes
    said = []
    for number in range(70):
        ticket_id, name = TicketId(number), claim_name(number)
        town.claim(0, right(ticket_id), name)
        claim = make_claim(1_000 + number, 2, stamp=0, ticket_id=ticket_id)
        town.net = [(to, datagram) for to, datagram in town.net if to != rogue.number]
        ways: dict[str, list[tuple[int, ClaimAsk | ClaimReply]]] = {
            "asks": [(0, ClaimAsk(claim, b""))],
            "asks and tells": [
                (0, ClaimAsk(claim, b"")),
                (0, ClaimReply(name, (hold_of(claim),))),
            ],
            "tells and asks": [
                (0, ClaimReply(name, (hold_of(claim),))),
                (0, ClaimAsk(claim, b"")),
            ],
            "asks a third": [(1, ClaimAsk(claim, b""))],
        }
        for to, body in ways[way]:
            town.perform(town.nodes[to], say(town, 2, to, body))
        while town.net:
            if town.net[0][0] == rogue.number:
                del town.net[0]
            else:
                town.deliver(0)
        town.now += BUDGET
        town.perform(honest, honest.peer.tick(town.now))
        said.append(town.decide(0, name))
        given_up = rogue.store.journal(rogue.journal.release(claim.claim_id, ticket_id))
        town.perform(rogue, rogue.peer.announce([given_up], town.now))
        town.deliver_all()
        for node in town.nodes:  # all stay live: time passes by the budget alone
            for peer in node.peer.presence.peers.values():
                peer.heard_at = town.now
    assert said == ["deny"] * 64 + ["alone"] * 6
    named = {(a.device_id, a.reason) for a in only(honest.told, PeerAlarm)}
    assert named == {(rogue.name, Ignored.FLOODING)}
    assert only(third.told, PeerAlarm) == []


def test_gate_that_is_often_first_and_lets_in_loses_no_word() -> None:
    """An honest winner's passage proves its claim, also where two gates scan at once all night."""
    town = meet(2)
    for number in range(100):
        ticket_id = TicketId(number)
        town.claim(0, right(ticket_id), claim_name(number))
        town.claim(1, right(ticket_id), claim_name(1_000 + number))
        town.deliver_all()
        for node in town.nodes:
            node.peer.presence.peers[town.nodes[1 - node.number].name].heard_at = town.now
        town.now += BUDGET
        for node in town.nodes:
            town.perform(node, node.peer.tick(town.now))
        said = [town.decide(0, claim_name(number)), town.decide(1, claim_name(1_000 + number))]
        assert sorted(said) == ["deny", "lan"]
        town.deliver_all()
    assert all(dropped(node, Ignored.FLOODING) == 0 for node in town.nodes)


def test_word_is_given_back_when_it_was_true() -> None:
    """A peer that tells of a third one's claim loses nothing once that claim is heard of."""
    town = meet()
    for number in range(100):
        name = claim_name(number)
        town.cut = {frozenset({0, 2})}
        town.claim(2, right(TicketId(number)), ClaimId(f"c{number}"))
        town.deliver_all()
        town.claim(0, right(TicketId(number)), name)
        town.deliver_all()
        town.now += BUDGET
        town.perform(town.nodes[0], town.nodes[0].peer.tick(town.now))
        assert [h.claim_id for h in town.nodes[0].settled[name].holds] == [f"c{number}"]
        town.cut.clear()
        town.end(2, right(TicketId(number)), ClaimId(f"c{number}"), "admit")
        town.end(0, right(TicketId(number)), name, "deny")
        town.deliver_all()
        # Both stay live, although the link between them was cut for a moment.
        town.nodes[0].peer.presence.peers[town.nodes[2].name].heard_at = town.now
        town.nodes[2].peer.presence.peers[town.nodes[0].name].heard_at = town.now
        town.nodes[1].peer.presence.peers[town.nodes[0].name].heard_at = town.now
        town.nodes[0].peer.presence.peers[town.nodes[1].name].heard_at = town.now
    assert dropped(town.nodes[0], Ignored.FLOODING) == 0


def test_refund_for_a_peer_that_left_the_roster_is_no_error() -> None:
    """Its words were noted; it is gone."""
    town = meet()
    town.claim(0, right(TicketId(1)), claim_name(1))
    town.net.clear()
    gone = Hold(
        device_id=device_name(2),
        claim_id=ClaimId("c"),
        gate_id=GateId(""),
        count=1,
        at=DOORS,
        state=HoldState.OPEN,
    )
    say(town, 1, 0, ClaimReply(claim_name(1), (gone,)))
    presence = town.nodes[0].peer.presence
    roster = presence.roster
    left = tuple(d for d in roster.devices if d.device_id != device_name(1))
    presence.set_roster(msgspec.structs.replace(roster, sequence=2, devices=left))
    entry = town.nodes[2].journal.scan(right(TicketId(1)), ClaimId("c"))
    assert town.nodes[0].peer.learn([entry], town.now) != []


def test_notes_of_words_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is never proven is forgotten some day."""
    monkeypatch.setattr("shared.lan.asking_and_answering_claims._NOTED_MAX", 1)
    town = meet()
    town.claim(0, right(TicketId(1)), claim_name(1))
    holds = tuple(
        Hold(
            device_id=device_name(2),
            claim_id=ClaimId(f"c{n}"),
            gate_id=GateId(""),
            count=1,
            at=DOORS,
            state=HoldState.OPEN,
        )
        for n in range(3)
    )
    say(town, 1, 0, ClaimReply(claim_name(1), holds))
    assert town.nodes[0].peer.presence.peers[device_name(1)].words.spend(61, Duration(0))


def test_peer_with_another_roster_gives_no_quorum() -> None:
    """Its holds count, but it may not know somebody whom it would have to speak for."""
    town = meet(2)
    roster = town.nodes[1].peer.presence.roster
    town.nodes[1].peer.set_roster(msgspec.structs.replace(roster, sequence=2), town.now)
    town.claim(0, right(TicketId(1)), claim_name(1))
    town.pass_time(BUDGET)
    assert not town.nodes[0].settled[claim_name(1)].has_quorum


def test_unasked_and_late_answers_are_stale() -> None:
    """They change nothing."""
    town = meet(2)
    say(town, 1, 0, ClaimReply(claim_name(1), ()))
    town.claim(0, right(TicketId(1)), claim_name(1))
    town.deliver_all()
    say(town, 1, 0, ClaimReply(claim_name(1), ()))
    assert dropped(town.nodes[0], Ignored.STALE) == 2


def test_gate_with_too_many_open_claims_asks_nobody() -> None:
    """A lane that never ends its claims is stopped before its peers take it for a false one."""
    town = meet(2)
    for number in range(OWN_OPEN_MAX + 1):
        town.claim(0, right(TicketId(number)), claim_name(number))
        town.deliver_all()
    last = town.nodes[0].settled[claim_name(OWN_OPEN_MAX)]
    assert not last.has_quorum
    assert town.nodes[1].peer.book.promise_count == OWN_OPEN_MAX


def test_claim_that_fits_no_datagram_asks_nobody() -> None:
    """Names of 64 wide characters are no error, only no rung 2."""
    town = meet(2)
    wide = "\N{PILE OF POO}" * 64
    key = msgspec.structs.replace(right(TicketId(1)), zone_id=wide, occurrence_id=wide)
    node = town.nodes[0]
    claim = Claim(
        claim_id=ClaimId(wide),
        key=key,
        device_id=DeviceId(node.name),
        gate_id=GateId(wide),
        count=1,
        at=DOORS,
    )
    town.perform(node, node.peer.claim(claim, town.now, BUDGET))
    assert not node.settled[wide].has_quorum


def test_ask_leaves_out_the_oldest_uses_that_do_not_fit() -> None:
    """A datagram has an end."""
    name = "n" * 64
    key = msgspec.structs.replace(right(TicketId(1)), zone_id=name, occurrence_id=name)
    claim = Claim(
        claim_id=ClaimId(name),
        key=key,
        device_id=DeviceId(name),
        gate_id=GateId("\N{PILE OF POO}" * 64),
        count=1,
        at=DOORS,
        stamp=1 << 62,
    )
    known = bytes(KNOWN_SIZE) + b"x" * KNOWN_SIZE * (KNOWN_MAX - 1)
    fitted = fit_ask(claim, known)
    assert len(fitted.known) < len(known)
    assert known.endswith(fitted.known)


def test_answer_says_when_something_was_left_out() -> None:
    """Too many holds, or too long ones."""
    short = [
        Hold(
            device_id=DeviceId("dv"),
            claim_id=ClaimId(f"c{n}"),
            gate_id=GateId(""),
            count=1,
            at=0,
            state=HoldState.USED,
        )
        for n in range(HOLDS_MAX + 1)
    ]
    assert fit_answer(ClaimId("c"), short[:3]).is_complete
    assert not fit_answer(ClaimId("c"), short).is_complete
    long = [
        Hold(
            device_id=DeviceId("d" * 64),
            claim_id=ClaimId("c" * 64),
            gate_id=GateId("g" * 64),
            count=1,
            at=0,
            state=HoldState.USED,
        )
    ] * HOLDS_MAX
    fitted = fit_answer(ClaimId("c"), long)
    assert not fitted.is_complete
    assert 0 < len(fitted.holds) < HOLDS_MAX


def test_largest_messages_fit_a_datagram() -> None:
    """The bound on bodies leaves room for every envelope of plain ids."""
    town = meet(2)
    long = [
        Hold(
            device_id=DeviceId("d" * 64),
            claim_id=ClaimId("c" * 64),
            gate_id=GateId("g" * 64),
            count=1,
            at=1 << 60,
            state=HoldState.USED,
        )
    ] * HOLDS_MAX
    peer = town.nodes[0].peer
    (send,) = peer.own_messages.say(fit_answer(ClaimId("c" * 64), long), [device_name(1)])
    assert len(send.datagram) <= DATAGRAM_SIZE_MAX
