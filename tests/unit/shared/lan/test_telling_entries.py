"""News of journals: whom they convince, what is passed on, and catching up."""

from __future__ import annotations

from typing import TypeVar

import msgspec
import pytest

from shared.admission.pace import NO_LIMIT
from shared.journal.chain import SignedEntry
from shared.journal.entry import NoteBody, ReleaseBody
from shared.journal.passage_proof import PassageProof
from shared.kernel.id_types import ClaimId, TicketId, ZoneId
from shared.kernel.instant import MILLISECOND, MINUTE, SECOND, Duration, Instant
from shared.lan.actions import Action, FetchEntries, Forget, Keep, PeerAlarm, Save, Send
from shared.lan.ignored_messages import Ignored
from shared.lan.lan_timeouts_and_limits import LanSettings
from shared.lan.messages import Entries
from shared.lan.peer import DEFAULTS
from shared.lan.telling_entries import BOOTS_MAX, VOLUME_MAX
from tests.factories.house import DOORS
from tests.unit.shared.lan.town import Town
from tests.unit.shared.lan.venue import (
    Journal,
    claim_name,
    device_name,
    gate_name,
    make_roster,
    right,
)

A = TypeVar("A", bound=Action)
KEY = right(TicketId(1))


def meet(count: int = 3, settings: LanSettings = DEFAULTS) -> Town:
    """Return gates that are live to each other, with nothing due."""
    town = Town(count, settings)
    town.meet()
    town.tick(Duration(1))
    town.net.clear()
    return town


def only(actions: list[Action], kind: type[A]) -> list[A]:
    """Pick the actions of one kind."""
    return [action for action in actions if isinstance(action, kind)]


def test_admission_is_known_everywhere_at_once_and_kept() -> None:
    """Each peer verifies it, stores it verbatim, and lets nobody else in."""
    town = meet()
    entry = town.end(0, KEY, claim_name(1), "admit")
    town.deliver_all()
    for node in town.nodes[1:]:
        assert entry in node.store.entries.values()
        assert [use.device_id for use in node.peer.book.uses(KEY)] == [device_name(0)]


def test_news_are_sent_twice() -> None:
    """The second time helps whoever lost the first, and nobody else notices it."""
    town = meet()
    town.end(0, KEY, claim_name(1), "admit")
    town.net.clear()
    town.tick(100 * MILLISECOND)
    town.deliver_all()
    assert [len(node.peer.book.uses(KEY)) for node in town.nodes] == [1, 1, 1]
    town.tick(100 * MILLISECOND)
    assert town.net == []


def test_promise_is_forgotten_when_its_entry_is_kept() -> None:
    """In one group of changes, so that no crash leaves neither."""
    town = meet(2)
    town.claim(0, KEY, claim_name(1))
    town.deliver_all()
    assert town.nodes[1].peer.book.promise_count == 1
    entry = town.nodes[0].journal.scan(KEY, claim_name(1))
    (save,) = only(town.nodes[1].peer.learn([entry], town.now), Save)
    ref = (device_name(0), claim_name(1))
    assert save.changes == (Keep(entry, ref, was_promised=True), Forget(ref))
    assert not save.is_urgent


def test_own_claim_is_forgotten_when_its_entry_is_announced() -> None:
    """Only what was remembered needs forgetting."""
    town = meet(2)
    node = town.nodes[0]
    town.claim(0, KEY, claim_name(1))
    town.deliver_all()
    entry = node.store.journal(node.journal.scan(KEY, claim_name(1)))
    (save,) = only(node.peer.announce([entry], town.now), Save)
    assert save.changes == (Forget((device_name(0), claim_name(1))),)
    node.peer.hold(KEY, ClaimId("held"), 1, Instant(0), gate_name(0))
    held = node.store.journal(node.journal.scan(KEY, ClaimId("held"), "deny"))
    assert only(node.peer.announce([held], town.now), Save) == []


@pytest.mark.parametrize(
    ("spoil", "drop"),
    [
        (lambda e: SignedEntry(e.entry, bytes(64)), Ignored.FORGED_ENTRY),
        (lambda e: SignedEntry(e.entry[:-1] + b"?", e.signature), Ignored.FORGED_ENTRY),
        (lambda e: SignedEntry(b"\xc1", e.signature), Ignored.BAD_ENTRY),
    ],
)
def test_entry_counts_by_its_origins_signature_alone(spoil: object, drop: Ignored) -> None:
    """A peer that passes on what it made up burns no ticket."""
    town = meet()
    assert callable(spoil)
    false = spoil(Journal(2).scan(KEY, ClaimId("x")))
    assert town.nodes[0].peer.learn([false], town.now) == []
    assert town.nodes[0].peer.dropped[drop] == 1
    assert town.nodes[0].peer.book.uses(KEY) == []


def test_passage_into_another_zone_than_its_devices_counts_at_no_peer() -> None:
    """A gate of the terrace reads each guest's code, and keeps nobody out of the hall by it.

    Until it is sent there; of what it lets in at the terrace yet, the others hear as before.
    """
    town = meet(2)
    node, other = town.nodes
    hall = msgspec.structs.replace(KEY, zone_id=ZoneId("zn_hall"))
    town.perform(node, node.peer.learn([other.journal.scan(hall, ClaimId("x"))], town.now))
    assert node.store.uses_of(hall) == node.peer.book.uses(hall) == []
    assert node.peer.news.marks.whole(device_name(1), other.journal.identity.boot) == 1
    roster = node.peer.presence.roster
    moved = tuple(msgspec.structs.replace(one, zone_id=hall.zone_id) for one in roster.devices)
    changed = msgspec.structs.replace(roster, devices=moved, sequence=roster.sequence + 1)
    node.peer.set_roster(changed, town.now)
    for key, name in ((hall, "y"), (KEY, "z")):
        town.perform(node, node.peer.learn([other.journal.scan(key, ClaimId(name))], town.now))
        assert [one.claim_id for one in node.store.uses_of(key)] == [name]


def test_passage_without_a_proof_is_kept_and_ends_nothing() -> None:
    """Not the claim either that its device had asked for: whoever has promised keeps that."""
    town = meet(2)
    node, other = town.nodes
    town.claim(1, KEY, claim_name(1))
    town.deliver_all()
    node.proof = PassageProof.MISSING
    for signed in (other.journal.scan(KEY, claim_name(1)), other.journal.scan(KEY, ClaimId("x"))):
        town.perform(node, node.peer.learn([signed], town.now))
    assert node.store.uses_of(KEY) == node.peer.book.uses(KEY) == []
    assert node.peer.book.promised((device_name(1), claim_name(1))) is not None
    assert node.peer.news.marks.whole(device_name(1), other.journal.identity.boot) == 2
    assert node.peer.dropped[Ignored.UNPROVEN] == 2


def test_passages_of_which_nobody_can_tell_count_at_a_lanes_pace() -> None:
    """Of tickets that this gate does not know, as a till that it has not heard of sells them."""
    town = meet(2, msgspec.structs.replace(DEFAULTS, unproven_max=3))
    node, journal = town.nodes[0], town.nodes[1].journal
    node.proof = PassageProof.UNKNOWN
    said = [journal.scan(right(TicketId(n)), claim_name(n)) for n in range(5)]
    town.perform(node, node.peer.learn(said, town.now))
    counted = [bool(node.store.uses_of(right(TicketId(n)))) for n in range(5)]
    assert counted == [True, True, True, False, False]
    town.now = Duration(town.now + MINUTE)
    late = right(TicketId(9))
    town.perform(node, node.peer.learn([journal.scan(late, claim_name(9))], town.now))
    assert node.store.uses_of(late)


def test_passages_by_manual_codes_count_no_faster_than_a_lane_lets_in() -> None:
    """The list tells every device every manual code: a false one would spend it within seconds.

    It is named for it. What the ledger has told of costs nothing: late news of an honest gate.
    """
    town = meet(2, msgspec.structs.replace(DEFAULTS, unproven_max=3))
    node, other = town.nodes
    node.proof = PassageProof.LISTED
    told = other.journal.scan(right(TicketId(8)), ClaimId("told"))
    node.store.journal(told)
    said = [told] + [other.journal.scan(right(TicketId(n)), claim_name(n)) for n in range(5)]
    actions = node.peer.learn(said, town.now)
    town.perform(node, actions)
    counted = [bool(node.store.uses_of(right(TicketId(n)))) for n in range(5)]
    assert counted == [True, True, True, False, False]
    assert only(actions, PeerAlarm) == [PeerAlarm(device_name(1), Ignored.TOO_FAST)]
    assert node.peer.news.marks.whole(device_name(1), other.journal.identity.boot) == 6, "all kept"
    town.now = Duration(town.now + MINUTE)
    late = right(TicketId(9))
    town.perform(node, node.peer.learn([other.journal.scan(late, claim_name(9))], town.now))
    assert node.store.uses_of(late)


@pytest.mark.parametrize(("pace", "counted"), [(60, 3 + 1), (180, 3 + 3), (NO_LIMIT, 10)])
def test_passages_by_manual_codes_come_back_at_the_pace_that_the_organizer_has_set(
    pace: int, counted: int
) -> None:
    """A lane that may let in three a second is believed so; the roster tells of it."""
    town = meet(2, msgspec.structs.replace(DEFAULTS, unproven_max=3))
    node, other = town.nodes
    node.proof = PassageProof.LISTED
    roster = node.peer.presence.roster
    devices = tuple(
        msgspec.structs.replace(one, admissions_per_minute=pace) for one in roster.devices
    )
    node.peer.presence.set_roster(msgspec.structs.replace(roster, devices=devices))
    first = [other.journal.scan(right(TicketId(n)), claim_name(n)) for n in range(3)]
    town.perform(node, node.peer.learn(first, town.now))
    town.now = Duration(town.now + SECOND)
    later = [other.journal.scan(right(TicketId(n)), claim_name(n)) for n in range(3, 10)]
    actions = node.peer.learn(later, town.now)
    town.perform(node, actions)
    assert sum(bool(node.store.uses_of(right(TicketId(n)))) for n in range(10)) == counted
    assert bool(only(actions, PeerAlarm)) is (counted < 10), "who keeps its pace is not named"


def test_journal_that_lacks_an_entry_for_long_is_named() -> None:
    """Nobody can bring to the ledger what follows: a false device would be believed unnamed."""
    town = meet()
    node, patience = town.nodes[0], DEFAULTS.hole_patience
    lacking, late = Journal(1, 9), Journal(2, 9)
    gone = [journal.scan(KEY, ClaimId("gone")) for journal in (lacking, late)]
    for journal, name in ((lacking, "x"), (late, "y")):
        node.peer.learn([journal.scan(KEY, ClaimId(name))], town.now)
    node.peer.learn([Journal(0, 9).scan(KEY, ClaimId("own"))], town.now)

    def named(now: Duration) -> list[PeerAlarm]:
        return only(node.peer.news.work(now), PeerAlarm)

    assert named(Duration(town.now + SECOND)) == []
    node.peer.learn(gone[1:], town.now)
    assert named(Duration(town.now + patience + SECOND)) == [
        PeerAlarm(device_name(1), Ignored.INCOMPLETE)
    ]
    node.peer.learn(gone[:1], town.now)
    assert named(Duration(town.now + 2 * patience)) == []


def test_whoever_is_heard_and_never_ends_a_claim_is_named() -> None:
    """It need have read no code of a ticket whose holder nobody else lets in meanwhile."""
    town, patience = meet(), DEFAULTS.end_patience
    town.claim(1, KEY, claim_name(1))
    town.deliver_all()

    def named() -> set[PeerAlarm]:
        return set(only([*town.nodes[0].told], PeerAlarm))

    town.pass_time(Duration(patience - 10 * SECOND), SECOND)
    assert named() == set()
    town.end(1, KEY, claim_name(1), "deny")
    town.claim(1, KEY, claim_name(2))  # once more under another id: the right is held as before
    town.deliver_all()
    town.pass_time(Duration(20 * SECOND), SECOND)
    assert named() == {PeerAlarm(device_name(1), Ignored.UNENDED)}


def test_whoever_says_how_its_claims_end_is_not_named() -> None:
    """Nor is a gate that cannot be heard, for as long as that lasts and until it has caught up."""
    town, patience = meet(), DEFAULTS.end_patience
    town.claim(1, KEY, claim_name(1))
    town.claim(2, right(TicketId(2)), claim_name(2))
    town.deliver_all()
    town.end(1, KEY, claim_name(1), "admit")
    town.deliver_all()
    town.cut.add(frozenset({0, 2}))
    town.pass_time(Duration(2 * patience), SECOND)
    town.cut.clear()
    town.pass_time(Duration(patience - 20 * SECOND), SECOND)
    town.end(2, right(TicketId(2)), claim_name(2), "deny")
    town.deliver_all()
    town.pass_time(patience, SECOND)
    assert only([*town.nodes[0].told], PeerAlarm) == []


def test_gate_that_was_sent_on_before_its_neighbours_heard_is_not_named() -> None:
    """They do not take its passage at its word, by the list that they hold: the ledger does."""
    town, patience = meet(), DEFAULTS.end_patience
    near = town.nodes[0]
    near.peer.presence.peers[device_name(1)].zones = {ZoneId("zn_before")}
    town.claim(1, KEY, claim_name(1))
    town.deliver_all()
    entry = town.end(1, KEY, claim_name(1), "admit")
    town.deliver_all()
    assert near.peer.book.promise_count == 1
    near.store.journal(entry)  # as the feed brings it
    town.pass_time(Duration(2 * patience), SECOND)
    assert only([*near.told], PeerAlarm) == []
    assert near.peer.book.promise_count == len(near.store.claims) == 0
    assert [use.claim_id for use in near.peer.book.uses(KEY)] == [claim_name(1)]


def test_entry_of_a_stranger_is_ignored() -> None:
    """Only devices of the roster are believed."""
    town = meet()
    peer = town.nodes[0].peer
    assert peer.learn([Journal(9).scan(KEY, ClaimId("x"))], town.now) == []
    assert peer.dropped[Ignored.BAD_ENTRY] == 1


def test_entry_of_another_event_leaves_no_hole_and_ends_nothing() -> None:
    """A device that was at work elsewhere passes its journal on whole; here it means nothing."""
    town = meet(2)
    node = town.nodes[1]
    town.claim(0, KEY, claim_name(1))
    town.deliver_all()
    other = "ev_other"
    journal = town.nodes[0].journal
    entries = [
        journal.write(NoteBody("a", "b"), event_id=""),
        journal.write(ReleaseBody(claim_name(1), TicketId(1), "restarted"), event_id=other),
        journal.scan(KEY, ClaimId("x")),
    ]
    (save,) = only(node.peer.learn(entries, town.now), Save)
    assert save.changes[:2] == (Keep(entries[0], None), Keep(entries[1], None))
    assert node.peer.news.marks.whole(device_name(0), journal.identity.boot) == 3
    assert node.peer.book.promise_count == 1
    assert [use.claim_id for use in node.peer.book.uses(KEY)] == ["x"]


def test_device_that_floods_with_boots_or_bytes_is_named_and_fills_nobodys_disk() -> None:
    """What it signs beyond all reason is not kept, whoever brings it; others' entries are."""
    town = meet()
    peer = town.nodes[0].peer
    boots = [Journal(1, boot).scan(KEY, ClaimId(f"b{boot}")) for boot in range(10, 20 + BOOTS_MAX)]
    actions = peer.learn(boots, town.now)
    assert len(only(actions, Save)[0].changes) == BOOTS_MAX
    assert set(only(actions, PeerAlarm)) == {PeerAlarm(device_name(1), Ignored.FLOODING)}
    scans = [Journal(2, boot).scan(KEY, ClaimId(f"v{boot}")) for boot in range(3)]
    peer.news._volumes[device_name(2)] = VOLUME_MAX - len(scans[0].entry)
    kept = [len(only(peer.learn([scan], town.now), Save)) for scan in scans]
    assert kept == [1, 0, 0]
    assert peer.learn([Journal(0, 9).scan(KEY, ClaimId("mine"))], town.now) != []


def test_entries_that_a_peer_sends_without_end_are_left_to_streams_and_nobody_is_named() -> None:
    """It may have been cut off for an hour; what it goes on to say is heard a moment later."""
    town = meet(2)
    honest, peer = town.nodes[0], town.nodes[0].peer
    most, journal = peer.settings.entries_max, town.nodes[1].journal
    backlog = [journal.scan(right(TicketId(n)), claim_name(n)) for n in range(most + 100)]
    town.perform(town.nodes[1], town.nodes[1].peer.announce(backlog, town.now))
    town.deliver_all()
    mark = device_name(1), journal.identity.boot
    held = peer.news.marks.whole(*mark)
    assert most - 10 < held <= most
    assert peer.dropped[Ignored.DEFERRED] > 0
    assert only(honest.told, PeerAlarm) == []
    peer.learn(backlog[held:], town.now)
    town.now += SECOND
    last = journal.scan(right(TicketId(1)), claim_name(9_999))
    town.perform(town.nodes[1], town.nodes[1].peer.announce([last], town.now))
    town.deliver_all()
    assert peer.news.marks.whole(*mark) == most + 101


def test_passage_is_no_later_than_it_was_heard_of() -> None:
    """A gate whose clock is fast does not put an exit after the entries that follow it."""
    town = meet(2)
    peer, entry = town.nodes[0].peer, Journal(1).scan(KEY, ClaimId("x"), direction="out")
    (save,) = only(peer.learn([entry], town.now, Instant(DOORS - 5)), Save)
    assert save.changes == (Keep(entry, (device_name(1), "x"), Instant(DOORS - 5)),)
    assert [use.at for use in peer.book.uses(KEY)] == [DOORS - 5]


def test_entry_is_kept_once() -> None:
    """Peers pass the same entries on; a known one is not even verified again."""
    town = meet()
    entry = Journal(1).scan(KEY, ClaimId("x"))
    peer = town.nodes[0].peer
    assert peer.learn([entry], town.now) != []
    assert peer.learn([entry, entry], town.now) == []
    assert peer.dropped[Ignored.KNOWN_ENTRY] == 2


def test_third_party_passes_entries_on() -> None:
    """What a peer brings of another's journal counts as if that one had brought it."""
    town = meet()
    entry = Journal(1).scan(KEY, ClaimId("x"))
    sends = town.nodes[2].peer.own_messages.say(Entries((entry,)), [device_name(0)])
    town.perform(town.nodes[0], town.nodes[0].peer.receive(sends[0].datagram, town.now))
    assert [use.device_id for use in town.nodes[0].peer.book.uses(KEY)] == [device_name(1)]


def test_gap_in_a_peers_journal_is_fetched_when_its_hello_shows_it() -> None:
    """Once a second at most, until it is closed."""
    town = meet(2)
    town.end(0, KEY, claim_name(1), "admit")
    town.net.clear()
    town.nodes[0].peer.news._repeats.clear()
    town.nodes[1].told.clear()
    for _ in range(2):
        for hello in town.nodes[0].peer.leave(town.now):
            assert isinstance(hello, Send)
            town.perform(town.nodes[1], town.nodes[1].peer.receive(hello.datagram, town.now))
    assert only(town.nodes[1].told, FetchEntries) == [FetchEntries(device_name(0))]
    town.exchange_all()
    town.nodes[1].told.clear()
    town.pass_time(SECOND)
    assert only(town.nodes[1].told, FetchEntries) == []


def test_boot_that_nobody_confirmed_is_not_fetched() -> None:
    """There is nobody to fetch from."""
    town = Town(2)
    peer = town.nodes[0].peer
    state = peer.presence.peers[device_name(1)]
    assert peer.news.lacks_from(state, Duration(0)) == []


def test_live_peers_are_caught_up_with_in_turn() -> None:
    """Every five seconds with the next one; with nobody while nobody is live."""
    town = meet()
    town.pass_time(16 * SECOND, 250 * MILLISECOND)
    turns = [action.device_id for action in only(town.nodes[0].told, FetchEntries)]
    assert set(turns) == {device_name(1), device_name(2)}
    assert len(turns) == 3


def test_announcing_alone_sends_nothing() -> None:
    """A roster of one has nobody to tell."""
    town = Town(1)
    town.end(0, KEY, claim_name(1), "admit")
    town.tick(SECOND)
    assert town.net == []


def test_entry_that_ends_nothing_is_told_as_well() -> None:
    """Journals are passed on whole."""
    town = meet(2)
    node = town.nodes[0]
    note = node.store.journal(node.journal.write(NoteBody("a", "b")))
    town.perform(node, node.peer.announce([note], town.now))
    town.deliver_all()
    assert note in town.nodes[1].store.entries.values()


def test_lost_tail_of_the_own_journal_is_learned_from_peers() -> None:
    """A device whose disk lied gets back what it signed."""
    town = meet(2)
    lost = Journal(0, boot=7).scan(KEY, ClaimId("lost"))
    (save,) = only(town.nodes[0].peer.learn([lost], town.now), Save)
    assert isinstance(save.changes[0], Keep)
    assert [use.claim_id for use in town.nodes[0].peer.book.uses(KEY)] == ["lost"]


def test_device_that_left_the_roster_is_told_apart_after_a_while_and_until_it_is_back() -> None:
    """An honest one may have been deciding when it left; a start begins the wait anew."""
    town, patience = meet(2), DEFAULTS.gone_patience
    node, other = town.nodes[0], device_name(1)
    town.claim(1, KEY, claim_name(1))
    town.deliver_all()
    town.cut.add(frozenset({0, 1}))
    alone = make_roster(1, sequence=2)

    def has_left_after(duration: Duration) -> bool:
        town.pass_time(duration, SECOND)
        return node.peer.news.has_left(other, town.now)

    assert not has_left_after(2 * patience), "it is in the roster, silent or not"
    node.peer.set_roster(alone, town.now)
    assert not has_left_after(Duration(patience - SECOND))
    assert has_left_after(SECOND)
    assert node.peer.book.promised((other, claim_name(1))), "and its claim is as open as before"
    node.peer.set_roster(make_roster(2, sequence=3), town.now)
    assert not node.peer.news.has_left(other, town.now)
    node.peer.set_roster(msgspec.structs.replace(alone, sequence=4), town.now)
    assert not has_left_after(Duration(patience - SECOND))
    assert has_left_after(SECOND)
    node.roster = alone
    node.start()
    assert not has_left_after(Duration(patience - SECOND))
    assert has_left_after(2 * SECOND)
