"""Claims that are put to the ledger through a peer that reaches it."""

from __future__ import annotations

import pytest

from shared.kernel.ed25519 import is_valid
from shared.kernel.id_types import ClaimId, TicketId
from shared.lan.actions import PutToLedger, Send
from shared.lan.claims import HoldState
from shared.lan.envelope import DATAGRAM_SIZE_MAX
from shared.lan.ignored_messages import Ignored
from shared.lan.messages import (
    RELAY_CONTEXT,
    ClaimAsk,
    ClaimRelay,
    Relayed,
)
from tests.unit.shared.lan.talk import dropped, make_claim, meet, only, say
from tests.unit.shared.lan.town import BUDGET, Town
from tests.unit.shared.lan.venue import claim_name, device_key, device_name, gate_name, right


def give_uplink(town: Town, number: int) -> None:
    """Let a gate reach the ledger, and everybody hear of it."""
    town.nodes[number].peer.has_uplink = True
    town.meet()


def test_claim_goes_to_the_ledger_through_a_peer_that_reaches_it() -> None:
    """With the claimant's signature; the claim settles when the ledger has answered."""
    town = meet()
    give_uplink(town, 2)
    town.claim(0, right(TicketId(1)), claim_name(1), request=b'{"code": "1"}')
    town.deliver_all()
    assert town.nodes[0].settled == {}
    (put,) = only(town.nodes[2].told, PutToLedger)
    assert (put.device_id, put.claim_id, put.request) == (
        device_name(0),
        claim_name(1),
        b'{"code": "1"}',
    )
    assert is_valid(device_key(0).public_key, put.signature, RELAY_CONTEXT, put.request)
    town.perform(
        town.nodes[2], town.nodes[2].peer.relayed(put.device_id, put.claim_id, b'{"v": 1}')
    )
    town.deliver_all()
    settlement = town.nodes[0].settled[claim_name(1)]
    assert settlement.has_quorum
    assert settlement.ledger == b'{"v": 1}'


def test_claim_does_not_wait_longer_than_its_budget_for_the_ledger() -> None:
    """The peers' word stands without it."""
    town = meet(2)
    give_uplink(town, 1)
    town.claim(0, right(TicketId(1)), claim_name(1), request=b"{}")
    town.pass_time(BUDGET)
    settlement = town.nodes[0].settled[claim_name(1)]
    assert (settlement.has_quorum, settlement.ledger) == (True, b"")


def test_request_that_fits_no_datagram_is_not_relayed() -> None:
    """A long foreign code waits for nobody."""
    town = meet(2)
    give_uplink(town, 1)
    town.claim(0, right(TicketId(1)), claim_name(1), request=b"x" * 2_000)
    town.deliver_all()
    assert town.nodes[0].settled[claim_name(1)].has_quorum


def test_peer_that_lost_its_uplink_says_so() -> None:
    """The claimant need not wait."""
    town = meet(2)
    give_uplink(town, 1)
    town.nodes[1].peer.has_uplink = False
    town.claim(0, right(TicketId(1)), claim_name(1), request=b"{}")
    town.deliver_all()
    assert town.nodes[0].settled[claim_name(1)].ledger == b""


def test_relay_that_the_claimant_did_not_sign_is_refused() -> None:
    """The ledger would not believe it either."""
    town = meet(2)
    town.nodes[1].peer.has_uplink = True
    say(town, 0, 1, ClaimAsk(make_claim(1, 0), b""))
    assert only(say(town, 0, 1, ClaimRelay(claim_name(1), b"{}", bytes(64))), PutToLedger) == []
    assert dropped(town.nodes[1], Ignored.MALFORMED) == 1


def test_each_open_claim_is_put_to_the_ledger_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A false gate cannot use a peer to flood the server."""
    monkeypatch.setattr("shared.lan.asking_and_answering_claims._NOTED_MAX", 1)
    town = meet(2)
    town.nodes[1].peer.has_uplink = True
    signature = device_key(0).sign(RELAY_CONTEXT, b"{}")
    puts = []
    for number in (1, 1, 2):
        say(town, 0, 1, ClaimAsk(make_claim(number, 0), b""))
        relay = ClaimRelay(claim_name(number), b"{}", signature)
        puts += only(say(town, 0, 1, relay), PutToLedger)
    puts += only(
        say(town, 0, 1, ClaimRelay(ClaimId("never asked"), b"{}", signature)), PutToLedger
    )
    assert [put.claim_id for put in puts] == [claim_name(1), claim_name(2)]
    assert dropped(town.nodes[1], Ignored.STALE) == 2


def test_ledgers_answer_that_fits_no_datagram_counts_as_none() -> None:
    """It can be no answer of ours."""
    town = meet(2)
    (send,) = only(town.nodes[1].peer.relayed(device_name(0), ClaimId("c"), bytes(5_000)), Send)
    assert len(send.datagram) < DATAGRAM_SIZE_MAX


def test_relayed_answer_is_taken_from_the_relay_alone() -> None:
    """Another peer's is stale, and so is a second one."""
    town = meet()
    give_uplink(town, 2)
    town.claim(0, right(TicketId(1)), claim_name(1), request=b"{}")
    say(town, 1, 0, Relayed(claim_name(1), b"false"))
    say(town, 2, 0, Relayed(ClaimId("unknown"), b"false"))
    assert dropped(town.nodes[0], Ignored.STALE) == 2


def test_uses_that_the_asker_knows_are_not_told_again() -> None:
    """Once in their journals, old uses cost nothing on the wire."""
    town = meet(2)
    town.end(0, right(TicketId(1)), ClaimId("old"), "admit")
    town.deliver_all()
    town.claim(1, right(TicketId(1)), claim_name(1))
    town.deliver_all()
    assert town.nodes[1].settled[claim_name(1)].holds == ()
    assert town.decide(1, claim_name(1)) == "deny"


def test_gate_of_the_holder_is_told() -> None:
    """The loser's screen names the gate that the ticket was used at."""
    town = meet()
    town.cut = {frozenset({0, 2})}
    town.end(2, right(TicketId(1)), ClaimId("old"), "admit")
    town.deliver_all()
    town.claim(0, right(TicketId(1)), claim_name(1))
    town.pass_time(BUDGET)
    (hold,) = town.nodes[0].settled[claim_name(1)].holds
    assert (hold.gate_id, hold.state) == (gate_name(2), HoldState.USED)
