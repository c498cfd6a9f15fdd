"""What all buyers are told at once, over a real mail server: each once, whoever dies meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

import server.cancelling.routes as cancelling
from gatekeeper.organizer.before_doors.notices_client import read_notice
from gatekeeper.organizer.failed_work import FailedWork, WorkEnd, try_again
from gatekeeper.organizer.server_api import EventSite
from server.jobs.job_outcomes import Failed, Outcome, Unreachable
from server.jobs.runner import JOB_LEASE, JobRunner
from server.mail import notice_recipients, notices, order_mail_routes
from server.mail.notice_mail import NoticeMailer
from server.mail.notices import MAILING, SPREADING, NoticeSpreader
from server.mail.smtp import SmtpSender
from server.orders.placing_orders import Order
from shared.kernel.id_types import EventId
from shared.kernel.instant import DAY, HOUR, MINUTE, SECOND
from shared.wire.work_reasons import WorkReason
from tests.factories.desk_seat import take_seat
from tests.factories.dying_worker import DyingPostbox, Killed
from tests.factories.office import Office, Person
from tests.fakes.mail_server import MailServer
from tests.integration.server.mail.test_order_mail import posting


class Promoter:
    """Who has sold tickets, and tells all buyers something."""

    def __init__(self, office: Office, owner: Person, event_id: EventId, kind: str) -> None:
        self.office, self.owner, self.kind = office, owner, kind
        self.path = f"{owner.path}/events/{event_id}"

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        """Ask something that must succeed."""
        return await self.office.ok(method, f"{self.path}{path}", self.owner, **more)

    async def sell(self, email: str | None, payment: str = "paid") -> None:
        """Sell a ticket."""
        lines = [{"ticket_type_id": self.kind, "quantity": 1}]
        body = {"lines": lines, "payment": payment, "buyer_name": "Klara", "buyer_email": email}
        await self.ask("POST", "/orders", json=body)

    async def call_off(self, **tell: Any) -> None:
        """Cancel the event, and tell all."""
        body = {"reason": "storm", "tell": {"language": "de"} | tell}
        await self.ask("POST", "/cancellation", json=body)

    async def spread(self) -> None:
        """Let the worker look at the orders, and give the money back."""
        await cancelling.make_runner(self.office.framework.state).work()

    async def mail(self) -> None:
        """Let the worker hand mails over."""
        await order_mail_routes.make_runner(self.office.framework.state).work()

    def wait_for_lease(self) -> None:
        """Let the lease of a worker that died end."""
        self.office.clock.advance(JOB_LEASE + SECOND)

    async def notice(self) -> dict[str, Any]:
        """Return the only notice."""
        (found,) = await self.ask("GET", "/notices")
        return dict(found)

    async def unreached(self) -> list[tuple[int, str]]:
        """List whom the notice did not reach."""
        notice = await self.notice()
        page = await self.ask("GET", f"/notices/{notice['id']}/buyers")
        return [(one["number"], one["outcome"]) for one in page["items"]]


@pytest.fixture
async def promoter(
    sqlite_url: str, tmp_path: Path, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Promoter]:
    """Give a promoter whose server does its jobs only when a test says so."""
    monkeypatch.setattr(order_mail_routes, "JOB_POLL_S", 3_600)
    monkeypatch.setattr(cancelling, "REFUND_POLL_S", 3_600)
    async with posting(sqlite_url, tmp_path, post.url) as office:
        owner = await office.person()
        event_id = EventId(await office.event(owner))
        yield Promoter(office, owner, event_id, await office.ticket_type(owner, event_id))


async def test_each_buyer_is_written_to_once_and_who_gave_no_address_is_listed(
    promoter: Promoter, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between batches, said again, two orders of one address, an unpaid one."""
    monkeypatch.setattr(notices, "NOTICE_BATCH", 2)
    monkeypatch.setattr(notice_recipients, "NOTICE_BATCH", 2)
    for email in ("a@example.org", None, "B@example.org", "b@example.org"):
        await promoter.sell(email)
    await promoter.sell("c@example.org", "pending")
    await promoter.call_off(words="Der Sturm ist zu stark.")
    await promoter.call_off()

    class DyingSpreader(NoticeSpreader):
        """Dies after its first batch."""

        async def _step(self, job: Any) -> bool:
            await super()._step(job)
            raise Killed

    office = promoter.office
    dying = JobRunner(office.context, {SPREADING: DyingSpreader(office.context)})
    for _ in range(2):
        with pytest.raises(Killed):
            await dying.work()
        promoter.wait_for_lease()
    await promoter.spread()
    for _ in range(2):
        await promoter.mail()
    assert sorted(one["to"] for one in post.taken) == [
        "B@example.org",
        "a@example.org",
        "c@example.org",
    ]
    assert {one["subject"] for one in post.taken} == {"Abgesagt: Probe Fest"}
    text = post.taken[0].get_body(("plain",))
    assert text is not None
    assert "Der Sturm ist zu stark." in text.get_content()
    assert "findet nicht statt" in text.get_content()
    told = await promoter.notice()
    assert (told["sent"], told["same"], told["no_address"], told["waiting"]) == (3, 1, 1, 0)
    assert told["ended_at"] is not None
    assert await promoter.unreached() == [(2, "no_address")]


async def test_a_mail_that_may_be_out_is_not_sent_again(
    promoter: Promoter, post: MailServer
) -> None:
    """Its process died, or its line, in the last step: a person is told whom to ask."""
    for number in range(3):
        await promoter.sell(f"{number}@example.org")
    await promoter.call_off()
    await promoter.spread()
    office = promoter.office
    box = office.framework.state["mail_sender"]
    dying = DyingPostbox(box._server, box.sender)
    with pytest.raises(Killed):
        await JobRunner(office.context, {MAILING: NoticeMailer(office.context, dying)}).work()
    promoter.wait_for_lease()
    post.drops = 1
    for _ in range(3):
        await promoter.mail()
        promoter.wait_for_lease()
    addresses = [one["to"] for one in post.taken]
    assert len(addresses) == len(set(addresses))
    outcomes = [outcome for _, outcome in await promoter.unreached()]
    assert outcomes == ["doubtful", "doubtful"]
    assert (await promoter.notice())["sent"] == 1


@pytest.mark.either_database
async def test_a_mail_server_that_hangs_up_before_it_has_a_mail_is_asked_again(
    promoter: Promoter, post: MailServer
) -> None:
    """As some do after so many recipients: none of these buyers may hear nothing."""
    for number in range(4):
        await promoter.sell(f"{number}@example.org")
    await promoter.call_off()
    await promoter.spread()
    post.hang_ups = 3
    for _ in range(3):
        await promoter.mail()
        promoter.wait_for_lease()
    assert sorted(one["to"] for one in post.taken) == [f"{n}@example.org" for n in range(4)]
    assert await promoter.unreached() == []


@pytest.mark.parametrize("given", [Unreachable("away"), Failed("451 later")])
async def test_a_mail_that_another_worker_called_doubtful_waits_for_nobody(
    promoter: Promoter, post: MailServer, given: Outcome
) -> None:
    """The first one's lease ended while it was sending, by a clock that leapt or a slow server."""
    await promoter.sell("a@example.org")
    await promoter.call_off()
    await promoter.spread()
    office = promoter.office
    box = office.framework.state["mail_sender"]

    class SlowPostbox(SmtpSender):
        """Comes to nothing, after its worker's lease has ended."""

        async def send(self, message: EmailMessage) -> Outcome:
            """Let the other worker have its turn meanwhile."""
            promoter.wait_for_lease()
            await promoter.mail()
            return given

    slow = SlowPostbox(box._server, box.sender)
    await JobRunner(office.context, {MAILING: NoticeMailer(office.context, slow)}).work()
    for _ in range(3):
        office.clock.advance(HOUR)
        await promoter.mail()
    told = await promoter.notice()
    assert (told["waiting"], told["doubtful"], len(post.taken)) == (0, 1, 0)
    assert await promoter.unreached() == [(1, "doubtful")]


async def test_who_is_refused_is_listed_and_a_server_that_is_away_is_waited_for(
    promoter: Promoter, post: MailServer
) -> None:
    """Never as it stands, or later: the first is a person's, the second comes by itself."""
    for number in range(2):
        await promoter.sell(f"{number}@example.org")
    await promoter.call_off()
    await promoter.spread()
    post.refusals = ["550 unknown", "451 later"]
    await promoter.mail()
    assert len(await promoter.unreached()) == 1
    assert (await promoter.notice())["waiting"] == 1
    promoter.office.clock.advance(3_600 * SECOND)
    await promoter.mail()
    assert len(post.taken) == 1
    told = await promoter.notice()
    assert (told["sent"], told["refused"], told["waiting"]) == (1, 1, 0)


async def try_again_at_the_desk(promoter: Promoter) -> FailedWork:
    """Have all that failed of the newest notice tried again; return what it was."""
    seat = take_seat(promoter.office, promoter.owner)
    event_id = EventId(promoter.path.rpartition("/")[2])
    site = EventSite(promoter.owner.organization_id, event_id)
    notice = await read_notice(seat, site, "cancelled")
    assert notice is not None
    assert notice.failed is not None
    await try_again(seat, site.organization_id, notice.failed)
    then = await read_notice(seat, site, "cancelled")
    assert then is not None
    assert then.failed is None
    await seat._http.aclose()
    return notice.failed


async def test_a_mail_whose_job_ends_every_worker_is_listed_and_can_be_tried_again(
    promoter: Promoter, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is said to wait for a mail that nobody sends."""
    await promoter.sell("a@example.org")
    await promoter.call_off()
    await promoter.spread()

    async def end(_mailer: NoticeMailer, _job: Any) -> Any:
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(NoticeMailer, "do", end)
        for step in [10 * MINUTE] * 3 + [4 * HOUR] * 40:  # more than four days
            with suppress(Killed):
                await promoter.mail()
            promoter.office.clock.advance(step)
    office, organization_id = promoter.office, promoter.owner.organization_id
    owner = promoter.owner = await office.person("manager", organization_id=organization_id)
    told = await promoter.notice()
    assert (told["refused"], told["waiting"]) == (1, 0)
    assert await promoter.unreached() == [(1, "refused")]
    (dead,) = (await office.ok("GET", f"{owner.path}/jobs?state=dead", owner))["items"]
    assert await try_again_at_the_desk(promoter) == FailedWork(
        jobs=(dead["id"],), ends=(WorkEnd(dead["said"], (WorkReason("work.ends_server"),)),)
    )
    await promoter.mail()
    assert [one["to"] for one in post.taken] == ["a@example.org"]
    told = await promoter.notice()
    assert (told["refused"], told["sent"]) == (0, 1)


async def test_a_notice_whose_job_ends_every_worker_says_that_it_has_stopped(
    promoter: Promoter, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody takes those for told whom nobody has written to; tried again, it goes on."""
    await promoter.sell("a@example.org")
    await promoter.call_off()
    assert not (await promoter.notice())["is_stopped"]

    async def end(_spreader: NoticeSpreader, _job: Any) -> Any:
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(NoticeSpreader, "do", end)
        for step in [10 * MINUTE] * 3 + [4 * HOUR] * 40:  # more than four days
            with suppress(Killed):
                await promoter.spread()
            promoter.office.clock.advance(step)
    office, organization_id = promoter.office, promoter.owner.organization_id
    owner = promoter.owner = await office.person("manager", organization_id=organization_id)
    told = await promoter.notice()
    assert (told["is_stopped"], told["ended_at"], told["waiting"]) == (True, None, 0)
    dead = (await office.ok("GET", f"{owner.path}/jobs?state=dead", owner))["items"]
    (job,) = [one for one in dead if one["kind"] == SPREADING]
    assert await try_again_at_the_desk(promoter) == FailedWork(
        jobs=(job["id"],), ends=(WorkEnd(job["said"], (WorkReason("work.ends_server"),)),)
    )
    await promoter.spread()
    await promoter.mail()
    told = await promoter.notice()
    assert (told["is_stopped"], told["sent"]) == (False, 1)
    assert told["ended_at"] is not None


async def test_a_moved_date_is_told_by_the_venues_clock(
    promoter: Promoter, post: MailServer
) -> None:
    """Over the night in which clocks go back: what people read is what the clock there shows."""
    date = await promoter.ask(
        "POST",
        "/occurrences",
        json={"name": "Night", "starts_at": "2026-10-23T20:00:00Z"},
    )
    await promoter.sell("a@example.org")
    one = {
        "occurrence_id": date["id"],
        # 02:30 for the second time, an hour after clocks were put back.
        "starts_at": "2026-10-25T01:30:00Z",
        "doors_at": "2026-10-25T00:30:00Z",
    }
    await promoter.ask("POST", "/move", json={"dates": [one], "tell": {"language": "en"}})
    await promoter.spread()
    await promoter.mail()
    (mail,) = post.taken
    text = mail.get_body(("plain",))
    assert text is not None
    assert mail["subject"] == "New date: Probe Fest"
    assert "Was: Friday, October 23, 2026, 22:00" in text.get_content()
    assert "Now: Sunday, October 25, 2026, 02:30 (UTC+01:00)" in text.get_content()
    assert "Doors: Sunday, October 25, 2026, 02:30 (UTC+02:00)" in text.get_content()


async def test_who_holds_a_ticket_for_every_date_is_told_of_each_that_moves_or_is_called_off(
    promoter: Promoter, post: MailServer
) -> None:
    """They would come on a night without a play; of money the mail promises them none."""
    event_id, of_all, dates = EventId(promoter.path.rpartition("/")[2]), promoter.kind, []
    for day in (23, 24):
        date = {"name": f"{day}", "starts_at": f"2026-10-{day}T20:00:00Z"}
        dates.append(str((await promoter.ask("POST", "/occurrences", json=date))["id"]))
        promoter.kind = await promoter.office.ticket_type(
            promoter.owner, event_id, occurrence_id=dates[-1]
        )
        await promoter.sell(f"{day}@example.org")
    promoter.kind, tell = of_all, {"language": "en"}
    await promoter.sell("all@example.org")
    moved = {"occurrence_id": dates[0], "starts_at": "2026-10-25T20:00:00Z"}
    calling = f"/occurrences/{dates[1]}/cancellation"
    acts = {
        "23@example.org": ("/move", {"dates": [moved], "tell": tell}),
        "24@example.org": (calling, {"reason": "storm", "tell": tell}),
    }
    for alone, (path, body) in acts.items():
        await promoter.ask("POST", path, json=body)
        await promoter.spread()
        await promoter.mail()
        assert {one["to"] for one in post.taken} == {alone, "all@example.org"}
        bodies = [one.get_body(("plain",)) for one in post.taken]
        assert all(one and "stay valid for" in one.get_content() for one in bodies)
        post.taken.clear()


async def test_an_address_that_spells_two_is_written_to_by_nobody(
    promoter: Promoter, post: MailServer
) -> None:
    """It is refused where it is typed; what an older version has kept is listed for a person."""
    kept = ["root,{}", "a<{}", "g:a,{};", "a\x1f{}", "a;{}"]
    for number, form in enumerate(kept):
        address = form.format(f"{number}@example.org")
        lines = [{"ticket_type_id": promoter.kind, "quantity": 1}]
        body = {"lines": lines, "payment": "paid", "buyer_email": address}
        path = f"{promoter.path}/orders"
        answer = await promoter.office.call("POST", path, promoter.owner, json=body)
        assert answer.status_code == 422, address
        await promoter.sell(f"{number}@example.org")
        async with promoter.office.context.write(promoter.owner.organization_id) as unit:
            await unit.session.execute(
                update(Order).where(Order.number == number + 1).values(buyer_email=address)
            )
    await promoter.sell("whole@example.org")
    async with promoter.office.context.write(promoter.owner.organization_id) as unit:
        broken = update(Order).where(Order.number == len(kept) + 1)
        await unit.session.execute(broken.values(buyer_email="whole@example.org\n"))
    await promoter.call_off()
    await promoter.spread()
    await promoter.mail()
    assert [(one["to"], one["auto-submitted"]) for one in post.taken] == [
        ("whole@example.org", "auto-generated")
    ]
    assert [outcome for _, outcome in await promoter.unreached()] == ["refused"] * len(kept)


@pytest.mark.parametrize("bound", ["NOTICES_A_DAY_MAX", "NOTICES_MAX"])
async def test_buyers_are_written_to_no_more_than_so_often(
    promoter: Promoter, post: MailServer, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    """Moved to and fro, at most so many messages a day; calling off is told all the same."""
    monkeypatch.setattr(notices, bound, 2)
    date = await promoter.ask(
        "POST", "/occurrences", json={"name": "Night", "starts_at": "2026-10-23T20:00:00Z"}
    )
    await promoter.sell("a@example.org")
    statuses = []
    for hour in range(4):
        move = {"occurrence_id": date["id"], "starts_at": f"2026-10-24T1{hour}:00:00Z"}
        body = {"dates": [move], "tell": {"language": "en", "words": "Buy pills"}}
        path = f"{promoter.path}/move"
        answer = await promoter.office.call("POST", path, promoter.owner, json=body)
        statuses.append(answer.status_code)
    assert statuses == [200, 200, 409, 409]
    (found,) = await promoter.ask("GET", "/occurrences")
    assert found["starts_at"] == "2026-10-24T11:00:00Z", "what is refused moves nothing"
    await promoter.call_off()
    await promoter.spread()
    await promoter.mail()
    assert len(post.taken) == 3


async def test_an_organization_writes_to_so_many_buyers_a_day_and_to_the_others_the_next(
    promoter: Promoter, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is forgotten, and nobody told twice; the notice is not ended meanwhile."""
    monkeypatch.setattr(notices, "NOTICE_BATCH", 2)
    monkeypatch.setattr(notice_recipients, "NOTICE_BATCH", 2)
    monkeypatch.setattr(notices, "NOTICE_MAILS_A_DAY_MAX", 4)
    for number in range(7):
        await promoter.sell(f"{number}@example.org")
    await promoter.call_off()
    taken: list[int] = []
    for _ in range(3):
        await promoter.spread()
        await promoter.mail()
        if not taken:
            assert (await promoter.notice())["ended_at"] is None
        taken.append(len(post.taken))
        promoter.office.clock.advance(DAY + HOUR)
    assert taken == [4, 7, 7]
    assert len({one["to"] for one in post.taken}) == 7


async def test_who_has_two_orders_is_listed_for_both_where_no_mail_arrived(
    promoter: Promoter, post: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One mail stands for both, also for orders that are looked at when it has failed already."""
    monkeypatch.setattr(notices, "NOTICE_BATCH", 2)
    monkeypatch.setattr(notice_recipients, "NOTICE_BATCH", 2)
    monkeypatch.setattr(notices, "NOTICE_MAILS_A_DAY_MAX", 2)
    for email in ("a@example.org", "A@example.org", "a@example.org", "b@example.org"):
        await promoter.sell(email)
    await promoter.call_off()
    await promoter.spread()
    post.refusals = ["550 unknown"]
    await promoter.mail()
    assert await promoter.unreached() == [(1, "refused"), (2, "refused")]
    promoter.office.clock.advance(DAY + HOUR)
    owner, office = promoter.owner, promoter.office
    again = await office.person("manager", organization_id=owner.organization_id)
    promoter.owner = again
    await promoter.spread()
    assert await promoter.unreached() == [(1, "refused"), (2, "refused"), (3, "refused")]
    (dead,) = (await office.ok("GET", f"{again.path}/jobs?state=dead", again))["items"]
    await office.ok("POST", f"{again.path}/jobs/{dead['id']}/again", again)
    await promoter.mail()
    assert [one["to"] for one in post.taken] == ["a@example.org", "b@example.org"]
    told = await promoter.notice()
    assert (told["sent"], told["same"], told["refused"]) == (2, 2, 0)
    assert await promoter.unreached() == []


@pytest.mark.parametrize("spread_before", [2, 4])
async def test_a_buyer_who_is_erased_takes_no_others_mail_along(
    promoter: Promoter, post: MailServer, monkeypatch: pytest.MonkeyPatch, spread_before: int
) -> None:
    """The next order of that address is written to, once, whenever it was looked at."""
    monkeypatch.setattr(notices, "NOTICE_BATCH", 2)
    monkeypatch.setattr(notice_recipients, "NOTICE_BATCH", 2)
    monkeypatch.setattr(notices, "NOTICE_MAILS_A_DAY_MAX", spread_before)
    for _ in range(4):
        await promoter.sell("a@example.org")
    await promoter.call_off()
    await promoter.spread()
    orders = (await promoter.ask("GET", "/orders?sort=number"))["items"]
    for order in orders[:2]:
        await promoter.ask("DELETE", f"/orders/{order['id']}/buyer")
    await promoter.mail()
    promoter.office.clock.advance(DAY + HOUR)
    promoter.owner = await promoter.office.person(
        "manager", organization_id=promoter.owner.organization_id
    )
    for _ in range(3):
        await promoter.spread()
        await promoter.mail()
    assert [one["to"] for one in post.taken] == ["a@example.org"]
    assert await promoter.unreached() == [(1, "no_address"), (2, "no_address")]
    assert (await promoter.notice())["same"] == 1
