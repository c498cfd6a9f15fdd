"""A guest who was erased at the desk stands on none of its other pages any more."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidget, QTableWidget, QWidget

from gatekeeper.organizer.afterwards.guest_data_client import Erased, Held
from gatekeeper.organizer.during.orders_client import FoundOrders, OpenedOrder
from gatekeeper.organizer.prepare.guest_imports_client import ListImport
from gatekeeper.ui.organizer.afterwards.guest_data_flow import GuestDataFlow
from gatekeeper.ui.organizer.desk_flow import DeskFlow
from gatekeeper.ui.organizer.during.orders_flow import OrdersFlow
from gatekeeper.ui.organizer.prepare.guest_import_flow import GuestListFlow
from tests.factories.desk_screens import LONG, ORDER, TICKETS
from tests.factories.guest_list_screens import LIST
from tests.factories.held_thread import HeldThread
from tests.factories.persons_screens import HELD, KLARA
from tests.ui.organizer.test_lost_answers import CUT, SITE, board, thread

__all__ = ["board", "thread"]


def texts_of(page: QWidget) -> str:
    """Return all that can be read on a page."""
    said = list[str]()
    for part in page.findChildren(QWidget):
        if not part.isVisibleTo(page):
            continue
        if isinstance(part, QLabel | QLineEdit):
            said.append(part.text())
        elif isinstance(part, QListWidget):
            said += [part.item(row).text() for row in range(part.count())]
        elif isinstance(part, QTableWidget):
            rows, columns = range(part.rowCount()), range(part.columnCount())
            cells = [part.item(row, column) for row in rows for column in columns]
            said += [cell.text() for cell in cells if cell is not None]
    return "\n".join(said)


def test_orders_and_lists_name_nobody_who_was_erased(board: DeskFlow, thread: HeldThread) -> None:
    """What was found before stayed there, with the name in its field, until the desk was left.

    So does whoever may be erased, of which no answer came.
    """
    pages = board.event_pages
    for outcome in ("done", "cut"):
        pages.enter("orders")
        pages.enter("guests")
        pages.enter("guest_data")
        orders, lists = board.flows["orders"], board.flows["guests"]
        data = board.flows["guest_data"]
        assert isinstance(orders, OrdersFlow)
        assert isinstance(lists, GuestListFlow)
        assert isinstance(data, GuestDataFlow)
        found = FoundOrders(orders=(ORDER,), tickets=TICKETS, is_all=True)
        pages.orders.show_found(found)
        pages.orders.show_opened(OpenedOrder(ORDER, TICKETS), TICKETS[1].id)
        pages.guests.show_columns(named(LIST))
        assert LONG in texts_of(pages.orders)
        assert LONG in texts_of(pages.guests)
        pages.guest_data.show_held(KLARA, HELD)
        thread.asked.clear()
        pages.guest_data.erased.emit([])
        if outcome == "done":
            erased = Erased(orders=1, holders=3, lists=0, texts=0)
            thread.answer((erased, Held(records=(), texts=())))
        else:
            thread.refuse(CUT)
        assert LONG not in texts_of(pages.orders)
        assert LONG not in texts_of(pages.guests)
        assert len(thread.asked) >= 2, "both look anew"
    assert board.site == SITE


def test_whoever_is_erased_at_another_desk_is_named_here_no_more(
    board: DeskFlow, thread: HeldThread
) -> None:
    """They stood there until somebody searched again, to be mailed to and telephoned."""
    pages = board.event_pages
    shown: dict[str, Callable[[], None]] = {
        "orders": lambda: pages.orders.show_opened(OpenedOrder(ORDER, TICKETS), TICKETS[1].id),
        "guests": lambda: pages.guests.show_columns(named(LIST)),
    }
    for name, show in shown.items():
        pages.enter(name)
        thread.answer("er_1")
        show()
        page = getattr(pages, name)
        assert LONG in texts_of(page)
        for newest, stays in (("er_1", True), ("er_2", False)):
            board.look()
            thread.answer(newest)
            assert (LONG in texts_of(page)) is stays, (name, newest)


def named(listed: ListImport) -> ListImport:
    """Return a list whose first lines name somebody."""
    return msgspec.structs.replace(listed, sample=((LONG,) * len(listed.columns),))
