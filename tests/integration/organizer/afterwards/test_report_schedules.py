"""Reports by mail as the desk sets them up, at the real application and a real mail server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gatekeeper.organizer.afterwards.report_schedules_client import ScheduleClient
from gatekeeper.organizer.server_api import Refused
from server.report_schedules import routes
from tests.factories.desk_seat import take_seat
from tests.factories.office import Office, Person, open_office, test_settings
from tests.fakes.mail_server import MailServer

FIELDS = {
    "name": "Books",
    "kind": "period",
    "event_ids": [],
    "form": "csv",
    "language": "en",
    "recipients": ["person1@example.org"],
    "every": "day",
    "weekday": 0,
    "month_day": 1,
    "clock": "08:00",
    "timezone": "Europe/Berlin",
}


@asynccontextmanager
async def seated(office: Office, person: Person) -> AsyncIterator[ScheduleClient]:
    """Sit down at the desk."""
    seat = take_seat(office, person)
    yield ScheduleClient(seat, person.organization_id)
    await seat._http.aclose()


@pytest.fixture
async def office(
    sqlite_url: str, tmp_path: Path, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Office]:
    """Run a server that mails when a test says so."""
    monkeypatch.setattr(routes, "REPORT_POLL_S", 3_600)
    settings = test_settings(
        sqlite_url, tmp_path, mail_server=post.url, mail_from="desk@example.org"
    )
    async with open_office(settings) as opened:
        yield opened


async def test_a_report_is_set_up_mailed_and_looked_after_from_the_desk(
    office: Office, post: MailServer
) -> None:
    """Two people at once: the second one is told what the first has changed."""
    owner = await office.person()
    async with seated(office, owner) as desk:
        empty = await desk.read()
        assert (empty.zone, empty.has_mail, empty.schedules) == ("Europe/Berlin", True, ())
        assert empty.members == ["person1@example.org"]
        made = await desk.add(FIELDS)
        assert made.fields == FIELDS
        await desk.run_now(made)
        await routes.make_runner(office.framework.state).work()
        assert len(post.taken) == 1
        (run,) = (await desk.read(made.id)).runs
        assert [(one.email, one.outcome) for one in run.mails] == [("person1@example.org", "sent")]
        assert await desk.save(made, FIELDS | {"name": "Other"}) is None
        clash = await desk.save(made, FIELDS | {"name": "Mine"})
        assert clash is not None
        assert [one.path for one in clash.fields] == ["name"]
        await desk.pause(made, is_paused=True)
        (now,) = (await desk.read()).schedules
        assert (now.name, now.is_paused, now.next_at) == ("Other", True, None)
        assert await desk.remove(made) is not None
        assert await desk.remove(now) is None
        assert (await desk.read(made.id)).schedules == ()


async def test_an_address_of_somebody_else_is_confirmed_from_the_desk(
    office: Office, post: MailServer
) -> None:
    """What is wrong names its field, which the desk has words for."""
    owner = await office.person()
    async with seated(office, owner) as desk:
        elsewhere = FIELDS | {"recipients": ["books@elsewhere.example"]}
        with pytest.raises(Refused) as refused:
            await desk.add(elsewhere)
        assert [one.field for one in refused.value.fields] == ["recipients"]
        address = await desk.ask_address("books@elsewhere.example", "de")
        await routes.make_runner(office.framework.state).work()
        with pytest.raises(Refused) as refused:
            await desk.confirm_address(address, "12345678")
        assert [one.field for one in refused.value.fields] == ["code"]
        code = re.search(r"\d{4} \d{4}", post.taken[0].get_content())
        assert code is not None
        assert (await desk.confirm_address(address, code[0])).confirmed_at is not None
        assert (await desk.add(elsewhere)).recipients == ("books@elsewhere.example",)


async def test_a_confirmed_address_is_removed_and_gets_nothing_more(
    office: Office, post: MailServer
) -> None:
    """Not over somebody's confirmation meanwhile; a report goes on without it."""
    owner = await office.person()
    async with seated(office, owner) as desk:
        address = await desk.ask_address("books@elsewhere.example", "en")
        await routes.make_runner(office.framework.state).work()
        said = re.search(r"\d{4} \d{4}", post.taken[-1].get_content())
        assert said is not None
        before = (await desk.read()).addresses[0]
        await desk.confirm_address(address, said[0])
        clash = await desk.remove_address(before)
        assert clash is not None
        assert [one.path for one in clash.fields] == ["confirmed_at"]
        both = FIELDS | {"recipients": ["books@elsewhere.example", "person1@example.org"]}
        made = await desk.add(both)
        assert await desk.remove_address((await desk.read()).addresses[0]) is None
        assert (await desk.read()).addresses == ()
        sent = len(post.taken)
        await desk.run_now(made)
        await routes.make_runner(office.framework.state).work()
        assert [one["To"] for one in post.taken[sent:]] == ["person1@example.org"]
        with pytest.raises(Refused) as refused:
            await desk.remove_address(before)
        assert refused.value.status == 404
