"""Files that judge the invariants of the design; each looks at the evidence and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from simulator.checkers.accused_clocks import check_accused_clocks
from simulator.checkers.alone import check_alone
from simulator.checkers.board import check_board
from simulator.checkers.books import check_books
from simulator.checkers.capacity import check_capacity
from simulator.checkers.clock import check_clocks
from simulator.checkers.connected import check_connected
from simulator.checkers.convergence import check_convergence
from simulator.checkers.counts import check_counts
from simulator.checkers.drawers import check_drawers
from simulator.checkers.durability import check_durability
from simulator.checkers.forgery import check_forgery
from simulator.checkers.guests import check_guests
from simulator.checkers.homes import check_homes
from simulator.checkers.hostile import check_hostile
from simulator.checkers.journals import check_journals
from simulator.checkers.lan import check_lan
from simulator.checkers.parked import check_parked
from simulator.checkers.predicted import check_predictions
from simulator.checkers.prices import check_prices
from simulator.checkers.promotion_codes import check_codes
from simulator.checkers.refused import check_refused
from simulator.checkers.reissues import check_reissues
from simulator.checkers.relaying import check_relaying
from simulator.checkers.sales import check_sales
from simulator.checkers.tenancy import check_tenancy
from simulator.checkers.voids import check_voids
from simulator.checkers.vouchers import check_vouchers
from simulator.checkers.whereabouts import check_whereabouts
from simulator.checkers.withdrawn import check_withdrawn
from simulator.judging.evidence import Evidence, Violation

Check = Callable[[Evidence], Iterator[str]]

CHECKS: Final[dict[str, Check]] = {
    "I1": check_forgery,
    "I2": check_durability,
    "I3": check_journals,
    "I4": check_connected,
    "I5": check_lan,
    "I6": check_alone,
    "capacity": check_capacity,
    "homes": check_homes,
    "I7": check_convergence,
    "I8": check_voids,
    "reissues": check_reissues,
    "I9": check_sales,
    "prices": check_prices,
    "drawers": check_drawers,
    "books": check_books,
    "withdrawn": check_withdrawn,
    "vouchers": check_vouchers,
    "codes": check_codes,
    "guests": check_guests,
    "parked": check_parked,
    "I10": check_tenancy,
    "clock": check_clocks,
    "accused": check_accused_clocks,
    "hostile": check_hostile,
    "relay": check_relaying,
    "model": check_predictions,
    "refused": check_refused,
    "whereabouts": check_whereabouts,
    "counts": check_counts,
    "board": check_board,
}


def judge(evidence: Evidence) -> list[Violation]:
    """Run every checker."""
    return [Violation(name, text) for name, check in CHECKS.items() for text in check(evidence)]
