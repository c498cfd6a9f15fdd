"""One gate among its peers: finding each other, hostile datagrams, rosters, restarts."""

from __future__ import annotations

from typing import TypeVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.kernel.id_types import ClaimId, DeviceId, GateId, TicketId, ZoneId
from shared.kernel.instant import MILLISECOND, SECOND, Duration
from shared.kernel.message_authentication_codes import TAG_SIZE
from shared.kernel.packing import pack
from shared.lan.actions import Action, FetchRoster, Heard, PeerAlarm, Send
from shared.lan.claims import Claim
from shared.lan.envelope import (
    DATAGRAM_SIZE_MAX,
    Envelope,
    make_datagram,
    read_datagram,
)
from shared.lan.ignored_messages import Ignored
from shared.lan.messages import Body, ClaimAsk, ClaimReply, Fetch, Hello
from tests.factories.house import DOORS
from tests.unit.shared.lan.town import Node, Town
from tests.unit.shared.lan.venue import (
    ZONE,
    MemoryStore,
    claim_name,
    device_name,
    gate_name,
    make_roster,
    right,
)

A = TypeVar("A", bound=Action)


def meet(count: int = 2) -> Town:
    """Return gates that are live to each other."""
    town = Town(count)
    town.meet()
    return town


def only(actions: list[Action], kind: type[A]) -> list[A]:
    """Pick the actions of one kind."""
    return [action for action in actions if isinstance(action, kind)]


def say(town: Town, sender: int, to: int, body: Body) -> bytes:
    """Make a genuine datagram of one gate for another."""
    (send,) = town.nodes[sender].peer.own_messages.say(body, [town.nodes[to].name])
    return send.datagram


def forge(town: Town, said: Body, /, **changed: object) -> bytes:
    """Make a datagram of gate 1 for gate 0 whose envelope is changed before it gets its code."""
    envelope = read_datagram(say(town, 1, 0, said))
    key = town.nodes[1].peer.presence.peers[town.nodes[0].name].key
    return make_datagram(pack(msgspec.structs.replace(envelope, **changed)), key)


def make_ask(number: int = 1) -> ClaimAsk:
    """Return an ask of gate 1."""
    return ClaimAsk(
        Claim(
            claim_id=claim_name(number),
            key=right(TicketId(1)),
            device_id=device_name(1),
            gate_id=GateId(""),
            count=1,
            at=DOORS,
            stamp=1,
        ),
        b"",
    )


def test_gates_find_each_other_within_their_first_greetings() -> None:
    """Two round trips, not two seconds."""
    town = Town(3)
    town.tick(Duration(0))
    town.deliver_all()
    assert all(len(node.peer.live(town.now)) == 2 for node in town.nodes)
    heard = only(town.nodes[0].told, Heard)
    assert not heard[0].is_fresh
    assert heard[-1].is_fresh


def test_gate_that_falls_silent_is_live_until_the_window_ends() -> None:
    """Meanwhile claims have no quorum; afterwards they do without it."""
    town = meet(3)
    town.cut = {frozenset({0, 2}), frozenset({1, 2})}
    town.claim(0, right(TicketId(1)), claim_name(1))
    town.pass_time(60 * MILLISECOND)
    assert town.nodes[0].settled[claim_name(1)].silent == (device_name(2),)
    town.pass_time(4 * SECOND, 200 * MILLISECOND)
    town.claim(0, right(TicketId(2)), claim_name(2))
    town.deliver_all()
    assert town.nodes[0].settled[claim_name(2)].has_quorum


def test_gate_that_leaves_is_not_waited_for() -> None:
    """Its goodbye takes effect at once."""
    town = meet(3)
    town.perform(town.nodes[2], town.nodes[2].peer.leave(town.now))
    town.deliver_all()
    assert town.nodes[0].peer.live(town.now) == [device_name(1)]


def test_restarted_gate_is_live_again_and_still_bound() -> None:
    """It takes part at once, and keeps its promises."""
    town = meet()
    town.claim(1, right(TicketId(1)), claim_name(1))
    town.deliver_all()
    town.crash(0)
    town.meet()
    assert town.nodes[0].peer.live(town.now) == [device_name(1)]
    town.claim(0, right(TicketId(1)), claim_name(2))
    town.deliver_all()
    town.decide(1, claim_name(1))
    town.deliver_all()
    assert town.decide(0, claim_name(2)) == "deny"


def test_gate_whose_folder_was_put_back_is_live_again_and_learns_what_it_had_admitted() -> None:
    """Once it is silent as it was: nobody comes in twice on what it has forgotten."""
    town = meet()
    node = town.nodes[0]
    for number in (1, 2):
        town.crash(0)
        town.meet()
        town.claim(0, right(TicketId(number)), claim_name(number))
        town.pass_time(60 * MILLISECOND)
        assert town.decide(0, claim_name(number)) == "lan"
        town.deliver_all()
    node.store, node.boot = MemoryStore(), 1
    node.start()
    assert node.boot == 2, "as it was born before"
    for number in (1, 2):
        town.pass_time(2 * SECOND)
        town.claim(0, right(TicketId(number)), claim_name(10 + number))
        town.pass_time(60 * MILLISECOND)
    assert not node.settled[claim_name(11)].has_quorum, "its later life may still be there"
    assert town.decide(0, claim_name(12)) == "deny"
    assert node.peer.live(town.now) == [device_name(1)]


def test_group_is_split_and_each_half_claims_by_itself() -> None:
    """Within a half never twice; across the cut it can happen, and both entries meet later."""
    town = meet(4)
    town.cut = {frozenset({a, b}) for a in (0, 1) for b in (2, 3)}
    town.pass_time(4 * SECOND, 200 * MILLISECOND)
    words = []
    for number in range(4):
        town.claim(number, right(TicketId(1)), claim_name(number))
        town.pass_time(60 * MILLISECOND)
        words.append(town.decide(number, claim_name(number)))
        town.deliver_all()
    assert words == ["lan", "deny", "lan", "deny"]
    town.cut.clear()
    town.meet()
    town.exchange_all()
    assert [len(node.peer.book.uses(right(TicketId(1)))) for node in town.nodes] == [2, 2, 2, 2]


@pytest.mark.parametrize(
    ("changed", "drop"),
    [
        ({"v": 2}, Ignored.WRONG_VERSION),
        ({"event_id": "ev_other"}, Ignored.WRONG_EVENT),
        ({"epoch": 9}, Ignored.WRONG_EPOCH),
        ({"sender": "dv_unknown"}, Ignored.UNKNOWN_DEVICE),
        ({"sender": device_name(0)}, Ignored.UNKNOWN_DEVICE),
        ({"sender": device_name(2)}, Ignored.UNCONFIRMED),
        ({"boot": b"another-"}, Ignored.UNCONFIRMED),
        ({"counter": 1}, Ignored.REPLAYED),
        ({"body": b"\xc1"}, Ignored.MALFORMED),
        ({"kind": "answer"}, Ignored.MALFORMED),
        ({"kind": "later"}, Ignored.UNKNOWN_KIND),
    ],
)
def test_message_that_does_not_belong_here_is_ignored_and_counted(
    changed: dict[str, object], drop: Ignored
) -> None:
    """One reason each, and nothing is promised."""
    town = meet(3)
    peer = town.nodes[0].peer
    actions = peer.receive(forge(town, make_ask(), **changed), town.now)
    assert only(actions, Send) == []
    assert peer.dropped == {drop: 1}
    assert peer.book.promise_count == 0


def test_sender_cannot_be_forged() -> None:
    """Gate 2 in gate 1's name, and anybody with no key at all."""
    town = meet(3)
    peer = town.nodes[0].peer
    envelope = say(town, 1, 0, make_ask())[TAG_SIZE:]
    false_key = town.nodes[2].peer.presence.peers[device_name(0)].key
    for datagram in (make_datagram(envelope, false_key), bytes(TAG_SIZE) + envelope):
        assert peer.receive(datagram, town.now) == []
    assert peer.dropped == {Ignored.NOT_AUTHENTIC: 2}


def test_device_whose_key_is_no_good_is_never_believed() -> None:
    """No shared key is not the empty key."""
    town = meet()
    peer = town.nodes[0].peer
    peer.presence.peers[device_name(1)].key = b""
    envelope = say(town, 1, 0, make_ask())[TAG_SIZE:]
    assert peer.receive(make_datagram(envelope, b""), town.now) == []
    assert peer.dropped == {Ignored.NOT_AUTHENTIC: 1}


def test_replayed_datagram_is_taken_once() -> None:
    """Also when it comes much later."""
    town = meet()
    datagram = say(town, 1, 0, make_ask())
    peer = town.nodes[0].peer
    assert peer.receive(datagram, town.now) != []
    assert peer.receive(datagram, town.now) == []
    assert peer.receive(datagram, town.now + SECOND) == []
    assert peer.dropped == {Ignored.REPLAYED: 2}


def test_recording_of_an_earlier_boot_is_refused_by_a_restarted_gate() -> None:
    """The gate that restarted forgot the numbers, and its new boot makes up for it."""
    town = meet()
    recorded = say(town, 1, 0, make_ask())
    town.crash(0)
    assert town.nodes[0].peer.receive(recorded, town.now) == []
    town.meet()
    assert town.nodes[0].peer.receive(recorded, town.now) == []
    dropped = town.nodes[0].peer.dropped
    assert (dropped[Ignored.UNCONFIRMED], dropped[Ignored.REPLAYED]) == (1, 1)


@given(st.binary(max_size=2 * DATAGRAM_SIZE_MAX))
def test_garbage_does_no_harm(datagram: bytes) -> None:
    """Whatever arrives, nothing is said and nothing breaks."""
    node = Town(2).nodes[0]
    assert node.peer.receive(datagram, Duration(0)) == []
    expected = Ignored.OVERSIZED if len(datagram) > DATAGRAM_SIZE_MAX else Ignored.MALFORMED
    assert node.peer.dropped == {expected: 1}


def test_oversized_datagram_is_not_even_read() -> None:
    """No honest gate sends one."""
    node = Town(2).nodes[0]
    assert node.peer.receive(bytes(DATAGRAM_SIZE_MAX + 1), Duration(0)) == []
    assert node.peer.dropped == {Ignored.OVERSIZED: 1}


@given(st.data())
def test_damaged_datagram_does_no_harm(data: st.DataObject) -> None:
    """A genuine one, cut or changed anywhere."""
    town = Town(2)
    datagram = bytearray(say(town, 1, 0, Hello(b"", False, 0)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(datagram) - 1))
        datagram[at] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(datagram)))
    assert town.nodes[0].peer.receive(bytes(datagram[:cut]), Duration(0)) == []


def test_known_device_that_talks_nonsense_is_told_of_once() -> None:
    """An alarm for each reason, not for each message."""
    town = meet()
    peer = town.nodes[0].peer
    alarms = []
    for _ in range(3):
        alarms += peer.receive(forge(town, make_ask(), body=b"\xc1"), town.now)
    assert alarms == [PeerAlarm(device_name(1), Ignored.MALFORMED)]
    assert peer.dropped == {Ignored.MALFORMED: 3}


def test_stream_message_in_a_datagram_is_ignored() -> None:
    """It belongs to another way in."""
    town = meet()
    peer = town.nodes[0].peer
    assert peer.receive(say(town, 1, 0, Fetch((), ())), town.now) == []
    assert peer.dropped == {Ignored.UNKNOWN_KIND: 1}


def test_newer_roster_is_fetched_from_whoever_has_it() -> None:
    """Not more than once a second; and it is passed on so."""
    town = meet()
    newer = make_roster(3, sequence=2)
    assert town.nodes[1].peer.set_roster(newer, town.now)
    town.pass_time(SECOND)
    told = only(town.nodes[0].told, FetchRoster)
    assert told == [FetchRoster(device_name(1))]
    assert only(town.nodes[1].told, FetchRoster) == []


def test_device_that_left_the_roster_and_is_back_is_greeted_by_no_recording() -> None:
    """It was at another event, stands at another zone, and is switched off.

    What it said before is no fresher than it was, and what it did at the first zone counts still.
    """
    town = meet()
    peer, moved = town.nodes[0].peer, town.nodes[1]
    hello = Hello(town.nodes[0].journal.identity.boot, is_confirmed=True, dseq=0)
    recorded = [say(town, 1, 0, body) for body in (hello, make_ask())]
    for datagram in recorded:
        assert peer.receive(datagram, town.now) != []
    town.cut.add(frozenset({0, 1}))
    here = make_roster(2, sequence=2)
    there = msgspec.structs.replace(here.devices[1], zone_id=ZoneId("zn_elsewhere"))
    alone = msgspec.structs.replace(here, devices=here.devices[:1])
    back = msgspec.structs.replace(here, sequence=3, devices=(here.devices[0], there))
    for roster in (alone, back):
        assert peer.set_roster(roster, town.now)
        town.pass_time(4 * SECOND, 200 * MILLISECOND)
    assert [peer.receive(datagram, town.now) for datagram in recorded] == [[], []]
    assert peer.live(town.now) == []
    assert peer.presence.peers[moved.name].zones == {ZONE, "zn_elsewhere"}


def test_stranger_with_a_newer_roster_makes_it_be_fetched() -> None:
    """A device that was enrolled after this gate was cut off is in a roster that it lacks."""
    town = meet()
    stranger = Node(2, make_roster(3, sequence=2))
    actions = [a for _ in range(2) for a in stranger.peer.leave(Duration(0))]
    sends = [a for a in only(actions, Send) if a.to == device_name(0)]
    peer = town.nodes[0].peer
    told = [action for send in sends for action in peer.receive(send.datagram, town.now)]
    assert told == [FetchRoster(DeviceId(""))]
    assert peer.dropped == {Ignored.UNKNOWN_DEVICE: 2}


def test_stranger_without_a_newer_roster_is_nobody() -> None:
    """And neither is one that does not greet."""
    town = meet()
    stranger = Node(2, make_roster(3))
    (send,) = [a for a in only(stranger.peer.leave(Duration(0)), Send) if a.to == device_name(0)]
    assert town.nodes[0].peer.receive(send.datagram, town.now) == []
    other = Node(3, make_roster(4, sequence=2))
    (send,) = other.peer.own_messages.say(ClaimReply(ClaimId("c"), ()), [device_name(0)])
    assert town.nodes[0].peer.receive(send.datagram, town.now) == []


def test_older_roster_is_not_taken() -> None:
    """A roster from before a revocation does not bring the device back."""
    town = meet()
    peer = town.nodes[0].peer
    assert peer.set_roster(make_roster(2, epoch=1, sequence=5), town.now)
    assert not peer.set_roster(make_roster(3, epoch=1, sequence=4), town.now)
    assert peer.set_roster(make_roster(3, epoch=2, sequence=1), town.now)
    assert len(peer.presence.peers) == 2


def test_hold_binds_peers_while_another_rung_decides() -> None:
    """A claim on the LAN and one at the ledger do not both go through."""
    town = meet()
    assert (
        town.nodes[0].peer.hold(right(TicketId(1)), ClaimId("online"), 1, DOORS, gate_name(0))
        == []
    )
    town.claim(1, right(TicketId(1)), claim_name(1))
    town.deliver_all()
    assert [
        h.claim_id
        for h in town.nodes[0].peer.hold(
            right(TicketId(1)), ClaimId("second"), 1, DOORS, gate_name(0)
        )
    ] == [
        claim_name(1),
        "online",
    ]
    town.end(0, right(TicketId(1)), ClaimId("online"), "admit")
    town.end(0, right(TicketId(1)), ClaimId("second"), "deny")
    town.deliver_all()
    assert town.decide(1, claim_name(1)) == "deny"


def test_hold_of_a_claim_that_was_asked_about_leaves_it_as_it_is() -> None:
    """A lane that steps down from rung 2 needs no second hold."""
    town = meet()
    town.claim(0, right(TicketId(1)), claim_name(1))
    town.claim(1, right(TicketId(1)), claim_name(2))
    town.deliver_all()
    holds = town.nodes[0].peer.hold(right(TicketId(1)), claim_name(1), 1, DOORS, gate_name(0))
    assert [hold.claim_id for hold in holds] == [claim_name(2)]
    own = town.nodes[0].peer.book.own_claim(claim_name(1))
    assert own is not None
    assert own.is_remembered


def test_due_time_follows_what_is_pending() -> None:
    """The caller may sleep until then."""
    town = meet()
    peer = town.nodes[0].peer
    town.tick(Duration(0))
    assert town.now < peer.next_due() <= town.now + SECOND
    town.pass_time(20 * MILLISECOND)
    town.claim(0, right(TicketId(1)), claim_name(1))
    assert peer.next_due() == town.now + 30 * MILLISECOND


def test_silent_handshakes_do_not_answer_for_ever() -> None:
    """A gate that never hears us is greeted back a few times a second, not always."""
    town = Town(2)
    sends: list[Action] = []
    for _ in range(20):
        sends += town.nodes[0].peer.receive(say(town, 1, 0, Hello(b"", False, 0)), Duration(0))
    assert len(only(sends, Send)) == town.nodes[0].settings.replies_max


def test_envelope_has_no_field_that_nobody_checks() -> None:
    """Adding one is a decision about who checks it."""
    assert Envelope.__struct_fields__ == (
        "v",
        "event_id",
        "epoch",
        "roster",
        "sender",
        "boot",
        "born",
        "counter",
        "kind",
        "body",
    )
