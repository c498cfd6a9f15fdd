"""Alarms by mail: to members who asked for it, once for each alarm, over a real mail server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gatekeeper.organizer.during.alarms_client import read_mail, want_mail
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.desk.work_reason_words import spell_ends
from server.alarms import routes, telling_programs_and_members
from server.alarms.judging import AlarmKind, StandingAlarm
from server.alarms.measuring import Watched
from shared.kernel.id_types import EventId
from shared.kernel.instant import DAY, HOUR
from tests.factories.desk_seat import take_seat
from tests.factories.office import Office, Person, open_office, test_settings
from tests.fakes.mail_server import MailServer


@pytest.fixture
async def office(
    sqlite_url: str, tmp_path: Path, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Office]:
    """Run a server that knows the mail server, and judges and mails when a test says so."""
    monkeypatch.setattr(routes, "ALARM_POLL_S", 3_600)
    monkeypatch.setattr(routes, "JOB_POLL_S", 3_600)
    settings = test_settings(
        sqlite_url, tmp_path, mail_server=post.url, mail_from="desk@example.org"
    )
    async with open_office(settings) as opened:
        yield opened


async def raise_one(office: Office, person: Person, event_id: EventId, place: str) -> None:
    """Raise an alarm, past what would be measured."""
    event = Watched(
        organization_id=person.organization_id,
        event_id=event_id,
        profile="live",
        doors={},
        is_on=True,
    )
    standing = StandingAlarm(kind=AlarmKind.FORGED_CODES, subject=place, count=7)
    assert await routes.make_watch(office.framework.state)._raise(event, standing)


async def test_who_asked_for_it_is_mailed_in_their_language(
    office: Office, post: MailServer
) -> None:
    """Who did not is not, nor who is no member any more."""
    owner = await office.person()
    other = await office.person("staff", organization_id=owner.organization_id)
    leaving = await office.person("staff", organization_id=owner.organization_id)
    event_id = EventId(await office.event(owner))
    path = f"{owner.path}/alarm-mail"
    assert not (await office.ok("GET", path, owner))["wanted"]
    for person, language in ((owner, "de"), (leaving, "en")):
        body = {"wanted": True, "language": language}
        assert (await office.ok("PUT", path, person, json=body))["is_set_up"]
    await raise_one(office, owner, event_id, "gt_north")
    await office.ok("DELETE", f"{owner.path}/members/{leaving.user_id}", owner)
    runner = routes.make_runner(office.framework.state)
    await runner.work()
    (mail,) = post.taken
    assert mail["Subject"].strip().startswith("Alarm: gt_north: Codes, die wir nie unterschrieben")
    assert "Rufen Sie den Eingang an" in mail.get_content()
    assert mail["To"] == "person1@example.org"
    await office.ok("PUT", path, owner, json={"wanted": False})
    await raise_one(office, owner, event_id, "gt_south")
    await runner.work()
    assert len(post.taken) == 1
    assert other.user_id not in str(post.taken[0])


async def test_a_member_is_mailed_of_no_more_than_so_many_alarms_a_day(
    office: Office, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One who floods a gate with forged codes floods no inbox; the next day's alarms come."""
    monkeypatch.setattr(telling_programs_and_members, "ALARM_MAILS_A_DAY_MAX", 2)
    owner = await office.person()
    event_id = EventId(await office.event(owner))
    body = {"wanted": True, "language": "en"}
    await office.ok("PUT", f"{owner.path}/alarm-mail", owner, json=body)
    for place in ("gt_1", "gt_2", "gt_3"):
        await raise_one(office, owner, event_id, place)
    await routes.make_runner(office.framework.state).work()
    assert len(post.taken) == 2
    office.clock.advance(DAY + HOUR)
    await raise_one(office, owner, event_id, "gt_4")
    await routes.make_runner(office.framework.state).work()
    assert len(post.taken) == 3


async def test_whoever_is_to_be_mailed_sees_at_the_desk_that_nothing_comes(
    office: Office, post: MailServer
) -> None:
    """They were told that they are mailed of every alarm."""
    owner = await office.person()
    event_id = EventId(await office.event(owner))
    site, seat = EventSite(owner.organization_id, event_id), take_seat(office, owner)
    await want_mail(seat, site, is_wanted=True, language="en")
    assert (await read_mail(seat, site)).put_off is None
    await raise_one(office, owner, event_id, "gt_north")
    post.refusals = ["451 later"]
    await routes.make_runner(office.framework.state).work()
    put_off = (await read_mail(seat, site)).put_off
    assert put_off is not None
    assert spell_ends([put_off]) == "Each time, the mail server said to try later (code 451)."
    await seat.close()
