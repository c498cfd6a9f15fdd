"""Which entries of gates in touch the judge of the venue's network holds against them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

from shared.kernel.id_types import TicketId
from simulator.checkers.lan import check_lan
from simulator.judging.evidence import Evidence

GATES = ("gate01", "gate02")


def judge(dishonest: str, *modes: str) -> list[str]:
    """Judge one entry of a ticket for one at each gate, all of them in touch."""
    scans, passages = [], []
    for node, mode in zip(GATES, modes, strict=True):
        answer = SimpleNamespace(seq=1, is_repeat=False)
        peers = frozenset(GATES) - {node}
        scans.append(
            SimpleNamespace(
                number=1,
                node=node,
                answer=answer,
                began=0,
                peers=peers,
                heard=peers,
                reachable=peers,
            )
        )
        body = SimpleNamespace(mode=mode, ticket_id=TicketId(7), direction="in", count=1)
        held = SimpleNamespace(entry=SimpleNamespace(seq=1))
        passages.append(SimpleNamespace(node=node, held=held, body=body, is_taken_back=False))
    evidence = SimpleNamespace(
        scenario=SimpleNamespace(hello_every=1),
        history=SimpleNamespace(scans=scans),
        passages=passages,
        dishonest=dishonest,
        persons_of=lambda _: 1,
    )
    return list(check_lan(cast("Evidence", evidence)))


def test_peers_word_counts_at_gates_that_reach_the_ledger() -> None:
    """Also where the other gate is a dishonest relay: who was let in by peers asked them all."""
    assert judge("", "lan", "online")
    assert judge("gate01", "lan", "online")


def test_who_says_falsely_that_the_ledger_has_an_entry_is_deceived_itself() -> None:
    """What it lets in by the peers' word alone counts as at any other gate."""
    assert not judge("gate02", "lan", "online")
    assert judge("gate02", "lan", "lan")
