"""A till with an open shift and a gate, spoken to by lines; in the sample prepared once."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

import gatekeeper.boxoffice.withdrawing
import gatekeeper.device.refund_and_exchange_parts
from gatekeeper.device.refund_and_exchange_parts import lines_of
from server.settings import Settings
from shared.kernel.instant import SECOND
from tests.factories.journal_writing import GateDevice
from tests.factories.ledger_office import (
    LedgerOffice,
    Template,
    copy_published,
    open_ledger_office_again,
)
from tests.factories.strength import Strength
from tests.factories.wired_gates import WiredGate, open_again, open_gate

RIGHTS = {"sell": True, "refund_minor": 100_000}
_PATIENCE = 600 * SECOND
_CLAIMS = 1_000
"""Before the counter was prepared: what a test draws is not what was drawn then."""


@dataclass
class PreparedOffice(LedgerOffice):
    """An office whose counter is prepared: its programs lie at rest in a folder.

    Attributes:
        counter: Where they lie.
        devices: The till and the gate.
        cashier: Who has opened the shift.
    """

    counter: Path = Path()
    devices: tuple[GateDevice, ...] = ()
    cashier: str = ""


class Counter:
    """A connected till that is spoken to by lines, and a gate."""

    def __init__(
        self, office: LedgerOffice, till: WiredGate, gate: WiredGate, cashier: str
    ) -> None:
        self.office, self.till, self.gate = office, till, gate
        self.cashier = cashier
        self.lines = lines_of(till.session)

    async def say(self, **line: Any) -> dict[str, Any]:
        """Send a request as the cashier's."""
        return await self.lines.answer(json.dumps({"cashier": self.cashier} | line).encode())

    async def ok(self, **line: Any) -> dict[str, Any]:
        """Send one that has to be done."""
        answer = await self.say(**line)
        assert answer["ok"], answer
        return answer

    async def sell(self, code: int, kind: str = "cash") -> dict[str, Any]:
        """Sell one ticket."""
        sold = await self.ok(sell=[{"type": code}], tenders=[{"kind": kind}])
        ticket: dict[str, Any] = sold["tickets"][0]
        return ticket

    async def owed(self, order: dict[str, Any]) -> int:
        """Return what is owed back of an order."""
        office = self.office
        path = f"{office.path}/orders/{order['id']}/payments"
        account = await office.office.ok("GET", path, office.owner)
        owed: int = account["owed_minor"]
        return owed

    async def close(self) -> None:
        """Close both programs."""
        for device in (self.till, self.gate):
            await device.session.close()

    async def orders(self) -> list[dict[str, Any]]:
        """Return the box office's orders."""
        office = self.office
        found = await office.office.ok("GET", f"{office.path}/orders", office.owner)
        return [one for one in found["items"] if one["channel"] == "box_office"]


async def add_type(office: LedgerOffice, name: str, price: int) -> int:
    """Sell another type at tills; returns its code."""
    made = await office.office.ok(
        "POST",
        f"{office.path}/ticket-types",
        office.owner,
        json={"name": name, "price_minor": price},
    )
    code: int = made["code"]
    return code


async def open_counter(office: LedgerOffice, folder: Path) -> Counter:
    """Open a till with a shift, and a gate."""
    if isinstance(office, PreparedOffice):
        till, gate = [await _open_prepared(office, folder, one) for one in office.devices]
        till.session.keep_drawer()
        return Counter(office, till, gate, office.cashier)
    body = {"name": "Mara", "rights": RIGHTS}
    made = await office.office.ok("POST", f"{office.owner.path}/cashiers", office.owner, json=body)
    till = await open_gate(office, folder, 0, role="till")
    gate = await open_gate(office, folder, 0)
    till.session.keep_drawer()
    for device in (till, gate):
        await device.sync()
    counter = Counter(office, till, gate, made["cashier"]["id"])
    await counter.ok(shift="open", amount_minor=10_000)
    return counter


async def open_synced_till(office: LedgerOffice, folder: Path) -> WiredGate:
    """Open a till that has synced; a prepared one keeps no drawer, unless it is told to."""
    if isinstance(office, PreparedOffice):
        return await _open_prepared(office, folder, office.devices[0])
    till = await open_gate(office, folder, 0, role="till")
    await till.sync()
    return till


async def _open_prepared(office: PreparedOffice, folder: Path, device: GateDevice) -> WiredGate:
    place = folder / device.id
    shutil.copytree(office.counter / device.id, place)
    return await open_again(office, place, deepcopy(device))


async def _prepare(settings: Settings, office: LedgerOffice, folder: Path) -> PreparedOffice:
    """Open a counter and leave it."""
    earlier = replace(office, claims=office.claims + _CLAIMS)
    async with open_ledger_office_again(settings, earlier) as opened:
        counter = await open_counter(opened, folder)
        await counter.till.sync()
        await counter.close()
    known = {name: getattr(opened, name) for name in opened.__dataclass_fields__}
    return PreparedOffice(
        **known | {"claims": office.claims},
        counter=folder,
        devices=(counter.till.device, counter.gate.device),
        cashier=counter.cashier,
    )


@pytest.fixture(scope="session")
def prepared_counter(
    published_sqlite: Template, tmp_path_factory: pytest.TempPathFactory
) -> Template:
    """Give a SQLite file with a published event and its counter, to be copied."""
    folder = tmp_path_factory.mktemp("counter")
    settings, office = copy_published(published_sqlite, folder)
    prepared = asyncio.run(_prepare(settings, office, folder))
    return Template(str(folder / "gatekeeper.db"), folder / "secrets", prepared)


@pytest.fixture
def published(
    request: pytest.FixtureRequest, published: tuple[Settings, LedgerOffice]
) -> tuple[Settings, LedgerOffice]:
    """Give a published event, on SQLite in the sample with a counter that `open_counter` opens."""
    settings, _ = published
    if Strength.is_whole or not settings.database.startswith("sqlite"):
        return published
    template: Template = request.getfixturevalue("prepared_counter")
    shutil.copyfile(template.place, settings.data_folder / "gatekeeper.db")
    return settings, template.office


@pytest.fixture
async def counter(
    ledger_office: LedgerOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Counter]:
    """Open a till with a shift, and a gate; on a busy machine it waits as long as it takes."""
    for module in (gatekeeper.device.refund_and_exchange_parts, gatekeeper.boxoffice.withdrawing):
        monkeypatch.setattr(module, "REFUND_BUDGET", _PATIENCE)
    made = await open_counter(ledger_office, tmp_path)
    yield made
    await made.close()
