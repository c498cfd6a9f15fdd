"""What tests of claims let gates say to each other."""

from __future__ import annotations

from typing import TypeVar

from shared.kernel.id_types import GateId, TicketId
from shared.lan.actions import Action
from shared.lan.claims import Claim
from shared.lan.ignored_messages import Ignored
from shared.lan.messages import (
    Body,
)
from tests.factories.house import DOORS
from tests.unit.shared.lan.town import Node, Town
from tests.unit.shared.lan.venue import claim_name, device_name, right

A = TypeVar("A", bound=Action)


def meet(count: int = 3) -> Town:
    """Return gates that are live to each other."""
    town = Town(count)
    town.meet()
    return town


def say(town: Town, sender: int, to: int, body: Body) -> list[Action]:
    """Let one gate say to another whatever a test likes; give what comes of it."""
    node = town.nodes[to]
    (send,) = town.nodes[sender].peer.own_messages.say(body, [node.name])
    return node.peer.receive(send.datagram, town.now)


def only(actions: list[Action], kind: type[A]) -> list[A]:
    """Pick the actions of one kind."""
    return [action for action in actions if isinstance(action, kind)]


def make_claim(
    number: int = 1, device: int = 1, stamp: int = 1, ticket_id: TicketId = TicketId(1)
) -> Claim:
    """Return a claim of a device for one person."""
    return Claim(
        claim_id=claim_name(number),
        key=right(ticket_id),
        device_id=device_name(device),
        gate_id=GateId(""),
        count=1,
        at=DOORS,
        stamp=stamp,
    )


def dropped(node: Node, drop: Ignored) -> int:
    """Tell how often a gate ignored something for a reason."""
    return node.peer.dropped[drop]
