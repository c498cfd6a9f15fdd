"""Saying something: one number for all receivers, a code for each."""

from __future__ import annotations

from shared.kernel.id_types import ClaimId, DeviceId
from shared.lan.envelope import is_authentic, open_frame, read_datagram
from shared.lan.lan_timeouts_and_limits import LanSettings
from shared.lan.messages import Fetch, Relayed
from shared.lan.own_identity import OwnMessages
from shared.lan.presence import Presence
from shared.lan.roster import RosterDevice
from tests.factories.house import EVENT
from tests.unit.shared.lan.venue import (
    device_key,
    device_name,
    make_identity,
    make_roster,
)


def make_own_messages() -> tuple[OwnMessages, Presence]:
    """Return device 0 among three, of which one has a useless key."""
    me = make_identity(0)
    roster = make_roster(3)
    useless = RosterDevice(device_id=DeviceId("dv_useless"), public_key=bytes(32))
    roster = type(roster)(1, EVENT, 2, 5, (*roster.devices, useless))
    presence = Presence(me.device_id, me.key, roster, LanSettings())
    return OwnMessages(me, presence), presence


def test_message_has_one_number_and_a_code_for_each_receiver() -> None:
    """Whom the roster does not know, or with whom no key is shared, gets nothing."""
    own_messages, presence = make_own_messages()
    names = [device_name(1), device_name(2), "dv_useless", "dv_gone"]
    sends = own_messages.say(Relayed(ClaimId("c"), b""), names)
    assert [send.to for send in sends] == names[:2]
    assert {read_datagram(send.datagram).counter for send in sends} == {1}
    assert {read_datagram(send.datagram).version for send in sends} == {(2, 5)}
    for send in sends:
        assert is_authentic(send.datagram, presence.peers[send.to].key)


def test_frame_is_signed() -> None:
    """By the device's own key."""
    own_messages, _ = make_own_messages()
    frame = own_messages.seal_frame(Fetch((), ()))
    assert open_frame(frame, device_key(0).public_key, EVENT).sender == device_name(0)
