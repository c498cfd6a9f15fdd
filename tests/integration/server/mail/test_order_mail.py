"""An order's tickets by mail, over a real mail server: what arrives, and what failures mean."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pypdfium2
import pytest
import zxingcpp

from gatekeeper.readers.decoder_libraries import QR
from server.db.tenancy import SYSTEM
from server.jobs.models import Job
from server.mail import order_mail_job, order_mail_routes
from server.ticketing.finding_and_changing_tickets import lock_tickets
from server.ticketing.withdrawals import WantedWithdrawal, withdraw
from shared.admission.purpose import Purpose
from shared.kernel.id_types import EventId
from shared.kernel.ids import format_ticket_id, parse_ticket_id
from shared.kernel.instant import MINUTE
from shared.seating.csv_form import write_csv
from tests.factories.office import Office, Person, open_office, test_settings
from tests.factories.seats import make_seat_map
from tests.factories.sent_pictures import picture_of
from tests.factories.strength import sized
from tests.fakes.mail_server import MailServer, mail_server

SENDER = "tickets@example.org"
NAME = "Klara Nováková"


@asynccontextmanager
async def posting(url: str, folder: Path, server: str) -> AsyncIterator[Office]:
    settings = test_settings(url, folder, mail_server=server, mail_from=SENDER)
    async with open_office(settings) as office:
        yield office


@pytest.fixture
async def office(
    sqlite_url: str, tmp_path: Path, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Office]:
    """Run a server that knows the mail server, and does its jobs only when a test says so."""
    monkeypatch.setattr(order_mail_routes, "JOB_POLL_S", 3_600)
    async with posting(sqlite_url, tmp_path, post.url) as opened:
        yield opened


async def sold(
    office: Office, count: int = 2, *, email: str | None = "klara@example.org", **more: Any
) -> tuple[Person, str, dict[str, Any]]:
    """Sell tickets; gives who sold, the order's address, and the order."""
    person = await office.person()
    event_id = EventId(await office.event(person))
    kind = await office.ticket_type(person, event_id, name="Stehplatz", price_minor=1_250)
    lines = [{"ticket_type_id": kind, "quantity": count}]
    body = {"lines": lines, "payment": "paid", "buyer_name": NAME, "buyer_email": email} | more
    path = f"{person.path}/events/{event_id}/orders"
    placed = await office.ok("POST", path, person, json=body)
    return person, f"{path}/{placed['order']['id']}", placed


async def work(office: Office) -> int:
    """Do what is due now."""
    state = office.framework.state
    return await order_mail_routes.make_runner(state).work()


async def job(office: Office, job_id: str) -> Job:
    async with office.database.read(org=SYSTEM) as session:
        row = await session.get(Job, job_id)
    assert row is not None
    return row


def pictures(mail: EmailMessage) -> list[str]:
    """Read the codes of a mail's pictures as a gate would."""
    found = []
    for part in mail.walk():
        if part.get_content_type() == "image/png":
            data = part.get_payload(decode=True)
            assert isinstance(data, bytes)
            image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
            assert image is not None
            found += [code.text for code in zxingcpp.read_barcodes(image, formats=QR)]
    return found


async def test_a_buyer_gets_each_ticket_as_a_picture_that_gates_read(
    office: Office, post: MailServer
) -> None:
    """Text, page and pictures say the same; the codes are those that the API signs."""
    person, path, placed = await sold(office)
    (waiting,) = await office.ok("POST", f"{path}/mail", person, json={"language": "de"})
    assert waiting["state"] == "waiting"
    assert await work(office) == 1
    (mail,) = post.taken
    assert (mail["to"], mail["subject"]) == ("klara@example.org", "Ihre Tickets: Probe Fest")
    assert "Probe Ltd <tickets@example.org>" in str(mail["from"])
    event = f"{person.path}/events/{placed['order']['event_id']}"
    credentials = [
        await office.ok("GET", f"{event}/tickets/{row['id']}/credential", person)
        for row in placed["tickets"]
    ]
    assert pictures(mail) == [one["digits"] for one in credentials]
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    assert text["Content-Language"] == page["Content-Language"] == "de"
    for said in (text.get_content(), page.get_content()):
        assert "Stehplatz" in said
        assert "25,00" in said
        assert NAME in said
        assert all(one["manual_code"] in said for one in credentials)
    done = await office.ok("GET", f"{person.path}/jobs?state=done", person)
    assert done["items"][0]["said"] == "Handed to the mail server."


async def test_a_buyer_is_not_mailed_what_was_passed_on_to_somebody_else(
    office: Office, post: MailServer
) -> None:
    """The new holder's code would be the former one's."""
    person, path, placed = await sold(office)
    event_id = EventId(placed["order"]["event_id"])
    passed, kept = (parse_ticket_id(row["id"]) for row in placed["tickets"])
    event = f"{person.path}/events/{event_id}"
    code = await office.ok("GET", f"{event}/tickets/{format_ticket_id(kept)}/credential", person)
    transfer = WantedWithdrawal(purpose=Purpose.TRANSFER, actor="ca_probe")
    for ticket_id, sent in ((passed, [code["digits"]]), (kept, [])):
        async with office.context.write(person.organization_id) as unit:
            rows = await lock_tickets(unit, event_id, [ticket_id])
            await withdraw(unit, office.feed, event_id, rows, transfer)
        await office.ok("POST", f"{path}/mail", person, json={"language": "en"})
        assert await work(office) == 1
        assert [code for mail in post.taken for code in pictures(mail)] == sent
        post.taken.clear()
    mailed = await office.ok("GET", f"{path}/mail", person)
    assert sorted(one["outcome"] for one in mailed) == ["nothing", "sent"]


async def test_the_same_key_sends_once_and_a_second_wish_sends_again(
    office: Office, post: MailServer
) -> None:
    """A double click is one mail; "send again" without a key is another."""
    person, path, _ = await sold(office)
    for _ in range(2):
        await office.ok("POST", f"{path}/mail", person, json={}, headers={"idempotency-key": "a"})
    await office.ok("POST", f"{path}/mail", person, json={})
    assert await work(office) == 2
    assert len({mail["message-id"] for mail in post.taken}) == 2


async def test_orders_are_mailed_no_more_than_so_often_a_day(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is told to wait for tomorrow, and nothing of it is put in hand."""
    monkeypatch.setattr(order_mail_job, "MAILS_A_DAY_MAX", 1)
    person, path, _ = await sold(office)
    await office.ok("POST", f"{path}/mail", person, json={"language": "en"})
    refused = await office.call("POST", f"{path}/mail", person, json={"language": "en"})
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("/quota-exceeded")
    assert "tomorrow" in refused.json()["detail"]


async def test_many_tickets_come_in_several_mails(office: Office, post: MailServer) -> None:
    """Each says which of them it is; no ticket is missing or doubled."""
    tickets, mails = sized((51, 2), (120, 3))
    person, path, _ = await sold(office, tickets)
    assert len(await office.ok("POST", f"{path}/mail", person, json={})) == mails
    assert await work(office) == mails
    assert sorted(mail["subject"][-13:] for mail in post.taken) == [
        f"(Mail {part} of {mails})" for part in range(1, mails + 1)
    ]
    codes = [code for mail in post.taken for code in pictures(mail)]
    assert len(set(codes)) == len(codes) == tickets


async def test_what_a_mail_server_answers_decides_what_becomes_of_a_mail(
    office: Office, post: MailServer
) -> None:
    """4yz is tried again, 5yz is shown as dead, and no address is kept of either."""
    person, path, _ = await sold(office)
    (first,) = await office.ok("POST", f"{path}/mail", person, json={})
    post.refusals = ["451 <klara@example.org> greylisted"]
    await work(office)
    row = await job(office, first["id"])
    assert (row.state, row.attempts, row.said) == (
        "waiting",
        1,
        "The mail server says: try later (451).",
    )
    office.clock.advance(10 * MINUTE)
    post.refusals = ["550 <klara@example.org> unknown"]
    await work(office)
    row = await job(office, first["id"])
    assert (row.state, row.said) == ("dead", "The mail server rejects the recipient (550).")
    assert post.taken == []


async def test_the_office_sees_what_became_of_an_orders_mails(
    office: Office, post: MailServer
) -> None:
    """Waiting, put off, refused, sent and void ones, the latest first; no other order's."""
    person, path, placed = await sold(office)
    _, other, _ = await sold(office)

    async def told() -> list[tuple[str, int]]:
        mails = await office.ok("GET", f"{path}/mail", person)
        return [(one["outcome"], one["attempts"]) for one in mails]

    assert await told() == []
    await office.ok("POST", f"{path}/mail", person, json={})
    assert await told() == [("waiting", 0)]
    post.refusals = ["451 greylisted"]
    await work(office)
    assert await told() == [("waiting", 1)]
    post.refusals = ["550 unknown"]
    office.clock.advance(10 * MINUTE)
    await work(office)
    assert await told() == [("refused", 1)]
    await office.ok("POST", f"{path}/mail", person, json={}, headers={"idempotency-key": "a:b"})
    await work(office)
    office.clock.advance(MINUTE)
    await office.ok("POST", f"{path}/mail", person, json={})
    await office.ok("DELETE", f"{path}/buyer", person)
    await work(office)
    assert await told() == [("nothing", 0), ("sent", 0), ("refused", 1)]
    (latest, *_) = await office.ok("GET", f"{path}/mail", person)
    assert (latest["part"], latest["parts"]) == (1, 1)
    assert "klara" not in str(latest)
    elsewhere = other.rpartition("/")[2]
    event = f"{person.path}/events/{placed['order']['event_id']}"
    refused = await office.call("GET", f"{event}/orders/{elsewhere}/mail", person)
    assert refused.status_code == 404


async def test_a_line_cut_in_the_middle_repeats_the_mail_by_its_own_id(
    office: Office, post: MailServer
) -> None:
    """Whether it arrived is unknown: it comes again, and is known as the same mail."""
    person, path, _ = await sold(office)
    await office.ok("POST", f"{path}/mail", person, json={})
    post.drops = 1
    await work(office)
    office.clock.advance(10 * MINUTE)
    await work(office)
    first, second = post.taken
    assert first["message-id"] == second["message-id"]


async def test_an_unreachable_mail_server_costs_no_attempt(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nobody there the mail waits; once somebody is, it goes."""
    monkeypatch.setattr(order_mail_routes, "JOB_POLL_S", 3_600)
    with mail_server() as gone:
        pass
    async with posting(sqlite_url, tmp_path, gone.url) as office:
        person, path, _ = await sold(office)
        (first,) = await office.ok("POST", f"{path}/mail", person, json={})
        await work(office)
        row = await job(office, first["id"])
        assert (row.state, row.attempts) == ("waiting", 0)
        office.clock.advance(10 * MINUTE)
        with mail_server(gone.port) as back:
            await work(office)
            assert len(back.taken) == 1


async def test_who_was_erased_meanwhile_gets_nothing(office: Office, post: MailServer) -> None:
    """The job names nobody: with the buyer's address gone there is nothing to send."""
    person, path, _ = await sold(office)
    (waiting,) = await office.ok("POST", f"{path}/mail", person, json={})
    assert "klara" not in str(waiting)
    await office.ok("DELETE", f"{path}/buyer", person)
    await work(office)
    assert post.taken == []
    assert (await job(office, waiting["id"])).state == "done"


async def test_only_paid_orders_with_an_address_are_sent(office: Office) -> None:
    """An unpaid one, and a buyer without an address, are refused with a reason."""
    person, path, _ = await sold(office, payment="pending")
    refused = await office.call("POST", f"{path}/mail", person, json={})
    assert (refused.status_code, "pending" in refused.text) == (409, True)
    person, path, _ = await sold(office, email=None)
    refused = await office.call("POST", f"{path}/mail", person, json={})
    assert (refused.status_code, "no email address" in refused.text) == (409, True)


async def test_without_a_mail_server_the_office_is_told_whom_to_ask(
    sqlite_url: str, tmp_path: Path
) -> None:
    """Nothing is queued that nobody will ever send."""
    async with open_office(test_settings(sqlite_url, tmp_path)) as office:
        person, path, _ = await sold(office)
        refused = await office.call("POST", f"{path}/mail", person, json={})
        assert refused.status_code == 409
        assert "GATEKEEPER_MAIL_SERVER" in refused.text


async def test_each_ticket_comes_as_a_page_too_with_its_seat_in_the_events_design(
    office: Office, post: MailServer
) -> None:
    """For whoever prints; the mail itself names the seat as well."""
    person = await office.person()
    event_id = EventId(await office.event(person))
    event = f"{person.path}/events/{event_id}"
    table = {"form": "csv", "text": write_csv(make_seat_map(2, 4))}
    kind = await office.ticket_type(person, event_id, name="Balkon", selling={"seats": {}})
    await office.ok("PUT", f"{event}/seats/map", person, json=table)
    body = {"content": picture_of((122, 31, 92))}
    logo = await office.ok("POST", f"{person.path}/pictures", person, json=body)
    look = {"logo_id": logo["id"], "accent": "#7a1f5c", "note": "Bring your scarf"}
    await office.ok("PUT", f"{event}/look", person, json=look)
    line = {"ticket_type_id": kind, "quantity": 2, "seats": ["A-2", "B-3"]}
    buyer = {"buyer_name": NAME, "buyer_email": "klara@example.org"}
    order = {"lines": [line], "payment": "paid", **buyer}
    placed = await office.ok("POST", f"{event}/orders", person, json=order)
    guest = f"{event}/tickets/{placed['tickets'][1]['id']}/holder"
    await office.ok("PUT", guest, person, json={"name": "Zoë Park"})
    path = f"{event}/orders/{placed['order']['id']}/mail"
    await office.ok("POST", path, person, json={"language": "en"})
    await work(office)
    (mail,) = post.taken
    text = mail.get_body(("plain",))
    assert text is not None
    (pdf,) = mail.iter_attachments()
    assert (pdf.get_content_type(), pdf.get_filename()) == ("application/pdf", "tickets.pdf")
    pages = list(pypdfium2.PdfDocument(pdf.get_content()))
    for row, page, name in zip(placed["tickets"], pages, (NAME, "Zoë Park"), strict=True):
        seat = " · ".join(("Stalls", *row["seat_id"].split("-")))
        said = page.get_textpage().get_text_range()
        assert f"Seat: {seat}" in text.get_content()
        assert all(one in said for one in (seat, "Balkon", name, "Bring your scarf"))
        credential = await office.ok("GET", f"{event}/tickets/{row['id']}/credential", person)
        picture = np.asarray(page.render(scale=3).to_pil().convert("L"))
        assert [one.text for one in zxingcpp.read_barcodes(picture, formats=QR)] == [
            credential["digits"]
        ]
        drawn = np.asarray(page.render(scale=1).to_pil())
        assert (np.abs(drawn.astype(int) - (122, 31, 92)).sum(axis=2) < 12).any()


async def test_a_ticket_that_does_not_always_let_in_says_from_when_until_when(
    office: Office, post: MailServer
) -> None:
    """In the night when clocks go back too: a buyer was told nothing, and refused at the door."""
    person, path, _ = await sold(office)
    event = path.partition("/orders")[0]
    window = {"valid_from": "2026-10-24T20:00:00Z", "valid_until": "2026-10-25T01:30:00Z"}
    kind = {"name": "Late", "price_minor": 100} | window
    made = await office.ok("POST", f"{event}/ticket-types", person, json=kind)
    body = {"payment": "paid", "buyer_email": "b@example.org"}
    lines = [{"ticket_type_id": made["id"], "quantity": 1}]
    placed = await office.ok("POST", f"{event}/orders", person, json=body | {"lines": lines})
    asked = f"{event}/orders/{placed['order']['id']}/mail"
    await office.ok("POST", asked, person, json={"language": "en"})
    await work(office)
    (mail,) = post.taken
    text, page = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert page is not None
    (pdf,) = mail.iter_attachments()
    (drawn,) = pypdfium2.PdfDocument(pdf.get_content())
    printed = " ".join(drawn.get_textpage().get_text_range().split())
    said = (
        "Valid from Saturday, October 24, 2026, 22:00 · "
        "Valid until Sunday, October 25, 2026, 02:30 (UTC+01:00)"
    )
    for one in (text.get_content(), page.get_content(), printed):
        assert said in one


async def test_tickets_that_let_nobody_in_are_not_sent(office: Office, post: MailServer) -> None:
    """Neither what waits when a date, or the event, is called off, nor what is asked for then."""
    person, path, _ = await sold(office)
    event, ask = path.partition("/orders")[0], {"language": "en"}
    dates = [{"name": one, "starts_at": f"2026-08-0{one}T18:00:00Z"} for one in "12"]
    off, _ = [await office.ok("POST", f"{event}/occurrences", person, json=one) for one in dates]
    kind = {"name": "First", "price_minor": 100, "occurrence_id": off["id"]}
    made = await office.ok("POST", f"{event}/ticket-types", person, json=kind)
    kinds = await office.ok("GET", f"{event}/ticket-types", person)
    (other,) = [one for one in kinds if one["id"] != made["id"]]
    lines = [{"ticket_type_id": one, "quantity": 1} for one in (made["id"], other["id"])]
    body = {"payment": "paid", "buyer_email": "b@example.org"}
    orders = [
        await office.ok("POST", f"{event}/orders", person, json=body | {"lines": some})
        for some in (lines, lines[:1])
    ]
    mixed, alone = [f"{event}/orders/{one['order']['id']}" for one in orders]
    for one in (mixed, alone):
        await office.ok("POST", f"{one}/mail", person, json=ask)
    why = {"reason": "storm"}
    await office.ok("POST", f"{event}/occurrences/{off['id']}/cancellation", person, json=why)
    await work(office)
    (mail,) = post.taken
    assert len(pictures(mail)) == 1, "the pass is good at the other date"
    (told,) = await office.ok("GET", f"{alone}/mail", person)
    assert told["outcome"] == "nothing"
    await office.ok("POST", f"{path}/mail", person, json=ask)
    await office.ok("POST", f"{event}/cancellation", person, json=why)
    await work(office)
    assert len(post.taken) == 1
    refused = await office.call("POST", f"{mixed}/mail", person, json=ask)
    assert refused.status_code == 409
