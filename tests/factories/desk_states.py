"""The pages of the desk in their other states: empty, cut off, looked at only, with long names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec
from PySide6.QtWidgets import QApplication

from gatekeeper.organizer.before_doors.devices_client import Device, Pairing
from gatekeeper.organizer.desk_and_events import ListedEvent
from gatekeeper.organizer.during.orders_client import FoundOrders, OpenedOrder
from gatekeeper.organizer.organization.new_staff import MadePerson
from gatekeeper.organizer.prepare.plan_client import EventPlan
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_fault
from gatekeeper.ui.organizer.desk_pages import EventPages
from shared.kernel.errors import Rejected, ServerFault
from tests.factories.desk_screens import (
    ENDING,
    LINES,
    NOW,
    ORDER,
    PLAN,
    REFUSED_MAIL,
    SITE,
    TICKETS,
    DeskScreens,
)
from tests.factories.guest_list_screens import LIST, WRONG_LINES
from tests.factories.host_screens import show_guests
from tests.factories.move_screens import show_move
from tests.factories.question_screens import show_questions
from tests.factories.stock_screens import show_stock, show_stock_clash
from tests.factories.strength import sized
from tests.factories.till_seat_screens import show_till_seats

_ONE_WORD: Final = "Lichterfestgesellschaft"
NAMES: Final = (
    ("long", ("Friends and supporters of the lantern makers " * 5)[:200]),
    ("word", (_ONE_WORD * 9)[:200]),
    ("right-to-left", "مهرجان الفوانيس الكبير في الميناء القديم لكل الأصدقاء " * 3),
    ("hebrew", "חגיגת הפנסים הגדולה בנמל הישן " * 6),
)
"""Names of 200 characters: many words, one word, and scripts that run the other way."""
_TRIED: Final = sized(NAMES[:2], NAMES)


def show_states(screens: DeskScreens) -> Iterator[str]:
    """Show each page before anything is in it, cut off, as a reader has it; then long names."""
    work = screens.work
    work.show_place("Lantern Society")
    work.show_events([ListedEvent(SITE, "Night of the Lanterns", "draft")], SITE)
    screens.window.show_page(work)
    for page in work.menu.offered:
        work.enter(page)
        yield f"empty-{page}"
    for name, fault in (
        ("offline", ServerFault("the server cannot be reached")),
        ("refused", Rejected("your role may not do this")),
    ):
        work.say(spell_fault(fault))
        for page in ("doors_ready", "plan", "orders"):
            work.enter(page)
            yield f"{name}-{page}"
    work.say("")
    for kind, text in _TRIED:
        for page in _fill_with(work, text.strip()):
            yield f"{kind}-{page}"
    work.show_role("reader")
    for page in work.menu.offered:
        work.enter(page)
        yield f"reader-{page}"


def _fill_with(work: EventPages, name: str) -> Iterator[str]:
    """Fill pages with things of one name."""
    work.show_place(name)
    work.show_events([ListedEvent(SITE, name, "published")], SITE)
    work.enter("doors_ready")
    lines = tuple(msgspec.structs.replace(one, name=name) if one.name else one for one in LINES)
    work.doors_ready.show_lines(lines, NOW)
    yield "doors_ready"
    work.enter("plan")
    things = tuple(
        msgspec.structs.replace(one, fields=one.fields | {"name": name}) for one in PLAN.things
    )
    work.plan.show_plan(
        EventPlan(state=PLAN.state, currency="EUR", things=things, made_at=PLAN.made_at),
        can_undo=True,
    )
    for thing in ("oc_1", "zn_hall", "gt_stairs", "tt_1"):
        work.plan.choose(thing)
        yield f"plan-{thing}"
    for told, show in (("plan-guests", show_guests), ("plan-questions", show_questions)):
        show(work.plan, name)
        yield told
        work.plan.drop()
    work.enter("devices")
    work.devices.show_gates({"gt_1": name, "gt_2": name})
    device = Device(id="dv_1", name=name, role="gate", gate=name, heard_at=NOW, is_revoked=False)
    work.devices.show_devices([device], NOW)
    work.devices.show_pairing(Pairing("GKE1 " + "7" * 180, NOW), "19:00")
    yield "devices"
    show_till_seats(work.devices, name)
    yield "devices-seats"
    show_till_seats(work.devices, name, is_revoked=True)
    yield "devices-seats-freed"
    show_move(work.devices, name)
    yield "devices-move"
    show_stock(work.devices, name)
    show_stock_clash(work.devices)
    yield "devices-stock"
    work.enter("guests")
    columns = msgspec.structs.replace(LIST, columns=(name,) * 3, sample=((name,) * 3,))
    work.guests.show_columns(columns)
    work.guests.show_list(columns)
    work.guests.show_wrong(WRONG_LINES)
    yield "guests"
    work.enter("orders")
    order = msgspec.structs.replace(ORDER, buyer_name=name, buyer_email=f"{name[:60]}@example.org")
    tickets = tuple(msgspec.structs.replace(one, holder_name=name, kind=name) for one in TICKETS)
    work.orders.show_found(FoundOrders(orders=(order,), tickets=tickets, is_all=False))
    work.orders.show_opened(OpenedOrder(order, tickets, REFUSED_MAIL))
    yield "orders"
    ended = tuple(msgspec.structs.replace(one, kind=name) for one in ENDING.tickets * 3)
    work.orders.show_ending(msgspec.structs.replace(ENDING, tickets=ended))
    yield "orders-ending"
    work.enter("people")
    work.people.show_badges([MadePerson(name, "GKB1" + "3" * 60, "483920")])
    for _ in range(6):  # a card in a page in a tab: laid out one after the other
        QApplication.processEvents()
    yield "people"
