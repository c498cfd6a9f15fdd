"""Mails that a mail server does not let us hand in at all: they wait, and the desk says why."""

from __future__ import annotations

from pathlib import Path

import pytest

import server.cancelling.routes as cancelling
from gatekeeper.organizer.before_doors.notices_client import read_notice
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.work_reason_words import spell_ends
from server.mail import order_mail_routes
from shared.kernel.id_types import EventId
from shared.kernel.instant import HOUR
from tests.factories.desk_seat import take_seat
from tests.fakes.mail_server import mail_server
from tests.integration.server.mail.test_notices import Promoter
from tests.integration.server.mail.test_order_mail import posting


@pytest.mark.parametrize("asks", ["another", "", "first"], ids=["wrong", "not-asked", "first"])
async def test_a_mail_server_that_takes_no_password_of_ours_is_waited_for_and_the_desk_says_so(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asks: str
) -> None:
    """Nothing of a mail was said to it: none may have arrived, and each is sent in the end."""
    monkeypatch.setattr(order_mail_routes, "JOB_POLL_S", 3_600)
    monkeypatch.setattr(cancelling, "REFUND_POLL_S", 3_600)
    is_first = asks == "first"  # nobody sends who has not signed in, and we have no password
    with mail_server(password="" if is_first else asks) as post:
        url = post.url if is_first else f"smtp://us:ours@127.0.0.1:{post.port}"
        post.sender_answer = "530 5.7.0 Authentication required" if is_first else ""
        async with posting(sqlite_url, tmp_path, url) as office:
            owner = await office.person()
            event_id = EventId(await office.event(owner))
            kind = await office.ticket_type(owner, event_id)
            promoter = Promoter(office, owner, event_id, kind)
            for number in range(2):
                await promoter.sell(f"{number}@example.org")
            await promoter.call_off()
            await promoter.spread()
            for _ in range(3):
                await promoter.mail()
                office.clock.advance(HOUR)
            told = await promoter.notice()
            assert (told["waiting"], told["doubtful"], told["refused"]) == (2, 0, 0)
            seat = take_seat(office, owner)
            site = EventSite(owner.organization_id, event_id)
            notice = await read_notice(seat, site, "cancelled")
            assert notice is not None
            assert notice.put_off is not None
            said = spell_ends([notice.put_off])
            assert said == "The mail server rejects our user name or password."
            await seat._http.aclose()
    assert post.taken == []
