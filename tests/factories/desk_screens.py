"""Every page of the organizer's desk, prepared without a server behind it, for pictures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from PySide6.QtWidgets import QApplication, QWidget

from gatekeeper.organizer.afterwards.reports_client import EventSums
from gatekeeper.organizer.before_doors.devices_client import Device, Pairing
from gatekeeper.organizer.before_doors.doors_ready_lines import BoardLine, Check, Light
from gatekeeper.organizer.desk_and_events import ListedEvent
from gatekeeper.organizer.during.conflicts_client import Conflict, ConflictSide
from gatekeeper.organizer.during.live_board_channel import LiveView
from gatekeeper.organizer.during.order_cancelling_client import EndedTicket, Ending
from gatekeeper.organizer.during.orders_client import (
    FoundOrders,
    OpenedOrder,
    Order,
    OrderMail,
    OrderTicket,
)
from gatekeeper.organizer.merging_edits import Clash, find_clashes
from gatekeeper.organizer.own_server_copies import RecoverySheet
from gatekeeper.organizer.prepare.event_draft import find_flaws
from gatekeeper.organizer.prepare.plan_client import EventPlan, PlanItem, PlanKind, new_thing
from gatekeeper.organizer.prepare.seat_plans_client import SeatType, Venue
from gatekeeper.organizer.prepare.series_client import Series, SeriesDate
from gatekeeper.organizer.prepare.ticket_trial_client import TrialAnswer
from gatekeeper.organizer.server_api import EventSite
from gatekeeper.presenters.colors import Theme
from gatekeeper.ui.application import make_application
from gatekeeper.ui.organizer.desk_pages import EventPages
from gatekeeper.ui.organizer.desk_style import dress_desk
from gatekeeper.ui.organizer.desk_window import DeskWindow
from gatekeeper.ui.organizer.during.live_page import LivePage
from gatekeeper.ui.organizer.prepare.new_event_page import DraftPage
from gatekeeper.ui.organizer.sign_in.recovery_sheet_page import SheetPage
from gatekeeper.ui.organizer.sign_in.sign_in_pages import (
    ComparePage,
    ProgressPage,
    ServerChoicePage,
)
from gatekeeper.ui.organizer.sign_in.take_over_and_reset_pages import TakeOverPage
from gatekeeper.wording.texts import TEXTS
from shared.kernel.id_types import EventId, OrganizationId, SeatId, VenueId
from shared.seating.seat_map import Seat, SeatMap
from tests.factories.audit_screens import show_audit
from tests.factories.calling_screens import show_calling, show_moving
from tests.factories.copy_screens import show_copying
from tests.factories.evacuation_screens import evacuations_of, pauses_of
from tests.factories.files_screens import show_files
from tests.factories.guest_list_screens import show_list
from tests.factories.holds_screens import show_holds
from tests.factories.host_screens import show_guests
from tests.factories.live_boards import ANSWERS, make_board
from tests.factories.look_screens import show_look
from tests.factories.mailed_screens import show_mailed
from tests.factories.move_screens import show_move
from tests.factories.open_codes_screens import HERE, OPEN_CODES
from tests.factories.order_screens import PASSAGES, refund_by
from tests.factories.people_screens import show_people
from tests.factories.period_screens import show_period
from tests.factories.persons_screens import show_persons
from tests.factories.programs_screens import show_limits, show_programs
from tests.factories.promotions_screens import show_promotions
from tests.factories.question_screens import show_questions
from tests.factories.removed import remove
from tests.factories.server_screens import STICKS, show_server
from tests.factories.stock_screens import show_stock
from tests.factories.till_seat_screens import show_till_seats

NOW: Final = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
SITE: Final = EventSite(OrganizationId("og_lantern"), EventId("ev_lantern"))
LONG: Final = "Friends and supporters of the lantern makers and everybody they bring along"
STARTS: Final = "2026-11-23T18:30:00Z"
SUMS: Final = EventSums(
    made_at="2026-11-22 19:30",
    state="published",
    orders=2_310,
    money={
        "paid_unbooked": {"EUR": 12_000, "CHF": 0},
        "received": {"EUR": 6_104_250, "CHF": 122_400},
        "refunds_owed": {"EUR": 45_000, "CHF": 0},
        "paid_back": {"EUR": 40_000, "CHF": 0},
        "to_be_paid_back": {"EUR": 5_000, "CHF": 0},
        "in_dispute": {"EUR": 2_500, "CHF": 0},
        "charged_back": {"EUR": 0, "CHF": 0},
        "kept": {"EUR": 6_064_250, "CHF": 122_400},
    },
    tickets=4_980,
    came=4_711,
    no_shows=269,
)
ORDER: Final = Order(
    id="or_1",
    number=2_310,
    state="paid",
    channel="box_office",
    currency="EUR",
    total_minor=8_000,
    buyer_email="friends-of-the-lantern-makers@lanterns.example.org",
    buyer_name=LONG,
    buyer_phone="+49 151 0000000",
    created_at=NOW,
)
REFUSED_MAIL: Final = OrderMail(asked_at=ORDER.created_at, outcome="refused", said="")
OTHER_ORDER: Final = msgspec.structs.replace(ORDER, id="or_2", number=2_311, state="pending")
TICKETS: Final = tuple(
    OrderTicket(
        id=f"{place:016x}",
        order_id="or_1",
        seat_id=None,
        state=state,
        blocked=place == 1,
        manual_code=f"7K2M-9Q4{place}-H",
        holder_name=LONG,
        kind=LONG,
    )
    for place, state in enumerate(("validated", "claimed", "cancelled"))
)
ENDING: Final = Ending(
    order_id="or_1",
    number=2_310,
    is_paid=True,
    currency="EUR",
    tickets=tuple(
        EndedTicket(
            id=one.id,
            code=one.code,
            kind=LONG,
            price_minor=4_000,
            back_minor=2_000,
            is_used=one.state == "validated",
        )
        for one in TICKETS[:2]
    ),
    by_tender={"card": 3_000, "cash": 5_000},
)
RULE: Final[Any] = {
    "all": [
        {"fact": "now", "cmp": "before", "value": "local:21:30:00"},
        {"fact": "entries_today", "cmp": "<", "value": 2},
    ]
}
DATES: Final = Series(
    tuple(
        SeriesDate(f"2027-03-{day}T02:30", shift, exists)
        for day, shift, exists in ((21, "", True), (28, "left_out", False))
    )
)
TIER: Final = {
    "key": "early",
    "name": "Early bird",
    "price_minor": 1_900,
    "starts_at": None,
    "ends_at": STARTS,
    "count": 200,
}


def thing(kind: PlanKind, thing_id: str, **fields: Any) -> PlanItem:
    """Make a thing of the plan."""
    bare = EventPlan(state="draft", currency="EUR", things=(), made_at=STARTS)
    filled = (
        {}
        if kind is PlanKind.EVENT
        else new_thing(kind, bare).fields
        if kind is not (PlanKind.VENUE)
        else {"timezone": "Europe/Berlin", "address": "", "template": []}
    )
    return PlanItem(kind=kind, id=thing_id, etag='"a"', fields=filled | fields)


EARLIER: Final = {"until": "2026-11-09T18:30:00Z", "percent_points": 10_000, "fee_minor": 0}
REFUNDS: Final = (
    {"until": "2026-11-16T18:30:00Z", "percent_points": 10_000, "fee_minor": 200},
    {"until": None, "percent_points": 5_000, "fee_minor": 0},
)
SEATED: Final = thing(PlanKind.TYPE, "tt_1", name=LONG, selling={"seats": {}})
EVENT: Final = thing(
    PlanKind.EVENT,
    "ev_lantern",
    name="Night of the Lanterns",
    timezone="Europe/Berlin",
    policy={"offline_policy": "home", "names_at_gates": True},
    pricing={"tax_rounding": "sum_by_net", "country": "NL", "refunds": REFUNDS},
)
ZONE: Final = thing(
    PlanKind.ZONE, "zn_hall", name="Hall", capacity=800, occurrence_id="oc_1", rule=RULE
)
PLAN: Final = EventPlan(
    state="published",
    currency="EUR",
    made_at=STARTS,
    things=(
        EVENT,
        thing(PlanKind.DATE, "oc_1", name="Monday", starts_at=STARTS),
        thing(PlanKind.DATE, "oc_2", name="Tuesday", starts_at="2026-11-24T18:30:00Z"),
        ZONE,
        thing(PlanKind.ZONE, "zn_gallery", name=LONG, ticket_type_ids=["tt_2"]),
        thing(PlanKind.GATE, "gt_north", name="North", zone_id="zn_hall"),
        thing(
            PlanKind.GATE, "gt_stairs", name="Stairs to the upper gallery", zone_id="zn_gallery"
        ),
        thing(
            PlanKind.TYPE, "tt_1", name="Standing", price_minor=2_500, selling={"tiers": [TIER]}
        ),
        thing(PlanKind.TYPE, "tt_2", name=LONG, price_minor=4_000),
        thing(PlanKind.VENUE, "vn_1", name="Harbour Hall"),
    ),
)
SILENT: Final = NOW - timedelta(minutes=9)
LINES: Final = (
    BoardLine(check=Check.ON_SALE, light=Light.GREEN, state="open"),
    BoardLine(check=Check.HANDED_OVER, light=Light.RED, state="never"),
    BoardLine(check=Check.GATE, light=Light.RED, state="silent", name="North", since=SILENT),
    BoardLine(check=Check.GATE, light=Light.AMBER, state="clock", name="South", count=75),
    BoardLine(check=Check.GATE, light=Light.RED, state="no_device", name="Stairs"),
    BoardLine(check=Check.CONFLICTS, light=Light.AMBER, state="open", count=3),
)

NORTH: Final = Device(
    id="dv_1",
    name="north-1",
    role="gate",
    gate="North",
    heard_at=NOW - timedelta(seconds=8),
    is_revoked=False,
)


class DeskScreens:
    """A desk that is told what to show.

    Args:
        width: In pixels.
        height: In pixels.
        theme: Its colours.
    """

    def __init__(self, width: int, height: int, theme: Theme) -> None:
        make_application()
        self.window = DeskWindow()
        dress_desk(self.window, theme)
        self.window.resize(width, height)
        self.window.show()
        self.work = EventPages(theme)
        self.window.keep(self.work)
        QApplication.processEvents()

    def close(self) -> None:
        """Close the window."""
        remove(self.window)
        QApplication.processEvents()

    def show_all(self) -> Iterator[str]:
        """Show page after page; each is on the screen when its name is given."""
        yield from self._first_pages()
        self.work.show_place("Lantern Society")
        self.work.show_events([ListedEvent(SITE, "Night of the Lanterns", "published")], SITE)
        self.window.show_page(self.work)
        yield from self._pages()
        yield from self._plan()

    def _first_pages(self) -> Iterator[str]:
        yield self._page(ServerChoicePage(), "desk-choice")
        compare = ComparePage()
        compare.show_digits("a1b2c3d4" * 8)
        yield self._page(compare, "desk-compare")
        progress = ProgressPage()
        making = TEXTS.say("desk.draft.making"), TEXTS.say("desk.draft.making_hint")
        progress.show_step(*making, 3, 14)
        yield self._page(progress, "desk-progress")
        sheet = SheetPage()
        sheet.show_sheet(
            RecoverySheet(
                organization="Lantern Society",
                email="ada@example.org",
                code="7K2M 9Q4T H5WX 3NPR 8CVB 6DFG",
                digits="a1b2c3d4" * 8,
                made_on="2026-11-22",
            )
        )
        yield self._page(sheet, "desk-sheet")
        take = TakeOverPage()
        yield self._page(take, "desk-take-over")
        take.sticks.offer(STICKS)
        yield "desk-take-over-sticks"
        draft = DraftPage(NOW.replace(tzinfo=None), "Europe/Berlin")
        yield self._page(draft, "desk-draft")
        draft.show_flaws(find_flaws(draft.read()))
        yield "desk-draft-flaws"
        yield from show_copying(self.window)

    def _page(self, page: QWidget, name: str) -> str:
        self.window.show_page(page)
        return name

    def _stops(self, page: LivePage) -> Iterator[str]:
        pausing, board = page.pause, page.evacuation
        page.tabs.setCurrentWidget(pausing)
        for is_paused in (False, True):
            pausing.let_order(may_order=True)
            pausing.show_pauses(pauses_of(LONG, is_paused=is_paused))
            if is_paused:
                pausing.say(pausing.unanswered)
            yield "desk-during-paused" if is_paused else "desk-during-pause"
        board.let_order(may_order=True)
        page.tabs.setCurrentWidget(board)
        board.show_found(())
        yield "desk-during-evacuation"
        board.show_found(evacuations_of(str(board.place.currentData()), LONG))
        yield "desk-during-evacuation-under-way"

    def _pages(self) -> Iterator[str]:
        work = self.work
        work.enter("doors_ready")
        work.doors_ready.show_lines(LINES, NOW)
        yield "desk-board"
        work.enter("live")
        work.live.show_view(LiveView(make_board(LONG), is_pushed=True))
        yield "desk-during"
        work.live.tabs.setCurrentIndex(1)
        yield "desk-during-denials"
        work.live.tabs.setCurrentIndex(2)
        yield "desk-during-sales"
        work.live.tabs.setCurrentIndex(3)
        work.live.answers.show_answers(ANSWERS)
        yield "desk-during-answers"
        yield from self._stops(work.live)
        work.enter("conflicts")
        conflict = Conflict(
            id="cf_1",
            kind="double_use",
            ticket="c2d4e5f6",
            detail="admitted more often than the ticket allows",
            is_ordered=False,
            disposition="",
            opened_at=NOW,
            updated_at=NOW,
            code="7K2M-9Q40-H",
        )
        side = ConflictSide(
            gate="North",
            device="north-1",
            at=NOW,
            error_s=0.4,
            count=1,
            is_signed=True,
        )
        work.conflicts.show_conflicts((conflict,))
        on_paper = msgspec.structs.replace(side, on_paper=(NOW, NOW), person="Sam Okafor")
        work.conflicts.show_sides("cf_1", [side, on_paper])
        yield "desk-conflicts"
        work.enter("devices")
        work.devices.show_gates({"gt_1": "North", "gt_2": "South"})
        work.devices.show_devices([NORTH], NOW)
        yield "desk-devices"
        work.devices.codes.show_codes(OPEN_CODES, HERE, {"gt_1": "North"})
        yield "desk-devices-codes"
        work.devices.codes.forget()
        work.devices.table.setCurrentCell(0, 0)
        work.devices.lost.ask(is_stolen=True)
        yield "desk-devices-stolen"
        show_stock(work.devices)
        yield "desk-devices-stock"
        yield from self._seats_and_gates()
        work.devices.table.clearSelection()
        work.devices.show_pairing(Pairing("GKE1 " + "7" * 180, NOW), "19:00")
        work.devices.paper.show_progress(41_250, 99_800)
        yield "desk-pairing"
        yield from show_list(work)
        yield from self._orders()
        yield from show_calling(self.work)
        yield from show_moving(self.work)
        yield from show_persons(self.work)
        yield from show_programs(self.work)
        yield from show_limits(self.work)
        yield from show_audit(self.work)
        yield from self._more_rooms()

    def _seats_and_gates(self) -> Iterator[str]:
        page = self.work.devices
        show_till_seats(page)
        yield "desk-devices-seats"
        show_till_seats(page, is_revoked=True)
        yield "desk-devices-seats-freed"
        show_move(page)
        yield "desk-devices-move"

    def _orders(self) -> Iterator[str]:
        page = self.work.orders
        self.work.enter("orders")
        page.show_found(FoundOrders(orders=(ORDER, OTHER_ORDER), tickets=TICKETS, is_all=False))
        yield "desk-orders-found"
        page.show_opened(OpenedOrder(ORDER, TICKETS, REFUSED_MAIL))
        page.show_passages(PASSAGES)
        page.say(TEXTS.say("orders.used_first"), "bad")
        page.show_refund(refund_by(REFUNDS))
        yield "desk-orders"
        page.show_ending(ENDING)
        page.say(TEXTS.say("ending.used_first"), "bad")
        yield "desk-orders-ending"
        page.show_opened(OpenedOrder(None, TICKETS[2:]))
        page.say(TEXTS.say("orders.reissued", code="7K2M-9Q42-H", old="7K2M-9Q41-H"), "good")
        yield "desk-orders-ticket"

    def _more_rooms(self) -> Iterator[str]:
        work = self.work
        work.enter("seats")
        seats = tuple(
            Seat(
                id=SeatId(f"{row}-{number}"),
                section="Stalls",
                row=row,
                number=f"{number}",
                x=550 * number,
                y=900 * place,
                category="A",
            )
            for place, row in enumerate("ABCD")
            for number in range(1, 13)
        )
        work.seats.show_venues([Venue(VenueId("vn_1"), "Harbour Hall")])
        work.seats.show_types([SeatType(SEATED)])
        work.seats.show_map(SeatMap(seats))
        yield "desk-seats"
        yield from show_look(work)
        yield from show_promotions(work, PLAN)
        yield from show_holds(work, PLAN)
        yield from show_people(work)
        work.enter("reports")
        work.reports.show_sums(SUMS)
        yield "desk-reports"
        yield from show_period(work)
        yield from show_mailed(work)
        yield from show_files(work)
        yield from show_server(work)

    def _plan(self) -> Iterator[str]:
        work, page = self.work, self.work.plan
        work.enter("plan")
        page.show_plan(PLAN, can_undo=True)
        yield "desk-plan-event"
        for thing_id in ("oc_1", "zn_hall", "gt_stairs", "tt_1", "vn_1"):
            page.choose(thing_id)
            yield f"desk-plan-{thing_id.partition('_')[0]}"
        show_guests(page)
        yield "desk-plan-guests"
        page.drop()
        show_questions(page)
        yield "desk-plan-questions"
        page.drop()
        page.choose("oc_1")
        page.series.show_dates(DATES)
        yield "desk-plan-repeated"
        page.choose("zn_hall")
        page.trial.show_found(TrialAnswer("deny", "rules_denied"))
        yield "desk-plan-tried"
        page.trial.show_found(TrialAnswer("admit", "ok", paused_at=NOW))
        yield "desk-plan-tried-paused"
        theirs = ZONE.fields | {"name": "Great Hall", "capacity": 750, "rule": None}
        mine = ZONE.fields | {"name": "Main Hall"}
        page.show_clash(
            Clash(
                by="Mara Okoye",
                at=NOW,
                etag='"b"',
                theirs=theirs,
                fields=find_clashes(ZONE.fields, theirs, mine),
            )
        )
        yield "desk-plan-clash"
        page.drop()
        page.choose(EVENT.id)
        terms = {"country": None, "refunds": REFUNDS[1:], "tax_rounding": "line"}
        theirs = EVENT.fields | {"pricing": terms}
        mine = EVENT.fields | {"pricing": {"country": "CH", "refunds": (EARLIER, *REFUNDS)}}
        page.show_clash(
            Clash(
                by="Mara Okoye",
                at=NOW,
                etag='"b"',
                theirs=theirs,
                fields=find_clashes(EVENT.fields, theirs, mine),
            )
        )
        yield "desk-plan-terms-clash"
