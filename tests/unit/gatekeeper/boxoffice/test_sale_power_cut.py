"""Power cuts at each step of a sale: whole, or not at all, or shown as open with what to do."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.store.chain_check import verify_journal
from shared.sales.sale_refusals import SaleReason
from tests.factories.gate_event import STANDARD
from tests.factories.strength import sized
from tests.factories.till_house import (
    REDUCED,
    TillHouse,
    adds_up,
    basket,
    card,
    cash,
    make_market,
    sales_of,
)
from tests.fakes.card_terminal import CardTerminal
from tests.fakes.power_cut_disk import PowerCut, PowerCutDisk, Switch

GRANTED = 40
POINTS = (
    "sale.before_commit",
    "sale.committed",
    "sale_open.before_commit",
    "sale_open.committed",
    "sale_dropped.before_commit",
    "sale_dropped.committed",
    "sale_given_up.before_commit",
    "sale_given_up.committed",
)
RUNS_PER_POINT = sized(6, 25)


async def sell_until_cut(till: GateSession, chance: random.Random, sold: list[str]) -> None:
    """Sell what comes until the power is gone."""
    while True:
        tenders = chance.choice(
            [(cash(),), (cash(20_000),), (card(),), (card(1_000), cash()), (card(900), card())]
        )
        wanted = ((STANDARD, chance.randint(1, 3)), (REDUCED, 1))
        answer = await till.till.sell(basket(*wanted, tenders=tenders))
        if answer.sale is not None:
            sold.append(answer.sale.sale_id)
        elif answer.open_sale is not None:
            await resolve(till, answer.open_sale.sale_id, chance)
        elif answer.reason is SaleReason.GRANT_USED_UP:
            raise PowerCut


async def resolve(till: GateSession, sale_id: str, chance: random.Random) -> None:
    """Do what the open sale says."""
    book = till.till.open_sales
    open_sale = book.find(sale_id)
    if open_sale is not None and open_sale.unknown is not None:
        await book.ask_again(sale_id)
    elif chance.random() < 0.5:
        await book.finish(sale_id, (cash(),))
    else:
        await book.give_up(sale_id)


@pytest.mark.parametrize("point", POINTS)
async def test_sale_is_whole_or_none_or_open_wherever_the_power_goes(
    tmp_path: Path, point: str
) -> None:
    """What the terminal has charged is what sales and open sales say; no receipt is missing."""
    server = make_market(granted=GRANTED)
    behaviours = ["pay", "pay", "lose", "silent", "decline"]
    house = TillHouse(tmp_path, server)
    first = await house.open()
    await first.sync_once()
    await first.close()
    server.is_cut = True
    for seed in range(RUNS_PER_POINT):
        chance = random.Random(f"{point}:{seed}")
        house.terminal = CardTerminal(chance.choices(behaviours, k=60))
        switch = Switch(point, chance.randint(1, 3))
        disk = disk_of(tmp_path)
        till = await house.open(switch, disk=disk)
        switch.is_armed = True
        sold: list[str] = []
        with pytest.raises(PowerCut):
            await sell_until_cut(till, chance, sold)
        again = await house.open(disk=disk.cut(seed))
        house.terminal.behaviour.clear()
        await check_and_settle(again, house.terminal, sold, chance)
        report = verify_journal(
            again.store.journal.read,
            again.store.journal.boots,
            again.profile.device_id,
            house.paired.public_key,
        )
        assert report.problems == ()
        await again.close()


def disk_of(folder: Path) -> PowerCutDisk:
    """Copy a profile's folder to a disk whose power can be cut."""
    disk = PowerCutDisk()
    for path in folder.rglob("*"):
        if path.is_file():
            disk.write(path.relative_to(folder).as_posix(), path.read_bytes())
    return disk


async def check_and_settle(
    till: GateSession, terminal: CardTerminal, sold: list[str], chance: random.Random
) -> None:
    """Look at what is left after the cut, do what open sales say, and look again."""
    assert set(sold) <= {sale.sale_id for sale in sales_of(till)}
    check_stock(till)
    for _ in range(6):
        for open_sale in till.till.open_sales.list_open():
            await resolve(till, open_sale.sale_id, chance)
    assert till.till.open_sales.list_open() == ()
    check_stock(till)
    sales = sales_of(till)
    assert all(adds_up(sale) for sale in sales)
    assert [sale.receipt_number for sale in sales] == list(range(1, len(sales) + 1))
    by_card = sum(p.amount_minor for sale in sales for p in sale.payments if p.kind == "card")
    assert by_card == sum(terminal.charged.values())
    assert len(terminal.asked) == len(set(terminal.asked))


def check_stock(till: GateSession) -> None:
    """Each ticket of the grant is sold, held, or still to be sold."""
    held = [
        line for open_sale in till.till.open_sales.list_open() for line in open_sale.basket.lines
    ]
    sold = [line for sale in sales_of(till) for line in sale.lines]
    for code in (STANDARD, REDUCED):
        gone = sum(line.count for line in (*held, *sold) if line.ticket_type_code == code)
        assert till.till.left(code) == GRANTED - gone
    ids = [ticket.ticket_id for sale in sales_of(till) for ticket in sale.tickets]
    assert len(ids) == len(set(ids))
