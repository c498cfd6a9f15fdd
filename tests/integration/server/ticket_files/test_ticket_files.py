"""Many tickets as files: each once, sealed, stopped, gone on with, and fetched."""

from __future__ import annotations

import asyncio
import csv
import io
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import openpyxl
import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import func, select, text

from gatekeeper.readers.decoder_libraries import QR
from server.db.tenancy import SYSTEM
from server.db.unit import Unit
from server.how_long_records_are_kept import TICKET_FILES_KEPT
from server.jobs.enqueuing import enqueue
from server.jobs.models import Job
from server.jobs.runner import JOB_LEASE
from server.mail.order_mail_job import KIND as MAILED
from server.mail.smtp import HANDED
from server.persons.erasing import forget_all_of
from server.ticket_files import routes, wanted_files
from server.ticket_files.models import TicketFile, TicketFilePiece
from server.ticket_files.schemas import TicketFileBody
from server.ticket_files.ticket_file_job import FileWriter
from server.ticketing.finding_and_changing_tickets import lock_tickets
from server.ticketing.withdrawals import WantedWithdrawal, withdraw
from shared.admission.purpose import Purpose
from shared.kernel import ids
from shared.kernel.id_types import EventId, OrganizationId
from shared.kernel.ids import parse_ticket_id
from shared.kernel.instant import HOUR, MINUTE, SECOND
from tests.factories.designs import logo
from tests.factories.dying_worker import Killed
from tests.factories.office import Office, Person, open_office, test_settings
from tests.factories.sent_pictures import in_base64, make_photograph

LONG = "عبد الرحمن بن خالد " * 10
MARK = "Klara Nováková"


class Shop:
    """An event with tickets of two types, and who prints them."""

    def __init__(self, office: Office, owner: Person, event_id: str, kinds: list[str]) -> None:
        self.office, self.owner, self.event_id, self.kinds = office, owner, event_id, kinds
        self.path = f"{owner.path}/events/{event_id}"
        self.orders: list[str] = []
        self.serials: list[str] = []

    async def sell(self, kind: int, count: int, name: str = MARK, payment: str = "paid") -> None:
        """Sell tickets."""
        lines = [{"ticket_type_id": self.kinds[kind], "quantity": count}]
        body = {"lines": lines, "payment": payment, "buyer_name": name}
        made = await self.office.ok("POST", f"{self.path}/orders", self.owner, json=body)
        self.orders.append(made["order"]["id"])
        self.serials += [one["id"] for one in made["tickets"]]

    async def ask(self, **body: Any) -> dict[str, Any]:
        """Have tickets written."""
        path = f"{self.path}/ticket-files"
        return dict(await self.office.ok("POST", path, self.owner, json=body))

    async def read(self, made: dict[str, Any]) -> dict[str, Any]:
        """Say how far it is."""
        path = f"{self.path}/ticket-files/{made['id']}"
        return dict(await self.office.ok("GET", path, self.owner))

    async def work(self) -> None:
        """Let a worker write."""
        await routes.make_runner(self.office.framework.state).work()

    async def fetch(self, made: dict[str, Any]) -> bytes:
        """Fetch what was written."""
        path = f"{self.path}/ticket-files/{made['id']}/content"
        answer = await self.office.call("GET", path, self.owner)
        assert answer.status_code == 200, answer.text
        return answer.content


@pytest.fixture
async def shop(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Shop]:
    """Give a shop whose server writes only when a test says so."""
    monkeypatch.setattr(routes, "TICKET_FILE_POLL_S", 3_600)
    async with open_office(test_settings(sqlite_url, tmp_path)) as office:
        owner = await office.person()
        event_id = EventId(await office.event(owner))
        kinds = [
            await office.ticket_type(owner, event_id, name=name) for name in ("Stehplatz", LONG)
        ]
        made = Shop(office, owner, event_id, kinds)
        await made.sell(0, 3)
        await made.sell(1, 2, LONG)
        yield made


def codes_of(page: Any) -> list[str]:
    """Read the codes of a page back from its pixels."""
    picture = np.asarray(page.render(scale=3).to_pil().convert("L"))
    return [one.text for one in zxingcpp.read_barcodes(picture, formats=QR)]


async def right_codes(shop: Shop) -> set[str]:
    """Return what gates would be shown, ticket by ticket."""
    found = set()
    for serial in shop.serials:
        path = f"{shop.path}/tickets/{serial}/credential"
        found.add((await shop.office.ok("GET", path, shop.owner))["digits"])
    return found


async def test_a_table_has_each_ticket_once_with_the_text_of_its_code(shop: Shop) -> None:
    """As CSV in parts, as one spreadsheet; names where they are wanted, never a formula."""
    await shop.sell(0, 1, '=HYPERLINK("http://evil")')
    made = await shop.ask(form="csv", part_size=4, names=True)
    assert (made["state"], made["total"], made["done"]) == ("writing", 6, 0)
    await shop.work()
    now = await shop.read(made)
    assert (now["state"], now["done"], now["left_out"]) == ("ready", 6, 0)
    assert [one["tickets"] for one in now["parts"]] == [4, 2]
    with zipfile.ZipFile(io.BytesIO(await shop.fetch(made))) as packed:
        texts = [packed.read(name).decode("utf-8-sig") for name in packed.namelist()]
    rows = [row for text in texts for row in csv.DictReader(io.StringIO(text))]
    assert sorted(row["serial"] for row in rows) == sorted(shop.serials)
    assert {row["code"] for row in rows} == await right_codes(shop)
    assert {row["holder"][:5] for row in rows} == {MARK[:5], LONG[:5], "'=HYP"}
    plain = await shop.ask(form="xlsx")
    await shop.work()
    sheet = openpyxl.load_workbook(io.BytesIO(await shop.fetch(plain))).active
    assert sheet is not None
    table = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert {row[1] for row in table[1:]} == await right_codes(shop)
    assert {row[7] for row in table[1:]} <= {None, ""}


async def test_a_key_that_only_reads_tickets_does_not_fetch_their_codes(shop: Shop) -> None:
    """It sees that there is a file, as it sees that there are tickets; the codes let in."""
    path = f"{shop.path}/ticket-files/{(await shop.ask(form='csv'))['id']}"
    await shop.work()
    codes = f"{shop.path}/tickets/{shop.serials[0]}/credential"
    for verb, status in (("read", 403), ("write", 200)):
        body = {"name": "Probe", "scopes": ["tickets:read", f"tickets:{verb}"]}
        made = await shop.office.ok("POST", f"{shop.owner.path}/api-keys", shop.owner, json=body)
        key = {"authorization": f"Bearer {made['key']}"}
        seen = [
            (await shop.office.call("GET", one, headers=key)).status_code
            for one in (path, f"{path}/content", codes)
        ]
        assert seen == [200, status, status]


@pytest.mark.parametrize("layout", ["page", "cut"])
async def test_the_codes_of_a_pdf_are_read_back_from_its_pixels(shop: Shop, layout: str) -> None:
    """Beside names of two hundred letters that run from right to left."""
    made = await shop.ask(form="pdf", layout=layout, names=True, language="ar")
    await shop.work()
    document = pypdfium2.PdfDocument(await shop.fetch(made))
    assert len(document) == (5 if layout == "page" else 1)
    found = [code for page in document for code in codes_of(page)]
    assert len(found) == 5
    assert set(found) == await right_codes(shop)


async def test_a_page_says_from_when_until_when_its_ticket_lets_in(shop: Shop) -> None:
    """As the mail and the till's ticket do."""
    kind = {"name": "Late", "price_minor": 100, "valid_until": "2026-10-25T01:30:00Z"}
    path = f"{shop.path}/ticket-types"
    shop.kinds.append((await shop.office.ok("POST", path, shop.owner, json=kind))["id"])
    await shop.sell(2, 1)
    made = await shop.ask(form="pdf", layout="page", language="en")
    await shop.work()
    pages = [
        " ".join(page.get_textpage().get_text_range().split())
        for page in pypdfium2.PdfDocument(await shop.fetch(made))
    ]
    assert ["Valid until" in one for one in pages].count(True) == 1
    assert any("Valid until Sunday, October 25, 2026, 02:30 (UTC+01:00)" in one for one in pages)


@pytest.mark.parametrize("form", ["png", "svg"])
async def test_pictures_of_codes_are_called_by_their_serials(shop: Shop, form: str) -> None:
    """A ZIP of one part is no ZIP in a ZIP."""
    made = await shop.ask(form=form, which={"ticket_type_ids": [shop.kinds[1]]})
    await shop.work()
    with zipfile.ZipFile(io.BytesIO(await shop.fetch(made))) as packed:
        names = {name.partition(".")[0] for name in packed.namelist()}
        assert {name.partition(".")[2] for name in packed.namelist()} == {form}
    assert names == set(shop.serials[3:])


async def test_what_has_no_credential_is_left_out_and_counted(shop: Shop) -> None:
    """Unpaid, blocked; and what was mailed where the rest is wanted."""
    await shop.sell(0, 1, payment="pending")
    await shop.office.ok(
        "PUT", f"{shop.path}/tickets/{shop.serials[0]}/block", shop.owner, json={"blocked": True}
    )
    made = await shop.ask(form="csv")
    await shop.work()
    now = await shop.read(made)
    assert (now["total"], now["done"], now["left_out"]) == (6, 4, 2)
    async with shop.office.context.write(shop.owner.organization_id) as unit:
        subject = {"event_id": shop.event_id, "order_id": shop.orders[1]}
        await enqueue(unit, MAILED, subject, key="mailed")
    made = await shop.ask(form="csv", which={"unsent": True})
    assert made["total"] == 4
    await shop.work()
    rows = list(csv.DictReader(io.StringIO((await shop.fetch(made)).decode("utf-8-sig"))))
    assert {row["serial"] for row in rows} == set(shop.serials[1:3])


@pytest.mark.parametrize(
    ("outcomes", "is_mailed"),
    [
        ([("done", HANDED)], True),
        ([("done", HANDED), ("waiting", "")], True),
        ([("done", "Nothing to send: the order was cancelled or its buyer erased.")], False),
        ([("done", HANDED), ("dead", "Refused.")], False),
    ],
)
async def test_whose_mail_never_left_is_printed_with_those_that_were_not_mailed(
    shop: Shop, outcomes: list[tuple[str, str]], *, is_mailed: bool
) -> None:
    """A buyer who was erased before it was sent; one of several mails that was refused."""
    async with shop.office.context.write(shop.owner.organization_id) as unit:
        for part, (state, said) in enumerate(outcomes, start=1):
            subject = {"event_id": shop.event_id, "order_id": shop.orders[0], "part": part}
            job = await enqueue(unit, MAILED, subject, key=f"{shop.orders[0]}:wish:{part}")
            job.state, job.said = state, said
    everything = await shop.ask(form="csv")
    made = await shop.ask(form="csv", which={"unsent": True})
    assert (made["total"] < everything["total"]) is is_mailed


async def test_a_ticket_that_was_passed_on_does_not_bear_its_buyers_name(shop: Shop) -> None:
    """Whose it is now nobody has said."""
    event_id, passed = EventId(shop.event_id), parse_ticket_id(shop.serials[0])
    async with shop.office.context.write(shop.owner.organization_id) as unit:
        rows = await lock_tickets(unit, event_id, [passed])
        transfer = WantedWithdrawal(purpose=Purpose.TRANSFER, actor="ca_probe")
        await withdraw(unit, shop.office.feed, event_id, rows, transfer)
    made = await shop.ask(form="csv", names=True)
    await shop.work()
    found = csv.DictReader(io.StringIO((await shop.fetch(made)).decode("utf-8-sig")))
    names = {row["serial"]: row["holder"] for row in found}
    assert names.pop(shop.serials[0]) == ""
    assert all(names.values())


async def test_whoever_dies_leaves_whole_files_and_the_next_goes_on(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each ticket is written once."""
    made = await shop.ask(form="csv", part_size=2)
    write = FileWriter._write_one
    calls = 0

    async def dying(self: FileWriter, *more: Any) -> bool:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise Killed
        return await write(self, *more)

    monkeypatch.setattr(FileWriter, "_write_one", dying)
    with pytest.raises(Killed):
        await shop.work()
    assert (await shop.read(made))["done"] == 2
    shop.office.clock.advance(JOB_LEASE + SECOND)
    await shop.work()
    now = await shop.read(made)
    assert (now["state"], [one["tickets"] for one in now["parts"]]) == ("ready", [2, 2, 1])


async def test_files_that_end_every_worker_are_said_to_have_failed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for what no worker can write."""
    made = await shop.ask(form="csv")

    async def end(_writer: FileWriter, _job: Any) -> Any:
        raise Killed

    monkeypatch.setattr(FileWriter, "do", end)
    for step in [10 * MINUTE] * 3 + [4 * HOUR] * 40:  # more than four days
        with suppress(Killed):
            await shop.work()
        shop.office.clock.advance(step)
    organization_id = shop.owner.organization_id
    shop.owner = await shop.office.person("manager", organization_id=organization_id)
    assert (await shop.read(made))["state"] == "failed"


async def test_files_are_given_up_while_they_are_written_and_end_by_themselves(shop: Shop) -> None:
    """Nothing of them is left, and nothing can be fetched before or after."""
    office, owner = shop.office, shop.owner
    made = await shop.ask(form="csv")
    one = f"{shop.path}/ticket-files/{made['id']}"
    assert (await office.call("GET", f"{one}/content", owner)).status_code == 409
    assert (await office.ok("POST", f"{one}/cancel", owner))["state"] == "cancelled"
    await shop.work()
    assert (await shop.read(made))["done"] == 0
    kept = await shop.ask(form="csv")
    await shop.work()
    await shop.fetch(kept)
    assert (await shop.read(kept))["fetched_at"] is not None
    office.clock.advance(TICKET_FILES_KEPT)
    assert await wanted_files.end_expired(office.context) == 1
    async with office.database.read(org=SYSTEM) as session:
        count = select(func.count()).select_from(TicketFilePiece)
        assert (await session.execute(count)).scalar_one() == 0
        states = (await session.execute(select(TicketFile.state))).scalars().all()
    assert sorted(states) == ["cancelled", "gone"]


async def test_files_at_rest_are_sealed_and_end_with_whom_they_name(shop: Shop) -> None:
    """Whoever has the database alone finds no code in it; an erasure deletes files with names."""
    await shop.ask(form="csv", names=True)
    plain = await shop.ask(form="csv")
    await shop.work()
    async with shop.office.database.read(org=SYSTEM) as session:
        bodies = (await session.execute(select(TicketFilePiece.body))).scalars().all()
    assert all(b"Stehplatz" not in body for body in bodies)
    async with shop.office.context.write(shop.owner.organization_id) as unit:
        assert await wanted_files.forget_named(unit, EventId(shop.event_id)) == 1
    await shop.fetch(plain)


@pytest.mark.parametrize("whom", ["buyer", "holder"])
async def test_files_end_with_the_buyer_or_the_holder_who_is_erased(shop: Shop, whom: str) -> None:
    """By name alone, as the desk does it; what names nobody stays."""
    named, plain = await shop.ask(form="csv", names=True), await shop.ask(form="csv")
    await shop.work()
    place = {"buyer": f"orders/{shop.orders[0]}", "holder": f"tickets/{shop.serials[0]}"}[whom]
    await shop.office.ok("DELETE", f"{shop.path}/{place}/{whom}", shop.owner)
    assert (await shop.read(named))["state"] == "gone"
    await shop.fetch(plain)


@pytest.mark.parametrize("whom", ["buyer", "holder"])
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_an_erasure_of_one_waits_for_a_file_that_is_being_asked_for(
    office: Office, whom: str
) -> None:
    """Else it would look before that file is there, and the file's worker before the name goes."""
    owner = await office.person()
    event_id = EventId(await office.event(owner))
    shop = Shop(office, owner, event_id, [await office.ticket_type(owner, event_id)])
    await shop.sell(0, 1)
    place = {"buyer": f"orders/{shop.orders[0]}", "holder": f"tickets/{shop.serials[0]}"}[whom]
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with office.context.write(owner.organization_id) as unit:
        body = TicketFileBody(form="csv", names=True)
        made = await wanted_files.ask_for_file(unit, event_id, body, actor=owner.user_id)
        erased = asyncio.create_task(office.ok("DELETE", f"{shop.path}/{place}/{whom}", owner))
        is_waiting = False
        while not (is_waiting or erased.done()):
            async with office.database.read(org=SYSTEM) as session:
                is_waiting = bool((await session.execute(waiting)).scalar_one())
    await erased
    assert (await shop.read({"id": made.id}))["state"] == "cancelled"


async def test_a_file_that_was_asked_for_while_an_event_is_erased_ends_with_it(shop: Shop) -> None:
    """It had been written from names that were not forgotten yet, and kept them for a day."""
    begun: list[dict[str, Any]] = []

    @asynccontextmanager
    async def write(organization_id: OrganizationId) -> AsyncIterator[Unit]:
        async with shop.office.context.write(organization_id) as unit:
            yield unit
        if not begun:  # behind the first look, while names stand there
            begun.append(await shop.ask(form="csv", names=True))
            await shop.work()
            assert MARK.encode() in await shop.fetch(begun[0])

    context: Any = SimpleNamespace(write=write)
    gone = await forget_all_of(context, shop.owner.organization_id, EventId(shop.event_id))
    assert gone[0] == len(shop.orders)
    assert (await shop.read(begun[0]))["state"] == "gone"


async def test_there_are_so_many_at_a_time(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """And what is not the event's is named."""
    monkeypatch.setattr(wanted_files, "TICKET_FILES_OPEN_MAX", 1)
    path = f"{shop.path}/ticket-files"
    wrong: dict[str, Any] = {"which": {"ticket_type_ids": ["tt_other"]}}
    answer = await shop.office.call("POST", path, shop.owner, json=wrong)
    assert answer.json()["errors"][0]["field"] == "which.ticket_type_ids"
    wrong = {"which": {"import_id": ids.new_id(ids.IMPORT, shop.office.entropy)}}
    assert (await shop.office.call("POST", path, shop.owner, json=wrong)).status_code == 404
    await shop.ask(form="csv")
    answer = await shop.office.call("POST", path, shop.owner, json={"form": "csv"})
    assert answer.json()["type"].endswith("/quota-exceeded")
    async with shop.office.database.read(org=SYSTEM) as session:
        count = select(func.count()).select_from(Job).where(Job.kind == wanted_files.KIND)
        assert (await session.execute(count)).scalar_one() == 1


@pytest.mark.parametrize("layout", ["page", "cut"])
async def test_files_are_drawn_in_the_design_of_their_event(shop: Shop, layout: str) -> None:
    """On its page, with its pictures, without what it hides; each code is read back."""
    office, owner = shop.office, shop.owner
    made = []
    for content in (logo().body, make_photograph()):
        body = {"content": in_base64(content)}
        made.append(await office.ok("POST", f"{owner.path}/pictures", owner, json=body))
    look = {
        "logo_id": made[0]["id"],
        "picture_id": made[1]["id"],
        "has_band": True,
        "accent": "#7a1f5c",
        "hidden": ["holder", "organization"],
        "note": "No re-entry.",
        "page": "a6",
    }
    await office.ok("PUT", f"{shop.path}/look", owner, json=look)
    asked = await shop.ask(form="pdf", layout=layout, names=True)
    await shop.work()
    document = pypdfium2.PdfDocument(await shop.fetch(asked))
    assert len(document) == (5 if layout == "page" else 1)
    assert {code for page in document for code in codes_of(page)} == await right_codes(shop)
    width = document[0].get_width() * 25.4 / 72
    assert width == pytest.approx(105 if layout == "page" else 210, abs=0.2)
    said = document[0].get_textpage().get_text_range()
    assert MARK.split(maxsplit=1)[0] not in said
    assert ("No re-entry." in said) is (layout == "page")
    drawn = [one.type for one in document[0].get_objects()]
    pictures = drawn.count(pypdfium2.raw.FPDF_PAGEOBJ_IMAGE)
    assert pictures == (2 if layout == "page" else 5)
