"""Reports that are mailed by themselves, over a real mail server: each once, whoever dies."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from gatekeeper.organizer.afterwards.report_schedules_client import ScheduleClient
from gatekeeper.organizer.failed_work import FailedWork, WorkEnd, try_again
from server.accounts.principal import SCOPES
from server.jobs.runner import JOB_LEASE, JobRunner
from server.organizations.members_and_last_owner import remove_member, set_member
from server.report_schedules import recipient_addresses, report_mail, routes, schedules_and_runs
from server.report_schedules.recipient_addresses import REPORT_CODE_TRIES_MAX
from server.report_schedules.report_mail import ReportMailer
from shared.kernel.id_types import EventId, OrganizationId, UserId
from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND, Duration
from shared.wire.work_reasons import WorkReason
from tests.factories.desk_seat import take_seat
from tests.factories.dying_worker import DyingPostbox, Killed
from tests.factories.office import Office, Person
from tests.fakes.mail_server import MailServer
from tests.integration.server.mail.test_order_mail import posting

MINE = "person1@example.org"


class Desk:
    """Who has reports mailed."""

    def __init__(self, office: Office, owner: Person) -> None:
        self.office, self.owner = office, owner
        self.path = f"{owner.path}/report-schedules"

    async def add(self, **more: Any) -> dict[str, Any]:
        """Have a report mailed."""
        body = {"name": "Each morning", "recipients": [MINE]} | more
        return dict(await self.office.ok("POST", self.path, self.owner, json=body))

    async def look(self) -> None:
        """Let a worker start what is due, and mail it."""
        await schedules_and_runs.start_due(self.office.context)
        await routes.make_runner(self.office.framework.state).work()

    async def runs(self, schedule: dict[str, Any]) -> list[dict[str, Any]]:
        """List the times that it was mailed."""
        return list(await self.office.ok("GET", f"{self.path}/{schedule['id']}/runs", self.owner))

    async def read(self, schedule: dict[str, Any]) -> dict[str, Any]:
        """Read it."""
        return dict(await self.office.ok("GET", f"{self.path}/{schedule['id']}", self.owner))

    async def until(self, schedule: dict[str, Any]) -> None:
        """Wait until it is due."""
        next_at = datetime.fromisoformat((await self.read(schedule))["next_at"])
        now = self.office.clock.wall()
        self.office.clock.advance(Duration(int(next_at.timestamp() * SECOND) - now))


@pytest.fixture
async def desk(
    sqlite_url: str, tmp_path: Path, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Desk]:
    """Give a desk whose server looks only when a test says so."""
    monkeypatch.setattr(routes, "REPORT_POLL_S", 3_600)
    async with posting(sqlite_url, tmp_path, post.url) as office:
        owner = await office.person()
        everything = {"name": "Desk", "scopes": sorted(SCOPES)}
        key = await office.ok("POST", f"{owner.path}/api-keys", owner, json=everything)
        bearer = {"authorization": f"Bearer {key['key']}"}  # outlives days, as no session does
        yield Desk(office, replace(owner, headers=bearer))


def files(mail: EmailMessage) -> list[tuple[str, bytes]]:
    """Return what is attached."""
    return [
        (part.get_filename() or "", bytes(part.get_content()))
        if not part.get_content_type().startswith("text/")
        else (part.get_filename() or "", part.get_content().encode())
        for part in mail.iter_attachments()
    ]


async def test_a_report_comes_when_it_is_due_once_to_each_address_with_its_files(
    desk: Desk, post: MailServer
) -> None:
    """Two looks at once are one; the next time is told, and the last."""
    second = await desk.office.person("manager", organization_id=desk.owner.organization_id)
    assert second.user_id
    event_id = EventId(await desk.office.event(desk.owner))
    to = [MINE, "PERSON1@example.org", "person2@example.org"]
    made = await desk.add(recipients=to, event_ids=[event_id], form="xlsx", language="de")
    assert made["recipients"] == ["PERSON1@example.org", "person2@example.org"]
    assert made["last_at"] is None
    assert made["clock"] == "08:00"
    await desk.look()
    assert post.taken == []
    await desk.until(made)
    for _ in range(3):
        await desk.look()
    assert sorted(one["To"] for one in post.taken) == to[1:]
    mail = post.taken[0]
    assert mail["Auto-Submitted"] == "auto-generated"
    body = mail.get_body()
    assert body is not None
    assert "Angehängt" in body.get_content()
    ((name, content),) = files(mail)
    assert name.endswith(".xlsx")
    assert "totals" in openpyxl.load_workbook(BytesIO(content)).sheetnames
    now = await desk.read(made)
    assert now["last_at"] == made["next_at"]
    assert now["next_at"] > made["next_at"]
    (run,) = await desk.runs(made)
    assert {one["outcome"] for one in run["mails"]} == {"sent"}


async def test_whoever_dies_nothing_is_mailed_twice_and_no_day_is_left_out(
    desk: Desk, post: MailServer
) -> None:
    """After the mail was handed over; and while no server ran, over three mornings."""
    made = await desk.add(kind="period", form="csv")
    await desk.until(made)
    await schedules_and_runs.start_due(desk.office.context)
    state = desk.office.framework.state
    mail_sender = state["mail_sender"]
    dying = DyingPostbox(mail_sender._server, mail_sender.sender)
    mailer = ReportMailer(desk.office.context, dying, "http://localhost")
    with pytest.raises(Killed):
        await JobRunner(desk.office.context, {schedules_and_runs.MAIL: mailer}).work()
    desk.office.clock.advance(JOB_LEASE + SECOND)
    await desk.look()
    assert len(post.taken) == 1
    (run,) = await desk.runs(made)
    assert [one["outcome"] for one in run["mails"]] == ["doubtful"]
    desk.office.clock.advance(3 * DAY)
    for _ in range(2):
        await desk.look()
    assert len(post.taken) == 2
    latest, before = await desk.runs(made)
    assert before["until"] < latest["since"] < latest["until"]
    assert (
        datetime.fromisoformat(latest["since"]) - datetime.fromisoformat(before["until"])
    ).days == 1


async def test_a_mail_server_that_is_away_is_waited_for_and_one_that_refuses_is_named(
    desk: Desk, post: MailServer
) -> None:
    """Nothing is lost while it says "later"; what it never takes is told."""
    made = await desk.add()
    post.data_answers = ["451 later"]
    post_path = f"{desk.path}/{made['id']}/runs"
    run = await desk.office.ok("POST", post_path, desk.owner)
    assert run["asked"]
    await desk.look()
    assert post.taken == []
    desk.office.clock.advance(HOUR)
    await desk.look()
    assert len(post.taken) == 1
    post.refusals = ["550 unknown"]
    await desk.office.ok("POST", post_path, desk.owner)
    await desk.look()
    outcomes = [one["mails"][0]["outcome"] for one in await desk.runs(made)]
    assert sorted(outcomes) == ["refused", "sent"]
    assert (await desk.read(made))["next_at"] == made["next_at"]


async def test_a_report_whose_job_ends_every_worker_is_named_and_can_be_tried_again(
    desk: Desk, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that is too much for the machine ends each worker that writes it."""
    made = await desk.add()
    runs = f"{desk.path}/{made['id']}/runs"
    await desk.office.ok("POST", runs, desk.owner)

    async def end(_mailer: ReportMailer, _job: Any) -> Any:
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(ReportMailer, "_make", end)
        for step in [10 * MINUTE] * 3 + [4 * HOUR] * 40:  # more than four days
            with suppress(Killed):
                await routes.make_runner(desk.office.framework.state).work()
            desk.office.clock.advance(step)
    (run,) = await desk.runs(made)
    assert [one["outcome"] for one in run["mails"]] == ["refused"]
    jobs = f"{desk.owner.path}/jobs"
    (dead,) = (await desk.office.ok("GET", f"{jobs}?state=dead", desk.owner))["items"]
    organization_id = desk.owner.organization_id
    seat = take_seat(
        desk.office, await desk.office.person("manager", organization_id=organization_id)
    )
    client = ScheduleClient(seat, organization_id)
    failed = (await client.read(made["id"])).failed
    (reason,) = dead["because"]
    assert reason["code"].startswith(("mail.", "work."))
    ends = (WorkEnd(dead["said"], (WorkReason(**reason),)),)
    assert failed == FailedWork(jobs=(dead["id"],), ends=ends)
    await try_again(seat, organization_id, failed)
    assert (await client.read(made["id"])).failed is None
    await seat._http.aclose()
    await routes.make_runner(desk.office.framework.state).work()
    (run,) = await desk.runs(made)
    assert [one["outcome"] for one in run["mails"]] == ["sent"]
    assert len(post.taken) == 1


async def test_a_strangers_address_gets_reports_only_once_it_has_said_its_code(
    desk: Desk, post: MailServer
) -> None:
    """A wrong code counts; who was taken off, or left, is mailed nothing more."""
    office, owner = desk.office, desk.owner
    outside = "books@elsewhere.example"
    body = {"name": "Books", "recipients": [outside]}
    refused = await office.call("POST", desk.path, owner, json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "recipients"
    addresses = f"{owner.path}/report-addresses"
    row = await office.ok("POST", addresses, owner, json={"email": outside})
    await routes.make_runner(office.framework.state).work()
    (mail,) = post.taken
    code = re.search(r"\d{4} \d{4}", mail.get_content())
    assert code is not None
    say = f"{addresses}/{row['id']}/confirmation"
    for _ in range(REPORT_CODE_TRIES_MAX - 1):
        wrong = await office.call("POST", say, owner, json={"code": "1"})
        assert wrong.status_code == 422
    assert (await office.ok("POST", say, owner, json={"code": code[0]}))["confirmed_at"]
    made = await desk.add(recipients=[outside])
    await office.ok("DELETE", f"{addresses}/{row['id']}", owner)
    await desk.until(made)
    await desk.look()
    assert len(post.taken) == 1
    (run,) = await desk.runs(made)
    assert run["mails"][0]["outcome"] == "gone"


@pytest.mark.parametrize("ending", ["removed", "reader"])
async def test_address_that_a_former_manager_confirmed_is_mailed_nothing_more(
    desk: Desk, post: MailServer, ending: str
) -> None:
    """It may be their own; the list shows it, and whoever answers for it now confirms it anew."""
    office, owner = desk.office, desk.owner
    manager = await office.person("manager", organization_id=owner.organization_id)
    addresses, own = f"{owner.path}/report-addresses", "own@elsewhere.example"

    async def confirm(person: Person) -> dict[str, Any]:
        row = await office.ok("POST", addresses, person, json={"email": own})
        await routes.make_runner(office.framework.state).work()
        code = re.search(r"\d{4} \d{4}", post.taken.pop().get_content())
        assert code is not None
        say = f"{addresses}/{row['id']}/confirmation"
        return dict(await office.ok("POST", say, person, json={"code": code[0]}))

    assert (await confirm(manager))["confirmed_at"]
    made = await desk.add(recipients=[own])
    async with office.context.write(OrganizationId(owner.organization_id)) as unit:
        if ending == "removed":
            await remove_member(unit, UserId(manager.user_id))
        else:
            await set_member(unit, UserId(manager.user_id), ending)
    await desk.until(made)
    await desk.look()
    assert post.taken == []
    assert [one["outcome"] for one in (await desk.runs(made))[0]["mails"]] == ["gone"]
    assert [one["confirmed_at"] for one in await office.ok("GET", addresses, owner)] == [None]
    assert (await confirm(owner))["confirmed_at"]
    desk.office.clock.advance(2 * DAY)
    await desk.look()
    assert [one["To"] for one in post.taken] == [own]


async def test_too_many_wrong_codes_end_a_code(desk: Desk, post: MailServer) -> None:
    """Then even the right one is refused, until another one is mailed."""
    office, owner = desk.office, desk.owner
    addresses = f"{owner.path}/report-addresses"
    row = await office.ok("POST", addresses, owner, json={"email": "a@b.example"})
    say = f"{addresses}/{row['id']}/confirmation"
    assert (await office.call("POST", say, owner, json={"code": "1"})).status_code == 409
    await routes.make_runner(office.framework.state).work()
    for _ in range(REPORT_CODE_TRIES_MAX):
        await office.call("POST", say, owner, json={"code": "1"})
    code = re.search(r"\d{4} \d{4}", post.taken[0].get_content())
    assert code is not None
    assert (await office.call("POST", say, owner, json={"code": code[0]})).status_code == 409


async def test_a_paused_report_does_not_come_and_goes_on_with_its_next_time(
    desk: Desk, post: MailServer
) -> None:
    """Nor does what was due meanwhile come at once."""
    made = await desk.add(every="week", weekday=2, clock="18:30")
    one = f"{desk.path}/{made['id']}"
    paused = await desk.office.ok("PATCH", one, desk.owner, json={"state": "paused"})
    assert paused["next_at"] is None
    desk.office.clock.advance(10 * DAY)
    await desk.look()
    resumed = await desk.office.ok("PATCH", one, desk.owner, json={"state": "active"})
    assert resumed["next_at"] > made["next_at"]
    await desk.look()
    assert post.taken == []
    desk.office.clock.advance(400 * DAY)
    await desk.office.ok("PATCH", one, desk.owner, json={"clock": "18:31"})
    desk.office.clock.step_wall(Duration(-400 * DAY))
    await desk.look()  # written by a clock that was wrong
    assert (await desk.read(made))["next_at"] < "2028"


async def test_a_clock_that_was_ahead_for_a_while_leaves_no_day_out(
    desk: Desk, post: MailServer
) -> None:
    """What it sent then is out; once it is set right a report comes each day, of each day."""
    made = await desk.add(kind="period")
    await desk.until(made)
    await desk.look()
    ahead = Duration(20 * DAY)
    desk.office.clock.step_wall(ahead)
    await desk.look()
    desk.office.clock.step_wall(Duration(-ahead))
    await desk.look()
    first, wrong = sorted(await desk.runs(made), key=lambda one: str(one["until"]))
    for _ in range(3):
        await desk.until(made)
        await desk.look()
    days = sorted((one["since"], one["until"]) for one in await desk.runs(made))
    days.remove((wrong["since"], wrong["until"]))
    follows = [date.fromisoformat(first["until"]) + timedelta(days=day) for day in (1, 2, 3)]
    assert days[1:] == [(day.isoformat(), day.isoformat()) for day in follows]
    assert len(post.taken) == 5


async def test_a_file_that_is_too_big_is_named_with_where_it_is(
    desk: Desk, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mail still comes."""
    monkeypatch.setattr(report_mail, "REPORT_FILES_MAX", 10)
    event_id = await desk.office.event(desk.owner)
    made = await desk.add(event_ids=[event_id], form="pdf")
    await desk.office.ok("POST", f"{desk.path}/{made['id']}/runs", desk.owner)
    await desk.look()
    (mail,) = post.taken
    assert files(mail) == []
    body = mail.get_body()
    assert body is not None
    assert f"/events/{event_id}/report.pdf" in body.get_content()


async def test_hostile_names_and_addresses_reach_no_head_of_a_mail(
    desk: Desk, post: MailServer
) -> None:
    """A line break in a name begins no header; an address that spells two is none."""
    for bad in ("a@b.example,c@d.example", "a@b.example\nBcc: c@d.example", "a@b.example\n"):
        body: dict[str, Any] = {"name": "N", "recipients": [bad]}
        answer = await desk.office.call("POST", desk.path, desk.owner, json=body)
        assert answer.status_code == 422, bad
    event = {"name": "X\r\nBcc: evil@d.example", "timezone": "UTC", "currency": "EUR"}
    made_event = await desk.office.ok("POST", f"{desk.owner.path}/events", desk.owner, json=event)
    name = "Daily\r\nBcc: evil@d.example"
    made = await desk.add(name=name, event_ids=[made_event["id"]])
    await desk.office.ok("POST", f"{desk.path}/{made['id']}/runs", desk.owner)
    await desk.look()
    (mail,) = post.taken
    assert mail["Bcc"] is None
    assert mail["To"] == MINE
    assert "\n" not in mail["Subject"].strip()


async def test_there_are_so_many_and_no_more(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Schedules, times that are asked for, codes that are mailed, addresses."""
    office, owner = desk.office, desk.owner
    made = await desk.add()
    monkeypatch.setattr(schedules_and_runs, "REPORT_SCHEDULES_MAX", 1)
    monkeypatch.setattr(schedules_and_runs, "REPORT_RUNS_A_DAY_MAX", 1)
    monkeypatch.setattr(recipient_addresses, "REPORT_CODES_A_DAY_MAX", 1)
    await office.ok("POST", f"{desk.path}/{made['id']}/runs", owner)
    await office.ok("POST", f"{owner.path}/report-addresses", owner, json={"email": "a@b.example"})
    for path, body in (
        (desk.path, {"name": "N", "recipients": [MINE]}),
        (f"{desk.path}/{made['id']}/runs", None),
        (f"{owner.path}/report-addresses", {"email": "c@d.example"}),
    ):
        answer = await office.call("POST", path, owner, json=body)
        assert answer.status_code == 409, path
        assert answer.json()["type"].endswith("/quota-exceeded")
    monkeypatch.setattr(recipient_addresses, "REPORT_CODES_A_DAY_MAX", 9)
    monkeypatch.setattr(recipient_addresses, "REPORT_ADDRESSES_MAX", 1)
    path, body = f"{owner.path}/report-addresses", {"email": "c@d.example"}
    answer = await office.call("POST", path, owner, json=body)
    assert answer.json()["type"].endswith("/quota-exceeded")
    assert "remove one" in answer.json()["detail"]


async def test_no_way_of_asking_has_more_mailed_in_a_day(
    desk: Desk, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by reports that are removed and made anew, nor by a time that is moved on each minute:
    whose addresses these are may be nobody who asked. What is due comes when there is room."""
    office, owner = desk.office, desk.owner
    monkeypatch.setattr(schedules_and_runs, "REPORT_MAILS_A_DAY_MAX", 2)
    monkeypatch.setattr(schedules_and_runs, "REPORT_RUNS_A_DAY_MAX", 1)
    answers = []
    for _ in range(3):
        made = await desk.add()
        one = f"{desk.path}/{made['id']}"
        answers.append(await office.call("POST", f"{one}/runs", owner))
        await desk.look()
        await office.ok("DELETE", one, owner)
    assert [answer.status_code for answer in answers] == [202, 202, 409]
    assert answers[2].json()["type"].endswith("/quota-exceeded")
    made = await desk.add()
    one = f"{desk.path}/{made['id']}"
    for _ in range(3):
        office.clock.advance(MINUTE)
        soon = datetime.fromtimestamp(office.clock.wall() // SECOND + 60, tz=UTC)
        said = {"clock": soon.strftime("%H:%M"), "timezone": "UTC"}
        await office.ok("PATCH", one, owner, json=said)
        office.clock.advance(MINUTE)
        await desk.look()
    assert len(post.taken) == 2
    office.clock.advance(DAY)
    await desk.look()
    await desk.look()
    assert len(post.taken) == 3
