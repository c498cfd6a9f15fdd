"""Shifts arrive with the journal: booked, folded anew, and held against what the till said."""

from __future__ import annotations

import csv
import io
from typing import Any

import msgspec
import pytest

from server.reconciliation.findings import ConflictKind
from shared.journal.sale_body import SaleBody, SaleLine, SalePayment, SoldTicket
from shared.journal.shift_body import ShiftAct, ShiftBody
from shared.kernel.currencies import write_plain
from shared.kernel.id_types import DeviceId, EventId, TicketId
from shared.manifest.badge_signatures import BadgeScope, shift_word, sign_word
from shared.sales.shift_totals import DrawerEntry, ShiftFold, fold_shift
from tests.factories.evacuations import Chief
from tests.factories.journal_writing import GateDevice
from tests.factories.ledger_office import LedgerOffice
from tests.factories.sales_till import PRICE, Till
from tests.factories.strength import sized
from tests.unit.shared.sales.test_shift_totals import Evening, close

SHIFT = "0a" * 16
ON_SQLITE = pytest.mark.parametrize("published", ["sqlite"], indirect=True)
"""For what no database says otherwise."""
DECIMALS = sized([("JPY", 0), ("KWD", 3)], [("JPY", 0), ("EUR", 2), ("KWD", 3)])
"""Currencies, and how many decimals each has; every other test has euros."""


class Drawer:
    """A till's drawer: its entries are folded here as the till folds them."""

    def __init__(self, office: LedgerOffice, device: GateDevice, shift_id: str = SHIFT) -> None:
        self.office, self.device, self.shift_id = office, device, shift_id
        self.number = 0
        self.entries: list[DrawerEntry] = []

    @property
    def path(self) -> str:
        return f"{self.office.owner.path}/devices/{self.device.id}/shifts/{self.shift_id}"

    def act(self, act: ShiftAct, amount: int = 0, **more: Any) -> None:
        self.number += 1
        body = ShiftBody(
            shift_id=self.shift_id,
            number=self.number,
            act=act,
            amount_minor=amount,
            currency="EUR",
            cashier="ca_mara",
        )
        self.add(msgspec.structs.replace(body, **more))

    def add(self, body: ShiftBody | SaleBody) -> None:
        self.device.journal.add(body, self.office.event_id, self.office.now)
        seq = len(self.device.journal.entries)
        self.entries.append(DrawerEntry(seq, self.office.event_id, body))

    def fold(self) -> ShiftFold:
        fold = fold_shift(self.entries)
        assert fold is not None
        return fold

    def close(self, counted: int, z_number: int = 1, **more: Any) -> None:
        self.act(ShiftAct.COUNT, counted)
        more = {"sums": self.fold().sums()} | more
        self.act(ShiftAct.CLOSE, counted, z_number=z_number, **more)

    async def sync(self) -> list[str]:
        answer = await self.office.exchanged(self.device, self.device.journal.entries)
        return [one.status for one in answer.answers]

    async def report(self) -> dict[str, Any]:
        found: dict[str, Any] = await self.office.office.ok("GET", self.path, self.office.owner)
        return found

    async def sheet(self) -> list[dict[str, str]]:
        answer = await self.office.office.call("GET", f"{self.path}/csv", self.office.owner)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/csv")
        return list(csv.DictReader(io.StringIO(answer.text)))

    async def conflicts(self) -> list[str]:
        return sorted(one["kind"] for one in await self.office.conflicts())


@pytest.fixture
async def drawer(ledger_office: LedgerOffice) -> Drawer:
    return Drawer(ledger_office, await ledger_office.enrol(role="till"))


def minor(report: dict[str, Any], figure: str, of: str = "") -> int:
    (found,) = [
        one["amount_minor"]
        for one in report["figures"]
        if (one["figure"], one["of"]) == (figure, of)
    ]
    assert isinstance(found, int)
    return found


@ON_SQLITE
async def test_shift_is_listed_while_it_is_open_and_with_its_z_report_after(
    drawer: Drawer,
) -> None:
    """Whose drawer, what was counted, and the hash that the printout names."""
    office = drawer.office
    drawer.act(ShiftAct.OPEN, 20_000)
    drawer.act(ShiftAct.DROP, 5_000)
    assert set(await drawer.sync()) <= {"stored", "known"}
    (listed,) = (await office.office.ok("GET", f"{office.owner.path}/shifts", office.owner))[
        "items"
    ]
    assert (listed["state"], listed["cashier"]) == ("open", "ca_mara")
    assert minor(await drawer.report(), "expected", "cash") == 15_000
    drawer.act(ShiftAct.HAND_OVER, 14_990, receiver="ca_ben")
    drawer.close(14_980, left_minor=10_000, terminal_minor=0, cashier="ca_ben", why="short")
    drawer.act(ShiftAct.APPROVE, z_number=1, authorized_by="sv_jo")
    await drawer.sync()
    report = await drawer.report()
    shift = report["shift"]
    assert (shift["state"], shift["z_number"], shift["cashier"]) == ("closed", 1, "ca_ben")
    assert (shift["counted_minor"], shift["difference_minor"]) == (14_980, -20)
    assert (shift["left_minor"], shift["terminal_minor"], shift["why"]) == (10_000, 0, "short")
    assert (shift["approved_by"], shift["is_doubted"]) == ("", False)
    assert [one["act"] for one in report["countings"]] == ["hand_over", "count", "close"]
    assert report["countings"][0]["difference_minor"] == -10
    signed = drawer.device.journal.entries[-2]
    assert shift["entry_hash"] == signed.hash.hex()
    assert await drawer.conflicts() == ["act_unsigned"], "nobody's badge has approved it"


@ON_SQLITE
async def test_z_report_orders_and_sheet_of_real_sales_agree_to_the_cent(
    ledger_office: LedgerOffice,
) -> None:
    """The till's figures, the fold here, the CSV, and the orders that were booked of its sales."""
    till = Till(ledger_office, await ledger_office.enrol(role="till"))
    await till.open()
    drawer = Drawer(ledger_office, till.device)
    drawer.act(ShiftAct.OPEN, 10_000)
    for number in range(1, 8):
        ticket = till.mint(number)
        tender = "card" if number % 3 == 0 else "cash"
        body = sale(drawer, number, (ticket,), tender)
        drawer.add(body)
    drawer.close(10_000 + 5 * PRICE)
    await drawer.sync()
    assert await drawer.conflicts() == []
    report = await drawer.report()
    orders = await ledger_office.office.ok(
        "GET", f"{ledger_office.path}/orders", ledger_office.owner
    )
    sold = [one["total_minor"] for one in orders["items"] if one["channel"] == "box_office"]
    assert sum(sold) == minor(report, "gross") == 7 * PRICE
    assert minor(report, "tender_net", "card") == 2 * PRICE
    assert report["shift"]["difference_minor"] == 0
    await agree(drawer, report)


@ON_SQLITE
async def test_receipts_of_a_tills_row_that_are_missing_or_there_twice_are_named(
    ledger_office: LedgerOffice,
) -> None:
    """Once for each Z report, also where one is missing between two of them, or at the end."""
    till = Till(ledger_office, await ledger_office.enrol(role="till"))
    await till.open()
    drawer = Drawer(ledger_office, till.device)
    ticket, told, found = 0, [], []
    for z_number, receipts in enumerate(
        ((1, 2), (), (3, 4), (6, 7, 10**12), (5, 10**12 + 1), (10**12 + 2,)), start=1
    ):
        drawer.shift_id = f"{z_number:032x}"
        drawer.act(ShiftAct.OPEN)
        for receipt in receipts:
            ticket += 1
            body = sale(drawer, receipt, (till.mint(ticket),), "card")
            drawer.add(msgspec.structs.replace(body, sale_id=f"{ticket:032x}"))
        drawer.entries = [one for one in drawer.entries if _is_of(one, drawer.shift_id)]
        drawer.close(0, z_number=z_number)
        await drawer.sync()
        found = await ledger_office.conflicts()
        assert {one["kind"] for one in found} <= {"shift_missing"}
        told.append(len(found))
    assert told == [0, 0, 0, 1, 2, 2]
    details = sorted(one["detail"].split("row: ")[1] for one in found)
    assert details == [
        "5 given twice; look for what was sold under them",
        f"5, 8 to {10**12 - 1} missing; look for what was sold under them",
    ]


def _is_of(entry: DrawerEntry, shift_id: str) -> bool:
    return getattr(entry.body, "shift_id", "") == shift_id


def sale(drawer: Drawer, number: int, tickets: tuple[SoldTicket, ...], tender: str) -> SaleBody:
    total = PRICE * len(tickets)
    return SaleBody(
        sale_id=f"{number:032x}",
        receipt_number=number,
        currency="EUR",
        total_minor=total,
        tender=tender,
        tickets=tickets,
        lines=(SaleLine(ticket_type_code=1, count=len(tickets), unit_minor=PRICE),),
        payments=(SalePayment(kind=tender, amount_minor=total),),
        shift_id=drawer.shift_id,
    )


async def agree(drawer: Drawer, report: dict[str, Any], currency: str = "EUR") -> None:
    """See that the sheet has every figure of the report, with the currency's decimals."""
    sheet = await drawer.sheet()
    by_name = {(row["figure"], row["of"]): row for row in sheet}
    for one in report["figures"]:
        row = by_name[one["figure"], one["of"]]
        assert row["count"] == ("" if one["count"] is None else str(one["count"]))
        if one["amount_minor"] is not None:
            assert row["amount_minor"] == str(one["amount_minor"])
            assert row["amount"] == write_plain(one["amount_minor"], currency)
    assert by_name["counted", ""]["amount_minor"] == str(report["shift"]["counted_minor"])


@ON_SQLITE
@pytest.mark.parametrize(("currency", "decimals"), DECIMALS)
async def test_random_evening_is_folded_here_as_the_till_has_folded_it(
    drawer: Drawer, currency: str, decimals: int
) -> None:
    """Sales, voids, refunds, drops and moved tenders of every tender and rate."""
    evening = Evening(17 + decimals, currency, decimals)
    evening.play(sized(15, 60))
    expected = fold_shift(evening.entries)
    assert expected is not None
    fold = close(evening, max(0, expected.expected_minor))
    seqs = []
    for entry in evening.entries[:-1]:
        assert entry.body is not None
        seqs.append(put(drawer, entry))
    ours = fold_shift(
        DrawerEntry(seq, drawer.office.event_id, entry.body)
        for seq, entry in zip(seqs, evening.entries, strict=False)
    )
    assert ours is not None
    assert isinstance(fold.closed, ShiftBody)
    last = msgspec.structs.replace(fold.closed, sums=ours.sums())
    put(drawer, DrawerEntry(0, "", last))
    drawer.shift_id = fold.shift_id
    await drawer.sync()
    report = await drawer.report()
    assert report["shift"]["is_doubted"] is False
    assert minor(report, "expected", "cash") == expected.expected_minor
    assert minor(report, "gross") == expected.sums().gross_minor
    assert ConflictKind.Z_DIFFERS not in await drawer.conflicts()
    await agree(drawer, report, currency)


def put(drawer: Drawer, entry: DrawerEntry) -> int:
    assert entry.body is not None
    drawer.device.journal.add(entry.body, drawer.office.event_id, drawer.office.now)
    return len(drawer.device.journal.entries)


@ON_SQLITE
async def test_z_report_that_says_less_than_its_entries_is_named(drawer: Drawer) -> None:
    """A till whose program was changed pockets a sale; its own entries give it away."""
    drawer.act(ShiftAct.OPEN, 10_000)
    drawer.act(ShiftAct.PAID_IN, 4_800)
    honest = drawer.fold().sums()
    lie = msgspec.structs.replace(honest, paid_in_minor=0, expected_minor=10_000, entry_count=3)
    drawer.close(10_000, sums=lie)
    await drawer.sync()
    (conflict,) = await drawer.office.conflicts()
    assert conflict["kind"] == ConflictKind.Z_DIFFERS
    assert "expected_minor 10000, not 14800" in conflict["detail"]
    report = await drawer.report()
    assert report["shift"]["is_doubted"] is True
    assert report["shift"]["difference_minor"] == -4_800, "what is booked is what the entries say"


@pytest.mark.either_database
async def test_missing_and_repeated_numbers_are_named(drawer: Drawer) -> None:
    """A Z report that was kept back leaves a gap that nobody can fill with another."""
    drawer.act(ShiftAct.OPEN, 0)
    drawer.close(0, z_number=3)
    await drawer.sync()
    (conflict,) = await drawer.office.conflicts()
    assert conflict["kind"] == ConflictKind.SHIFT_MISSING
    assert "Z report 1 to 2" in conflict["detail"]
    other = Drawer(drawer.office, drawer.device, "0b" * 16)
    other.number = drawer.number + 1
    other.entries = []
    other.act(ShiftAct.OPEN, 0)
    other.number = 0
    other.act(ShiftAct.PAID_IN, 5)
    await other.sync()
    details = sorted(one["detail"] for one in await drawer.office.conflicts())
    assert any("given twice" in detail for detail in details)
    assert any("act 4 of this till" in detail for detail in details)


@ON_SQLITE
async def test_act_that_no_badge_of_its_supervisor_has_signed_is_named(drawer: Drawer) -> None:
    """By name alone nobody has allowed anything; a cashier who may, and a badge that signs, do."""
    office = drawer.office
    chief = await Chief.appoint(office)
    mara = {"name": "Mara", "rights": {"sell": True, "paid_out": True}}
    path = f"{office.owner.path}/cashiers"
    made = await office.office.ok("POST", path, office.owner, json=mara)
    drawer.act(ShiftAct.OPEN, 10_000)
    drawer.act(ShiftAct.PAID_OUT, 100, authorized_by=made["cashier"]["id"])
    speaker = BadgeScope(
        office.owner.organization_id, office.event_id, DeviceId(drawer.device.id), chief.person
    )
    word = shift_word(
        speaker,
        shift_id=drawer.shift_id,
        number=drawer.number + 1,
        act=ShiftAct.PAID_OUT,
        amount_minor=200,
        currency="EUR",
    )
    signature = sign_word(chief.key, word)
    drawer.act(ShiftAct.PAID_OUT, 200, authorized_by=chief.person, signature=signature)
    await drawer.sync()
    assert await drawer.conflicts() == []
    drawer.act(ShiftAct.PAID_OUT, 300, authorized_by=chief.person)
    drawer.act(ShiftAct.PAID_OUT, 900, authorized_by=chief.person, signature=signature)
    drawer.act(ShiftAct.PAID_OUT, 400, authorized_by="sv_nobody")
    await drawer.sync()
    assert await drawer.conflicts() == ["act_unsigned"] * 3
    drawer.act(ShiftAct.PAID_OUT, 500, authorized_by="ca_made_since_the_copy")
    await drawer.sync()
    said = [one["detail"] for one in await office.conflicts()]
    assert sum("that a supervisor has allowed it" in one for one in said) == 3
    (named,) = [one for one in said if "cashier ca_made_since_the_copy has allowed" in one]
    assert "badge" not in named, "no cashier's badge ever signs an act"


@ON_SQLITE
async def test_z_report_bears_a_supervisors_name_only_where_that_badge_has_signed(
    drawer: Drawer,
) -> None:
    """Who only is said to have closed or approved it does not stand there, nor hides who has."""
    office = drawer.office
    chief = await Chief.appoint(office)
    drawer.act(ShiftAct.OPEN, 10_000)
    drawer.close(10_000, authorized_by=chief.person)
    await drawer.sync()
    speaker = BadgeScope(
        office.owner.organization_id, office.event_id, DeviceId(drawer.device.id), chief.person
    )
    word = shift_word(
        speaker,
        shift_id=drawer.shift_id,
        number=drawer.number + 2,
        act=ShiftAct.APPROVE,
        amount_minor=0,
        currency="EUR",
    )
    signature = sign_word(chief.key, word)
    said = []
    for person, signed in ((chief.person, b""), (chief.person, signature), ("sv_nobody", b"")):
        drawer.act(ShiftAct.APPROVE, z_number=1, authorized_by=person, signature=signed)
        await drawer.sync()
        shift = (await drawer.report())["shift"]
        said.append((shift["closed_by"], shift["approved_by"]))
    assert said == [("", ""), ("", chief.person), ("", chief.person)]
    assert await drawer.conflicts() == ["act_unsigned"] * 3


@pytest.mark.either_database
async def test_drawer_of_a_device_that_is_no_till_is_in_no_books(
    drawer: Drawer, till: Till
) -> None:
    """A stolen gate's key signs a drawer that is short of millions; a till of before has its own.

    What a till did before it became a gate may come after that.
    """
    office = drawer.office
    gate = Drawer(office, await office.enrol(role="gate"))
    former = Drawer(till.office, till.device, "0b" * 16)
    path = f"{office.owner.path}/devices/{till.device.id}/assignment"
    assigned = {"role": "gate", "event_id": office.event_id}
    await office.office.ok("PUT", path, office.owner, json=assigned)
    for one in (gate, former):
        one.act(ShiftAct.OPEN, 10**9)
        one.close(1)
        assert set(await one.sync()) <= {"stored", "known"}
    listed = (await office.office.ok("GET", f"{office.owner.path}/shifts", office.owner))["items"]
    assert [one["shift_id"] for one in listed] == [former.shift_id]
    assert await gate.conflicts() == ["sold_out_of_range"]


@ON_SQLITE
async def test_second_opening_and_an_act_without_opening_are_named(drawer: Drawer) -> None:
    """A till that has lost its folder forgets its shift; the office does not."""
    drawer.act(ShiftAct.OPEN, 500)
    drawer.shift_id = "0c" * 16
    drawer.act(ShiftAct.DROP, 5)
    drawer.act(ShiftAct.OPEN, 500)
    await drawer.sync()
    assert await drawer.conflicts() == [ConflictKind.SHIFT_MISSING] * 2
    listed = await drawer.office.office.ok(
        "GET",
        f"{drawer.office.owner.path}/shifts?device_id={drawer.device.id}&limit=1",
        drawer.office.owner,
    )
    assert len(listed["items"]) == 1
    rest = await drawer.office.office.ok(
        "GET",
        f"{drawer.office.owner.path}/shifts?after={listed['next']}",
        drawer.office.owner,
    )
    assert [one["state"] for one in (*listed["items"], *rest["items"])] == ["open", "open"]


async def test_entries_that_come_twice_or_in_pieces_book_a_shift_once(drawer: Drawer) -> None:
    """Retries are what a bad line makes of every upload."""
    drawer.act(ShiftAct.OPEN, 100)
    await drawer.sync()
    await drawer.sync()
    drawer.act(ShiftAct.PAID_IN, 1)
    drawer.close(101)
    await drawer.sync()
    assert set(await drawer.sync()) == {"known"}
    report = await drawer.report()
    assert (report["shift"]["difference_minor"], report["entry_count"]) == (0, 3)
    assert await drawer.conflicts() == []


@ON_SQLITE
async def test_shift_of_a_till_without_an_event_is_booked_as_well(
    ledger_office: LedgerOffice,
) -> None:
    """The drawer is counted before the organizer has assigned the till."""
    drawer = Drawer(ledger_office, await ledger_office.enrol(role="till"))
    drawer.number = 1
    body = ShiftBody(shift_id=SHIFT, number=1, act=ShiftAct.OPEN, amount_minor=7, currency="EUR")
    drawer.device.journal.add(body, EventId(""), ledger_office.now)
    lost = msgspec.structs.replace(body, number=5, act=ShiftAct.PAID_IN)
    drawer.device.journal.add(lost, EventId(""), ledger_office.now)
    await drawer.sync()
    assert minor(await drawer.report(), "expected", "cash") == 14
    assert await drawer.conflicts() == [ConflictKind.SHIFT_MISSING]


@ON_SQLITE
async def test_a_sale_that_a_close_left_unfinished_is_named_by_the_report(drawer: Drawer) -> None:
    """A card that was charged without a sale stood in the till's entry, where nobody reads it."""
    drawer.act(ShiftAct.OPEN, 0)
    drawer.close(0, open_sales=("7c" * 16,))
    await drawer.sync()
    for figures in ((await drawer.report())["figures"], await drawer.sheet()):
        assert [one["of"] for one in figures if one["figure"] == "open_sale"] == ["7c" * 16]


@ON_SQLITE
async def test_a_tills_own_words_are_no_formulas_in_a_sheet(drawer: Drawer) -> None:
    """A hostile till names a tender so that a spreadsheet would run it."""
    drawer.act(ShiftAct.OPEN, 0)
    ticket = SoldTicket(
        ticket_id=TicketId(1),
        ticket_type_code=1,
        generation=0,
        key_id=1,
        manual_code=1,
        valid_from=None,
        valid_until=None,
        price_minor=5,
    )
    bad = msgspec.structs.replace(sale(drawer, 1, (ticket,), "=1+1"), total_minor=5)
    bad = msgspec.structs.replace(
        bad, payments=(SalePayment(kind="=1+1", amount_minor=5),), lines=()
    )
    drawer.add(bad)
    await drawer.sync()
    tenders = {row["of"] for row in await drawer.sheet() if row["figure"] == "tender_sales"}
    assert tenders == {"'=1+1"}


@ON_SQLITE
async def test_unknown_shift_is_not_found_and_others_are_not_seen(drawer: Drawer) -> None:
    """Neither by another organization, nor by a wrong id."""
    drawer.act(ShiftAct.OPEN, 0)
    await drawer.sync()
    call, owner = drawer.office.office.call, drawer.office.owner
    assert (await call("GET", drawer.path + "ff", owner)).status_code == 404
    other = await drawer.office.office.person()
    foreign = drawer.path.replace(owner.path, other.path)
    assert (await call("GET", foreign, other)).status_code == 404
    listed = await drawer.office.office.ok("GET", f"{other.path}/shifts", other)
    assert listed["items"] == []
    wrong = await call("GET", f"{owner.path}/shifts?after=nothing", owner)
    assert wrong.status_code in {400, 422}
