"""Things that are made while the server's answer is lost on the way: asked again, one is there."""

from __future__ import annotations

import contextlib
from datetime import datetime
from pathlib import Path

import pytest

from gatekeeper.organizer import server_api as desk_office
from gatekeeper.organizer.afterwards.report_schedules_client import ScheduleClient
from gatekeeper.organizer.during.ticket_files_client import FilesWanted, TicketFilesClient
from gatekeeper.organizer.merging_edits import Fields
from gatekeeper.organizer.organization.api_keys_client import ApiKeyClient, KeyRequest
from gatekeeper.organizer.organization.members_client import list_members
from gatekeeper.organizer.organization.new_staff import MadePerson
from gatekeeper.organizer.organization.staff_client import StaffClient
from gatekeeper.organizer.organization.webhooks_client import WebhookClient
from gatekeeper.organizer.prepare.event_draft import DateDraft, EventDraft, TypeDraft, ZoneDraft
from gatekeeper.organizer.prepare.holds_client import keep_back, read_kept
from gatekeeper.organizer.prepare.new_event import EventMaking, Progress
from gatekeeper.organizer.prepare.plan_client import PlanClient, PlanItem, PlanKind, new_thing
from gatekeeper.organizer.prepare.promotions_client import add_promotion, read_discounts
from gatekeeper.organizer.prepare.unfinished_event import FILE, UnfinishedEvents
from gatekeeper.organizer.unheard_making import UnheardMaking
from gatekeeper.store.disk import FolderDisk
from shared.kernel.errors import ServerFault
from shared.kernel.id_types import OrganizationId
from tests.factories.ledger_office import LedgerOffice
from tests.fakes.entropy import SeededEntropy
from tests.integration.organizer.before_doors.test_gate_paper_lists import site_of
from tests.integration.organizer.prepare.test_promotions import FIELDS as PROMOTION
from tests.integration.organizer.test_lost_answers_of_saving import lose
from tests.integration.organizer.test_undone_edits import Line

pytestmark = pytest.mark.either_database
NIGHT = datetime(2026, 11, 28, 19, 0)  # noqa: DTZ001 - by the venue's clock

LATE = NIGHT.replace(hour=23)
LANTERNS = EventDraft(
    name="Lanterns",
    timezone="Europe/Berlin",
    currency="EUR",
    dates=(DateDraft(name="Tonight", doors=NIGHT, starts=NIGHT, ends=LATE),),
    types=(TypeDraft(name="Standing", price_minor=2_500),),
    zones=(ZoneDraft(name="Hall", gates=("North", "South")),),
    supervisors=("Sam", "Kim"),
)
STEPS = 8
REPORT: Fields = {
    "name": "Daily",
    "kind": "event",
    "event_ids": [],
    "form": "csv",
    "language": "en",
    "every": "day",
    "weekday": 0,
    "month_day": 1,
    "clock": "07:00",
    "timezone": "UTC",
}


@pytest.mark.parametrize("kind", [PlanKind.GATE, PlanKind.TYPE, PlanKind.DATE])
async def test_a_new_thing_is_saved_once(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi, kind: PlanKind
) -> None:
    """*Save* again takes what was made, with what was typed since; another new one is another."""
    line = Line(seat._http._transport)
    seat._http._transport = line
    desk = PlanClient(seat, site_of(ledger_office))
    plan = await desk.read()
    before = len(plan.of(kind))
    new = new_thing(kind, plan)
    for lost, name in (("question", "Side"), ("answer", "Side"), ("answer", "Side door")):
        line.loses = lost
        with pytest.raises(ServerFault):
            await desk.save(new, new.fields | {"name": name})
        await desk.read()  # as the desk does every few seconds
    saved = await desk.save(new, new.fields | {"name": "Side door"})
    assert isinstance(saved, PlanItem)
    assert saved.name == "Side door"
    assert len((await desk.read()).of(kind)) == before + 1
    other = new_thing(kind, await desk.read())
    assert isinstance(await desk.save(other, other.fields | {"name": "Side door"}), PlanItem)
    assert len((await desk.read()).of(kind)) == before + 2
    assert await desk.undo() is None
    assert await desk.undo() is None
    assert len((await desk.read()).of(kind)) == before


async def test_a_drafted_event_is_made_once_whatever_answer_is_lost(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi
) -> None:
    """Also its event and its supervisor, whose badge is drawn again: nobody has the first one."""
    line = Line(seat._http._transport)
    seat._http._transport = line
    organization = ledger_office.owner.organization_id
    setup = EventMaking(seat, organization, LANTERNS, SeededEntropy("setup"))
    root = f"/organizations/{organization}"
    events = len(await seat.list_all(f"{root}/events"))
    people = len(await seat.get(f"{root}/supervisors"))
    for _step in range(STEPS):
        line.loses = "answer"
        with pytest.raises(ServerFault):
            await setup.run()
    line.loses = ""
    site = await setup.run()
    assert len(await seat.list_all(f"{root}/events")) == events + 1
    plan = await PlanClient(seat, site).read()
    counts = {kind: len(plan.of(kind)) for kind in PlanKind if kind is not PlanKind.VENUE}
    assert counts == {"event": 1, "date": 1, "zone": 1, "gate": 2, "type": 1}
    found = await seat.get(f"{root}/supervisors")
    assert len(found) == people + 2
    assert {one.id for one in setup.people} == {
        one["id"] for one in found if one["name"] in LANTERNS.supervisors
    }


@pytest.mark.parametrize("loses", ["question", "answer"])
async def test_an_event_whose_desk_ends_at_any_step_is_made_by_the_next_desk(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi, tmp_path: Path, loses: str
) -> None:
    """Once, and with badges that somebody sees: those that the ended desk was given are gone."""
    line = Line(seat._http._transport)
    seat._http._transport = line
    organization = ledger_office.owner.organization_id
    root, unfinished = f"/organizations/{organization}", UnfinishedEvents(FolderDisk(tmp_path))
    events = len(await seat.list_all(f"{root}/events"))
    people = len(await seat.get(f"{root}/supervisors"))
    setup = EventMaking(seat, organization, LANTERNS, SeededEntropy("0"), unfinished.keep)
    badges: list[str] = []
    for step in range(1, STEPS + 1):
        line.loses = loses
        with pytest.raises(ServerFault):
            await setup.run()
        badges += (one.badge for one in setup.people)
        former = unfinished.find(organization)
        assert former is not None
        assert unfinished.find(OrganizationId("og_other")) is None
        for secret in (secret for one in setup.people for secret in (one.badge, one.pin)):
            assert secret not in (tmp_path / FILE).read_text("utf-8")
        setup = EventMaking(
            seat, organization, former.draft, SeededEntropy(f"{step}"), unfinished.keep
        )
        setup.go_on_after(former)
        line.loses = ""
        with contextlib.suppress(_Ended):
            await setup.run(_ending_at(step))
    site = await setup.run()
    assert len(await seat.list_all(f"{root}/events")) == events + 1
    plan = await PlanClient(seat, site).read()
    counts = {kind: len(plan.of(kind)) for kind in PlanKind if kind is not PlanKind.VENUE}
    assert counts == {"event": 1, "date": 1, "zone": 1, "gate": 2, "type": 1}
    found = await seat.get(f"{root}/supervisors")
    assert len(found) == people + len(LANTERNS.supervisors)
    assert {one.id for one in setup.people} <= {one["id"] for one in found}
    assert not {one.badge for one in setup.people} & set(badges)


async def test_badges_keys_and_programs_are_made_once_with_secrets_that_somebody_has(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi
) -> None:
    """The first had a badge, a key or a secret that nobody had seen, and held beside the other.

    The same once more, when it was answered, is another one.
    """
    seat._http._transport = line = Line(seat._http._transport)
    site = site_of(ledger_office)
    staff = StaffClient(seat, site.organization_id, SeededEntropy("staff"))
    before = {one.id for one in await staff.read()}
    for name, role in (("Kim", "cashier"), ("Sam", "supervisor")):
        made = [await lose(line, lambda: staff.add(name, role)), await staff.add(name, role)]  # noqa: B023 - done at once
        listed = {one.id for one in await staff.read()} - before
        assert listed == {one.id for one in made}, role
        before |= listed
    line.loses = "answer"
    with pytest.raises(ServerFault):
        await staff.add("Lou", "cashier")
    (lou,) = [one for one in await staff.read() if one.name == "Lou"]
    assert isinstance(await staff.renew_badge(lou), MadePerson)
    await staff.add("Lou", "cashier")
    assert lou.id in {one.id for one in await staff.read()}, "somebody has their badge by now"
    programs, fields = WebhookClient(seat, site), {"url": "https://example.org/x", "kinds": []}
    program = await lose(line, lambda: programs.add({"name": "CRM", **fields}))
    assert [one.id for one in await programs.list_programs()] == [program.webhook.id]
    keys = ApiKeyClient(seat, site)
    wanted = KeyRequest(name="Shop", scopes=("events:read",), until=None)
    key = await lose(line, lambda: keys.make(wanted))
    assert [one.id for one in (await keys.look(is_owner=True)).keys] == [key.api_key.id]


async def test_discounts_holds_and_mailed_reports_are_made_once(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi
) -> None:
    """Both discounts held, both holds took from the stock, and each report was mailed twice.

    Of a discount with a code it was said that another one has it.
    """
    seat._http._transport = line = Line(seat._http._transport)
    site, making = site_of(ledger_office), UnheardMaking()
    for code in (None, "FRIENDS-24"):
        discount = PROMOTION | {"code": code}
        await lose(line, lambda: add_promotion(seat, site, discount, making))  # noqa: B023 - done at once
    assert [one.has_code for one in (await read_discounts(seat, site)).promotions] == [False, True]
    (kind, *_) = (await PlanClient(seat, site).read()).of(PlanKind.TYPE)
    kept = {"name": "Press", "reason": "", "ticket_type_id": kind.id, "quantity": 2}
    hold = await lose(line, lambda: keep_back(seat, site, kept | {"ends_at": None}, making))
    assert (await read_kept(seat, site)).holds == (hold,)
    reports = ScheduleClient(seat, site.organization_id)
    to = (await list_members(seat, site.organization_id))[0].email
    report = await lose(line, lambda: reports.add(REPORT | {"recipients": [to]}))
    assert (await reports.read()).schedules == (report,)


async def test_files_of_tickets_are_written_once(
    ledger_office: LedgerOffice, seat: desk_office.ServerApi
) -> None:
    """All tickets of a house lay twice on the server, and one of them was never looked at.

    Of those that another desk asked for meanwhile, the ones of another kind are not taken for it.
    """
    seat._http._transport = line = Line(seat._http._transport)
    site = site_of(ledger_office)
    desk, other = TicketFilesClient(seat, site), TicketFilesClient(seat, site)
    (kind, *_) = (await PlanClient(seat, site).read()).of(PlanKind.TYPE)
    wanted = FilesWanted(form="cut", type_id=kind.id, names=True)
    line.loses = "question"
    with pytest.raises(ServerFault):
        await desk.ask(wanted, "de")
    theirs = await other.ask(FilesWanted(form="cut", names=True), "de")
    made = await lose(line, lambda: desk.ask(wanted, "de"))
    assert {one.id for one in await desk.list_files()} == {made.id, theirs.id}
    assert made.id != theirs.id
    again = await desk.ask(wanted, "de")
    assert again.id != made.id


class _Ended(Exception):
    """The desk is gone."""


def _ending_at(step: int) -> Progress:
    def told(done: int, _of: int) -> None:
        if done >= step:
            raise _Ended

    return told
