"""What arrives on the venue's own network: datagrams and frames of streams."""

from __future__ import annotations

from typing import Final

from shared.kernel.id_types import DeviceId
from shared.kernel.instant import SECOND
from shared.lan.actions import Action, Send
from shared.lan.envelope import open_frame, read_frame
from shared.lan.messages import Fetch, Mark, decode_body
from soak.fuzz.mutate import Dice
from soak.fuzz.target import Target
from tests.factories.house import EVENT
from tests.unit.shared.lan.town import Node
from tests.unit.shared.lan.venue import device_key, make_roster

_MADE: Final = 40
"""Genuine datagrams that are spoilt."""


def venue_targets() -> list[Target]:
    """List what reads messages of other gates."""
    roster = make_roster(2)
    here, there = Node(0, roster), Node(1, roster)
    sent = _greet(here, there)
    frames = [
        there.peer.own_messages.seal_frame(Fetch((Mark(DeviceId(there.name), b"b" * 8, 3),)))
    ]
    genuine = set(sent)

    def read_datagram(datagram: bytes) -> str:
        dropped = sum(here.peer.dropped.values())
        actions = here.peer.receive(datagram, 10 * SECOND)
        was_taken = sum(here.peer.dropped.values()) == dropped
        if was_taken and datagram not in genuine:
            return f"an altered datagram was taken: {actions!r:.200}"
        return ""

    def read_stream(frame: bytes) -> str:
        envelope, _ = read_frame(frame)
        opened = open_frame(frame, device_key(1).public_key, EVENT)
        decode_body(opened.kind, envelope.body)
        return "" if frame in frames else f"an altered frame was opened: {frame!r:.100}"

    return [
        Target(
            name="datagram",
            weight=3,
            draw=lambda dice: _draw(dice, sent),
            read=read_datagram,
        ),
        Target(
            name="frame",
            weight=1,
            draw=lambda dice: dice.spoil(dice.random.choice(frames), frames),
            read=read_stream,
        ),
    ]


def _draw(dice: Dice, sent: list[bytes]) -> bytes:
    spoilt = dice.spoil(dice.random.choice(sent), sent)
    return dice.random.choice(sent) if dice.random.random() < 0.01 else spoilt


def _greet(here: Node, there: Node) -> list[bytes]:
    """Let two gates meet, and return genuine datagrams from the other that come too late."""
    now = SECOND
    for _ in range(4):
        for sender, receiver in ((there, here), (here, there)):
            for datagram in _datagrams(sender.peer.tick(now), receiver.name):
                for answer in _datagrams(receiver.peer.receive(datagram, now), sender.name):
                    sender.peer.receive(answer, now)
        now += SECOND
    made = []
    for number in range(_MADE):
        hold = there.peer.own_messages.say(
            Fetch((Mark(DeviceId(there.name), b"b" * 8, number),)), [here.name]
        )
        made += [send.datagram for send in hold]
        made += _datagrams(there.peer.tick(now), here.name)
        now += SECOND
    assert made, "the other gate says something"
    return made


def _datagrams(actions: list[Action], to: str) -> list[bytes]:
    return [one.datagram for one in actions if isinstance(one, Send) and one.to == to]
