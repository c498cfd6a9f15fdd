"""Baskets that were put aside stay, whatever becomes of the till, until one takes them up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from gatekeeper.boxoffice.till_requests import SellRequest
from simulator.boxoffice.record import BoxOfficeRecord
from simulator.judging.evidence import Evidence

Baskets = dict[tuple[str, str], SellRequest]
"""By till and id."""


def check_parked(evidence: Evidence) -> Iterator[str]:
    """Yield each basket that is lost or altered, or was had twice, and each sale of another."""
    office = evidence.till_office
    if office is None:
        return
    record = office.record
    aside = {(one.node, one.parked_id): one.basket for one in record.aside if one.parked_id}
    left = {(node, name): said for node, own in office.parked.items() for name, said in own}
    yield from _had(record, aside, left)
    yield from _left(record, aside, left)
    sold = {(node, sale.sale_id): sale for node, _, sale in evidence.sales}
    for one in record.taken_up:
        sale = sold.get((one.node, one.sale_id))
        if sale is None or one.basket is None:
            continue
        wanted, given = Counter[int](), Counter[int]()
        for line in one.basket.lines:
            wanted[line.ticket_type_code] += line.count
        for part in sale.lines:
            given[part.ticket_type_code] += part.count
        if wanted != given:
            yield f"{one.node} receipt {sale.receipt_number}: {wanted} were taken up, {given} sold"


def _had(record: BoxOfficeRecord, aside: Baskets, left: Baskets) -> Iterator[str]:
    """Yield what somebody was given who had not put it aside so, or who was not the only one."""
    had = Counter[tuple[str, str]]()
    for one in record.taken_up:
        key = (one.node, one.parked_id)
        if one.basket is None:
            continue
        had[key] += 1
        if one.basket != aside.get(key, one.basket):
            yield f"{key}: {aside[key]} was put aside, and {one.basket} is taken up"
    for key, times in had.items():
        if times > 1 or key in left:
            yield f"{key}: it was taken up {times} times, and {key in left} that it lies there"


def _left(record: BoxOfficeRecord, aside: Baskets, left: Baskets) -> Iterator[str]:
    """Yield what nobody asked for and is not there, and what is there and nobody put aside.

    Where the till stopped before it said anything, nobody knows an id.
    """
    asked = {(one.node, one.parked_id) for one in record.taken_up}
    for key, basket in aside.items():
        if key not in asked and left.get(key) != basket:
            yield f"{key}: {basket} was put aside, and {left.get(key)} lies there"
    unheard = [(one.node, one.basket) for one in record.aside if not one.parked_id]
    for key, basket in left.items():
        if key not in aside and (key[0], basket) not in unheard:
            yield f"{key}: nobody has put {basket} aside"
