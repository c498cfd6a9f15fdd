"""Who is live: proven both ways, in the present boot, by fresh messages."""

from __future__ import annotations

import msgspec
import pytest

from shared.kernel.id_types import DeviceId
from shared.kernel.instant import SECOND, Duration
from shared.lan.envelope import LAN_VERSION, Envelope
from shared.lan.ignored_messages import Ignored
from shared.lan.lan_timeouts_and_limits import LanSettings
from shared.lan.messages import Hello, MessageKind
from shared.lan.presence import Budget, PeerState, Presence
from shared.lan.roster import RosterDevice
from tests.factories.house import EVENT
from tests.unit.shared.lan.venue import device_key, device_name, make_identity, make_roster

SETTINGS = LanSettings()
MY_BOOT = b"my--boot"
BOOT = b"boot---1"
LATER_BOOT = b"boot---2"
MUTUAL = Hello(MY_BOOT, True, 5)


def make_peer() -> PeerState:
    """Return device 1 as device 0 sees it at first."""
    return PeerState(make_roster(2).devices[1], device_key(0))


def make_envelope(
    counter: int = 1,
    *,
    boot: bytes = BOOT,
    born: int = 10,
    kind: str = MessageKind.HELLO,
    epoch: int = 1,
) -> Envelope:
    """Return an envelope of device 1."""
    return Envelope(
        v=LAN_VERSION,
        event_id=EVENT,
        epoch=epoch,
        roster=1,
        sender=device_name(1),
        boot=boot,
        born=born,
        counter=counter,
        kind=kind,
        body=b"",
    )


def test_peer_is_live_when_it_echoes_this_boot_and_answers_it() -> None:
    """One such hello is enough, for the window's length."""
    peer = make_peer()
    assert not peer.is_live(Duration(0), SETTINGS.live_window)
    assert peer.take_hello(make_envelope(), MUTUAL, MY_BOOT, Duration(0)) == (True, True)
    assert peer.is_live(3 * SECOND, SETTINGS.live_window)
    assert not peer.is_live(Duration(3 * SECOND + 1), SETTINGS.live_window)


@pytest.mark.parametrize("hello", [Hello(b"", False, 0), Hello(b"oldboot-", True, 0)])
def test_new_boot_is_not_confirmed_by_a_hello_that_may_be_old(hello: Hello) -> None:
    """A recorded hello cannot know this gate's random boot."""
    peer = make_peer()
    assert peer.take_hello(make_envelope(), hello, MY_BOOT, Duration(0)) == (False, True)
    assert peer.boot is None


def test_peer_that_hears_but_does_not_answer_yet_is_not_live() -> None:
    """It is greeted back, so that it can confirm this gate."""
    peer = make_peer()
    unsure = Hello(MY_BOOT, False, 0)
    assert peer.take_hello(make_envelope(1), unsure, MY_BOOT, Duration(0)) == (True, True)
    assert not peer.is_live(Duration(0), SETTINGS.live_window)
    assert peer.take_hello(make_envelope(2), unsure, MY_BOOT, Duration(0)) == (True, True)
    assert peer.take_hello(make_envelope(3), MUTUAL, MY_BOOT, Duration(0)) == (True, False)
    assert peer.is_live(Duration(0), SETTINGS.live_window)


def test_peer_that_says_goodbye_is_not_live() -> None:
    """Nobody waits for a gate that was switched off properly."""
    peer = make_peer()
    peer.take_hello(make_envelope(1), MUTUAL, MY_BOOT, Duration(0))
    leaving = msgspec.structs.replace(MUTUAL, is_leaving=True)
    assert peer.take_hello(make_envelope(2), leaving, MY_BOOT, Duration(0)) == (True, False)
    assert not peer.is_live(Duration(0), SETTINGS.live_window)


def test_peer_that_hears_us_no_more_is_not_live() -> None:
    """Hearing it is not enough."""
    peer = make_peer()
    peer.take_hello(make_envelope(1), MUTUAL, MY_BOOT, Duration(0))
    peer.take_hello(make_envelope(2), Hello(b"", False, 0), MY_BOOT, Duration(0))
    assert peer.is_heard(Duration(0), SETTINGS.live_window)
    assert not peer.is_live(Duration(0), SETTINGS.live_window)


def test_overtaken_hello_does_not_bring_back_what_was() -> None:
    """Only the newest hello says how things are."""
    peer = make_peer()
    peer.take_hello(make_envelope(1), MUTUAL, MY_BOOT, Duration(0))
    peer.take_hello(make_envelope(3), Hello(b"", False, 7, has_uplink=True), MY_BOOT, Duration(0))
    peer.take_hello(make_envelope(2), MUTUAL, MY_BOOT, Duration(0))
    assert (peer.answers_me, peer.has_uplink, peer.dseq) == (False, True, 7)


def test_restarted_peer_replaces_its_boot_and_the_old_one_never_returns() -> None:
    """Boots are ordered by birth; a recorded hello of an earlier one is refused."""
    peer = make_peer()
    peer.take_hello(make_envelope(5), MUTUAL, MY_BOOT, Duration(0))
    later = make_envelope(1, boot=LATER_BOOT, born=20)
    assert peer.screen(later, (1, 1)) is None
    assert not peer.is_old(later, Duration(0))
    peer.take_hello(later, MUTUAL, MY_BOOT, Duration(0))
    assert peer.boot == LATER_BOOT
    assert peer.is_old(make_envelope(6), Duration(0))


SILENCE = Duration(SETTINGS.live_window + 1)


def answering(number: int) -> Hello:
    """Return a mutual hello that answers one of this gate's."""
    return msgspec.structs.replace(MUTUAL, answers=number)


def test_peer_whose_folder_was_put_back_is_met_again_once_it_answers_what_was_yet_to_be_said() -> (
    None
):
    """Neither echo nor answers of before prove that its hello is no recording."""
    peer = make_peer()
    peer.take_hello(make_envelope(5, boot=LATER_BOOT, born=20), MUTUAL, MY_BOOT, Duration(0))
    older = make_envelope(6)
    assert peer.is_old(older, SETTINGS.live_window)
    assert not peer.is_old(older, SILENCE)
    said = 30
    assert peer.take_hello(older, answering(30), MY_BOOT, SILENCE, said) == (False, True)
    again = make_envelope(7)
    assert peer.take_hello(again, answering(30), MY_BOOT, SILENCE, said + 1) == (False, True)
    assert not peer.is_live(SILENCE, SETTINGS.live_window)
    last = make_envelope(8)
    assert peer.take_hello(last, answering(31), MY_BOOT, SILENCE, said + 1) == (True, True)
    assert peer.boot == BOOT
    assert peer.is_live(SILENCE, SETTINGS.live_window)


def test_boot_that_an_older_one_has_replaced_is_as_doubtful_as_that_was() -> None:
    """A hello of it may be a recording, too."""
    peer = make_peer()
    lost = make_envelope(5, boot=LATER_BOOT, born=20)
    peer.take_hello(lost, MUTUAL, MY_BOOT, Duration(0))
    peer.take_hello(make_envelope(6), answering(0), MY_BOOT, SILENCE, 30)
    peer.take_hello(make_envelope(7), answering(31), MY_BOOT, SILENCE, 31)
    assert peer.is_old(make_envelope(6, boot=LATER_BOOT, born=20), SILENCE)
    later = Duration(2 * SILENCE)
    recorded = make_envelope(6, boot=LATER_BOOT, born=20)
    assert peer.take_hello(recorded, answering(31), MY_BOOT, later, 40) == (False, True)
    assert peer.boot == BOOT


def test_silence_that_ends_is_no_time_to_answer_in() -> None:
    """What was said before the peer was heard again is not what a later silence asks for."""
    peer = make_peer()
    peer.take_hello(make_envelope(5, boot=LATER_BOOT, born=20), MUTUAL, MY_BOOT, Duration(0))
    peer.take_hello(make_envelope(6), answering(0), MY_BOOT, SILENCE, 30)
    peer.take(make_envelope(6, boot=LATER_BOOT, born=20), SILENCE)
    later = Duration(3 * SILENCE)
    assert peer.take_hello(make_envelope(7), answering(31), MY_BOOT, later, 50) == (False, True)


@pytest.mark.parametrize(
    ("envelope", "drop"),
    [
        (make_envelope(5, kind=MessageKind.ASK), Ignored.REPLAYED),
        (make_envelope(5), Ignored.REPLAYED),
        (make_envelope(6, kind=MessageKind.ASK, epoch=2), Ignored.WRONG_EPOCH),
        (make_envelope(6, epoch=2), None),
        (make_envelope(6, kind=MessageKind.ASK), None),
        (make_envelope(6, boot=LATER_BOOT, born=20, kind=MessageKind.ASK), Ignored.UNCONFIRMED),
    ],
)
def test_message_is_screened_before_its_code_is_checked(
    envelope: Envelope, drop: Ignored | None
) -> None:
    """Repeated, of another epoch, or of a boot that nobody confirmed."""
    peer = make_peer()
    peer.take_hello(make_envelope(5), MUTUAL, MY_BOOT, Duration(0))
    assert peer.screen(envelope, (1, 1)) is drop


def test_message_keeps_a_peer_heard_and_is_taken_once() -> None:
    """Anything fresh counts as a sign of life."""
    peer = make_peer()
    peer.take_hello(make_envelope(5), MUTUAL, MY_BOOT, Duration(0))
    ask = make_envelope(6, kind=MessageKind.ASK)
    peer.take(ask, 2 * SECOND)
    assert peer.screen(ask, (1, 1)) is Ignored.REPLAYED
    assert peer.is_live(5 * SECOND, SETTINGS.live_window)


def test_replies_have_a_bound() -> None:
    """Two gates cannot greet each other in a storm."""
    peer = make_peer()
    replies = [peer.may_reply(Duration(0), SETTINGS) for _ in range(SETTINGS.replies_max + 1)]
    assert replies == [True] * SETTINGS.replies_max + [False]
    assert peer.may_reply(SETTINGS.hello_every, SETTINGS)


def test_words_are_taken_in_a_burst_and_then_a_trickle() -> None:
    """A peer that calls every ticket taken is soon no longer believed."""
    budget = Budget(SETTINGS.word_every, SETTINGS.words_max)
    assert budget.spend(SETTINGS.words_max, Duration(0))
    assert not budget.spend(1, Duration(SETTINGS.word_every - 1))
    assert budget.spend(1, SETTINGS.word_every)
    assert not budget.spend(1, SETTINGS.word_every)
    budget.refund()
    assert budget.spend(1, SETTINGS.word_every)


def test_peer_with_a_useless_key_shares_none() -> None:
    """The roster's signer erred; nothing from that device is authentic."""
    assert (
        PeerState(
            RosterDevice(device_id=DeviceId("dv_x"), public_key=bytes(32)), device_key(0)
        ).key
        == b""
    )


def make_presence(count: int = 3, number: int = 0) -> Presence:
    """Return what device n knows of a roster."""
    me = make_identity(number)
    return Presence(me.device_id, me.key, make_roster(count), SETTINGS)


def test_presence_knows_all_others_of_the_roster() -> None:
    """Itself it knows only by its key."""
    presence = make_presence()
    assert list(presence.peers) == [device_name(1), device_name(2)]
    assert device_name(0) in presence.keys


def test_device_that_is_not_in_the_roster_has_no_peers() -> None:
    """A revoked gate claims with nobody."""
    assert make_presence(3, number=7).peers == {}


def test_new_roster_keeps_who_stays_and_forgets_who_left() -> None:
    """What is known of a peer survives, unless its key changed."""
    presence = make_presence()
    stays = presence.peers[device_name(1)]
    roster = make_roster(2, sequence=2)
    presence.set_roster(roster)
    assert list(presence.peers) == [device_name(1)]
    assert presence.peers[device_name(1)] is stays
    changed = msgspec.structs.replace(roster.devices[1], public_key=device_key(9).public_key)
    presence.set_roster(msgspec.structs.replace(roster, devices=(roster.devices[0], changed)))
    assert presence.peers[device_name(1)] is not stays


def test_live_lists_the_live() -> None:
    """And nobody else."""
    presence = make_presence()
    presence.peers[device_name(2)].take_hello(make_envelope(), MUTUAL, MY_BOOT, Duration(0))
    assert presence.live(Duration(0)) == [device_name(2)]
    assert presence.live(4 * SECOND) == []


def test_greeting_echoes_what_was_heard_and_says_whether_it_is_confirmed() -> None:
    """To a stranger nothing, to an unconfirmed boot its name, to a live one a confirmation."""
    presence = make_presence()
    peer = presence.peers[device_name(1)]
    assert presence.greet(peer, Duration(0)) == (b"", False)
    assert presence.greet(peer, Duration(0), BOOT) == (BOOT, False)
    peer.take_hello(make_envelope(), MUTUAL, MY_BOOT, Duration(0))
    assert presence.greet(peer, Duration(0)) == (BOOT, True)
    assert presence.greet(peer, Duration(0), BOOT) == (BOOT, True)
    assert presence.greet(peer, Duration(0), LATER_BOOT) == (LATER_BOOT, False)
    assert presence.greet(peer, 4 * SECOND) == (b"", False)
