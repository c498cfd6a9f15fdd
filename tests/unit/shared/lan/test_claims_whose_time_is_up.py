"""A claim whose time is up: first all that has arrived is read, then who asked is counted."""

from __future__ import annotations

import pytest

from shared.kernel.id_types import TicketId
from shared.lan.messages import ClaimAsk
from tests.unit.shared.lan.talk import make_claim, meet, say
from tests.unit.shared.lan.town import BUDGET
from tests.unit.shared.lan.venue import claim_name, device_name, right


def test_claim_whose_time_is_up_waits_until_all_that_has_arrived_is_read() -> None:
    """A machine that stood still reads the answers one by one; what lacks may be the next one."""
    town = meet()
    node = town.nodes[0]
    town.claim(0, right(TicketId(1)), claim_name(1))
    for other in (1, 2):
        town.deliver(next(i for i, (to, _) in enumerate(town.net) if to == other))
    town.now += 2 * BUDGET
    town.deliver(0)
    assert node.settled == {}
    town.deliver(0)
    assert node.settled[claim_name(1)].has_quorum


@pytest.mark.parametrize("number", [0, 1])
def test_claim_whose_time_is_up_counts_who_asked_and_did_not_answer(number: int) -> None:
    """They may have given up as well, before they heard of it: whoever heard the other counts it.

    By the order of claims one of the two would rely on the other's counting it.
    """
    town = meet(2)
    for one in (0, 1):
        town.claim(one, right(TicketId(1)), claim_name(one + 1))
    town.deliver(next(i for i, (to, _) in enumerate(town.net) if to == number))
    town.net.clear()
    town.now += BUDGET
    for node in town.nodes:
        town.perform(node, node.peer.tick(town.now))
    counted = [
        [hold.claim_id for hold in node.settled[claim_name(one + 1)].holds]
        for one, node in enumerate(town.nodes)
    ]
    assert counted[number] == [claim_name(2 - number)]
    assert counted[1 - number] == []


def test_peer_that_only_asks_turns_nobody_away_without_end() -> None:
    """Its ask, unanswered beside, is its unproven word, and good for no more than its others."""
    town = meet(2)
    asker, silent = town.nodes
    asker.peer.presence.peers[device_name(1)].words.spend(asker.settings.words_max - 1, town.now)
    for one in (1, 2):
        town.claim(0, right(TicketId(one)), claim_name(one))
        later = make_claim(10 + one, 1, 1_000 + one, TicketId(one))
        say(town, 1, 0, ClaimAsk(later, b""))
        town.net.clear()
        town.now += BUDGET
        town.perform(asker, asker.peer.tick(town.now))
        town.net.clear()
    counted = [len(asker.settled[claim_name(one)].holds) for one in (1, 2)]
    assert counted == [1, 0]
    assert silent.settled == {}


def test_peer_whose_answer_came_late_is_waited_for_so_long_the_next_time() -> None:
    """Its disk is slow. One that is silent then, or needs longer than that, holds nobody up."""
    town = meet(2)
    asker, most = town.nodes[0], 10 * BUDGET
    waits = []
    for number, took in enumerate((2 * BUDGET, 11 * BUDGET, 3 * BUDGET, None), start=1):
        town.claim(0, right(TicketId(number)), claim_name(number))
        (ask,) = town.net
        town.net.clear()
        for step in (BUDGET, (took or BUDGET) - BUDGET):
            town.now += step
            town.perform(asker, asker.peer.tick(town.now))
        if took is not None:
            town.net[:] = [ask]
            town.deliver(0)
            town.deliver(next(i for i, (to, _) in enumerate(town.net) if to == 0))
        asker.peer.presence.peers[device_name(1)].heard_at = town.now
        waits.append(asker.peer.slowest_answer(town.now, most))
        town.net.clear()
    assert waits == [2 * BUDGET, 0, 3 * BUDGET, 0]
