"""An evening at a till's window: its cashiers, a supervisor, and what its journal says after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Qt

from gatekeeper.presenters.till.state import TillStep
from shared.credential.badges_and_pins import hash_badge, hash_pin
from shared.journal.chain import decode_body, decode_entry
from shared.journal.sale_body import SaleBody
from shared.journal.shift_body import ShiftBody
from shared.journal.withdrawal_body import WithdrawalBody
from shared.manifest.event_config import SupervisorConfig
from shared.sales.cashier_rights import CashierRights
from tests.factories.gate_event import ORGANIZATION
from tests.factories.till_bench import BADGE, RIGHTS, Bench, cashier
from tests.factories.till_house import TillHouse, make_market
from tests.fakes.entropy import SeededEntropy

PIN = "483920"
CHIEF_BADGE = "GKB1-ABCDE-FGHJK-MNPQR"
CHIEF = SupervisorConfig(
    id="sv_0123456789ab",
    name="Jo",
    pin_hash=hash_pin(PIN, SeededEntropy("jo")),
    badge_hash=hash_badge(CHIEF_BADGE, ORGANIZATION),
)
OTHER_BADGE = "GKC1-NOOR-AT-THE-TILL"
MAY_MUCH = CashierRights(
    sell=True, open_drawer=True, refund_minor=100_000, paid_out=True, discount_percent=20
)
Body = SaleBody | ShiftBody | WithdrawalBody
OpenBench = Callable[..., Bench]


def make_house(folder: Path, rights: CashierRights = RIGHTS) -> TillHouse:
    server = make_market(granted=40)
    server.office.config = msgspec.structs.replace(server.office.config, supervisors=(CHIEF,))
    server.publish()
    server.cashiers = (cashier(rights), cashier(RIGHTS, "Noor", OTHER_BADGE))
    return TillHouse(folder, server)


def bodies_of(bench: Bench) -> list[Body]:
    """Close the window, and return what its journal says of money and tickets."""
    return [one for one in all_of(bench) if isinstance(one, Body)]


def all_of(bench: Bench) -> list[Any]:
    """Close the window, and return all that its journal says."""
    bench.flow.stop()

    async def read() -> list[Any]:
        session = await bench.house.open()
        try:
            journal = session.store.journal
            entries = journal.read(1, journal.last_seq)
            return [decode_body(decode_entry(signed.entry)) for _, signed in entries]
        finally:
            await session.close()

    return asyncio.run(read())


def sell(bench: Bench, *codes: int) -> None:
    """Sell for exact cash, and forget the taps."""
    for code in codes:
        bench.tap(f"type:{code}")
    bench.tap("cash")
    bench.tap(bench.window.page.quick.keys[0])
    bench.wait(TillStep.DONE)
    bench.taps = 0


def allow(bench: Bench) -> None:
    """Scan the supervisor's badge and key in the PIN."""
    bench.wait(TillStep.ALLOW)
    bench.scan(CHIEF_BADGE)
    bench.wait(TillStep.PIN)
    bench.press(*(Qt.Key(Qt.Key.Key_0 + int(sign)) for sign in PIN), Qt.Key.Key_Return)


def start_again(open_bench: OpenBench, bench: Bench, badge: str = BADGE) -> Bench:
    """Stop a till, start it again over what is on its disk, and sign in."""
    bench.flow.stop()
    again = open_bench(house=bench.house)
    again.scan(badge)
    return again


def rows_of(bench: Bench) -> list[str]:
    """Return what the lines at the right say."""
    grid = bench.window.page.rows
    return [grid.button(key).text() for key in grid.keys]
