"""What happens at the page of orders: found, opened, dealt with, and said what follows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from gatekeeper.organizer.during.order_cancelling_client import (
    EndedOrder,
    Ending,
    end_order,
    read_ending,
)
from gatekeeper.organizer.during.orders_client import (
    CHANGED_SINCE,
    FoundOrders,
    OpenedOrder,
    OrderClient,
    OrderTicket,
    Passage,
    Refund,
)
from gatekeeper.organizer.server_api import EventSite, Refused, is_session_over
from gatekeeper.presenters.desk.order_cancelling_words import spell_ended
from gatekeeper.presenters.desk.order_words import spell_refunded
from gatekeeper.presenters.desk.refusal_and_fault_words import spell_refusal, spell_undone
from gatekeeper.ui.organizer.desk_session import DeskSession
from gatekeeper.ui.organizer.during.orders_page import OrdersPage
from gatekeeper.ui.organizer.during.ticket_files_card import TicketFilesFlow
from gatekeeper.ui.organizer.page_requests import entered
from gatekeeper.wording.texts import TEXTS
from shared.kernel.errors import ServerFault

T = TypeVar("T")
_CONFLICT = 409


class OrdersFlow(QObject):
    """Does what the page of orders is asked for."""

    _counted = Signal(int, int)
    """So many tickets of so many are dealt with; told by the desk's thread."""

    def __init__(self, page: OrdersPage, session: DeskSession) -> None:
        super().__init__(page)
        self._page, self._thread = page, session.thread
        self._api, self._on_fault = session.api, session.on_fault
        self._files = TicketFilesFlow(page.files, session)
        self._client: OrderClient | None = None
        self._refund_shown: Refund | None = None
        self._asked = self._pending = 0
        page.searched.connect(self._find)
        page.chose_order.connect(self._open_order)
        page.chose_ticket.connect(self._open_ticket)
        page.wants_mail.connect(self._mail)
        page.wants_passages.connect(self._show_passages)
        self._counted.connect(self._count, Qt.ConnectionType.QueuedConnection)
        page.wants_ending.connect(self._preview_ending)
        page.ending.agreed.connect(self._end)
        page.ending.refused.connect(lambda text: page.say(text, "bad"))
        card = page.card
        card.named.connect(self._name)
        card.blocked.connect(self._block)
        card.reissued.connect(self._reissue)
        card.wants_refund.connect(self._preview)
        card.refunded.connect(self._refund)
        card.refused.connect(lambda text: page.say(text, "bad"))

    def enter(self, site: EventSite) -> None:
        """Show an event's latest orders, once."""
        if self._client is None or self._client.site != site:
            self._client = OrderClient(self._api, site)
            self._page.forget()
            self._find("")
        self._files.enter(site)

    def forget(self) -> None:
        """Show nothing of what was found before, and find anew."""
        if (client := self._client) is not None:
            self._client = None
            self.enter(client.site)

    # ---- looking

    def _find(self, text: str) -> None:
        client = entered(self._client)

        def show(found: FoundOrders) -> None:
            self._page.say("", "lead")
            self._page.show_found(found)

        self._page.await_found()
        self._ask(lambda: client.find(text), show)
        # Among a hundred thousand orders it takes seconds.
        self._page.say(TEXTS.say("orders.looking"), "lead")

    def _open_order(self, order_id: str) -> None:
        client = entered(self._client)
        self._ask(lambda: client.open_order(order_id), self._page.show_opened)

    def _open_ticket(self, ticket_id: str) -> None:
        client = entered(self._client)
        self._ask(
            lambda: client.open_ticket(ticket_id),
            lambda opened: self._page.show_opened(opened, ticket_id),
        )

    def _show_passages(self, ticket_id: str) -> None:
        """Show when people passed on a ticket, unless another one is looked at by then."""
        client, page = entered(self._client), self._page

        def show(passages: tuple[Passage, ...]) -> None:
            if page.ticket is not None and page.ticket.id == ticket_id:
                page.show_passages(passages)

        # Beside what else is asked: without them the page is as good as it was.
        self._thread.ask(lambda: client.list_passages(ticket_id), show, lambda _fault: None)

    # ---- acts

    def _mail(self) -> None:
        opened, client = self._page.opened, entered(self._client)
        assert opened is not None, "an order is shown"
        order = opened.order
        assert order is not None, "its button is hidden else"
        if order.state != "paid" or order.buyer_email is None:
            key = "unpaid" if order.state != "paid" else "no_address"
            self._page.say(TEXTS.say(f"orders.mail.{key}"), "bad")
            return
        email = order.buyer_email

        async def send() -> str:
            count = await client.send_mail(order.id, TEXTS.language)
            return TEXTS.say("orders.mail.sent", count=count, email=email)

        self._do(send, self._reopened(order.id, ""))

    def _name(self, name: str, email: str) -> None:
        ticket, client = self._ticket(), entered(self._client)

        async def give() -> str:
            await client.check_seen(ticket)
            is_told = await client.name_holder(ticket.id, name, email)
            return TEXTS.say("orders.named.told" if is_told else "orders.named.untold", name=name)

        # Only an event's terms stand between a name and another one; a managers' word goes on.
        self._act(give, ticket, is_managers=ticket.holder_name is not None)

    def _block(self, is_blocked: bool) -> None:  # noqa: FBT001 - a slot
        ticket, client = self._ticket(), entered(self._client)

        async def block() -> str:
            await client.block(ticket.id, is_blocked=is_blocked)
            key = "orders.block.on" if is_blocked else "orders.block.off"
            return TEXTS.say(key, code=ticket.code)

        self._act(block, ticket)

    def _reissue(self, even_if_used: bool) -> None:  # noqa: FBT001 - a slot
        ticket, client = self._ticket(), entered(self._client)

        async def reissue() -> str:
            # A code that somebody else has given out meanwhile would be worth nothing.
            await client.check_seen(ticket)
            code = await client.reissue(ticket.id, even_if_used=even_if_used)
            return TEXTS.say("orders.reissued", code=code, old=ticket.code)

        self._act(reissue, ticket, is_managers=even_if_used)

    def _preview(self) -> None:
        ticket, client = self._ticket(), entered(self._client)
        self._page.say("", "lead")

        def show(refund: Refund) -> None:
            self._refund_shown = refund
            self._page.show_refund(refund)

        self._ask(lambda: client.preview_refund(ticket.id), show)

    def _refund(self, reason: str, even_if_used: bool, in_full: bool) -> None:  # noqa: FBT001 - a slot
        ticket, client, shown = self._ticket(), entered(self._client), self._refund_shown

        async def refund() -> str:
            await client.check_seen(ticket, shown)
            noted = await client.refund(
                ticket.id, reason, even_if_used=even_if_used, in_full=in_full
            )
            return spell_refunded(noted, is_rest=ticket.is_over)

        self._act(refund, ticket, is_managers=even_if_used or in_full)

    def _preview_ending(self) -> None:
        opened, client = self._page.opened, entered(self._client)
        order = None if opened is None else opened.order
        assert order is not None, "its button is hidden else"

        def show(ending: Ending) -> None:
            self._page.say("", "lead")
            self._page.show_ending(ending)

        self._ask(lambda: read_ending(client, order.id, self._counted.emit), show)

    def _count(self, done: int, count: int) -> None:
        """Say how far a long order is."""
        if self._pending and done:
            self._page.say(TEXTS.say("ending.working", done=done, count=count), "lead")

    def _end(self, agreed: Ending, reason: str, even_if_used: bool, in_full: bool) -> None:  # noqa: FBT001 - a slot
        client, page = entered(self._client), self._page
        is_managers = even_if_used or in_full

        async def end() -> tuple[EndedOrder | Ending | Refused, OpenedOrder | None]:
            done: EndedOrder | Ending | Refused
            try:
                done = await end_order(
                    client,
                    agreed,
                    reason,
                    even_if_used=even_if_used,
                    in_full=in_full,
                    tell=self._counted.emit,
                )
            except Refused as fault:
                if fault.status != _CONFLICT:
                    raise
                done = fault
            try:
                return done, await client.open_order(agreed.order_id)
            except ServerFault:
                return done, None  # what is shown is older

        def say(result: tuple[EndedOrder | Ending | Refused, OpenedOrder | None]) -> None:
            done = result[0]
            if isinstance(done, EndedOrder):
                page.say(spell_ended(done), "good")
            elif isinstance(done, Ending):
                page.say(TEXTS.say("ending.changed"), "bad")
            else:
                page.say(spell_refusal(done, is_managers=is_managers), "bad")

        def show(result: tuple[EndedOrder | Ending | Refused, OpenedOrder | None]) -> None:
            done, opened = result
            if opened is not None:
                page.show_opened(opened)
            if isinstance(done, Ending):
                page.show_ending(done)
            say(result)

        self._ask(end, show, late=say, is_managers=is_managers, is_act=True)

    # ---- the way there and back

    def _ticket(self) -> OrderTicket:
        ticket = self._page.ticket
        assert ticket is not None, "its card is hidden else"
        return ticket

    def _act(
        self, work: Callable[[], Awaitable[str]], ticket: OrderTicket, *, is_managers: bool = False
    ) -> None:
        order_id = "" if ticket.order_id is None else ticket.order_id
        self._do(work, self._reopened(order_id, ticket.id), is_managers=is_managers)

    def _reopened(self, order_id: str, ticket_id: str) -> Callable[[], Awaitable[OpenedOrder]]:
        client = entered(self._client)
        if order_id:
            return lambda: client.open_order(order_id)
        return lambda: client.open_ticket(ticket_id)

    def _do(
        self,
        work: Callable[[], Awaitable[str]],
        reopen: Callable[[], Awaitable[OpenedOrder]],
        *,
        is_managers: bool = False,
    ) -> None:
        """Do something once, show what it has made of the order, and say what follows.

        Args:
            work: What is done; what follows of it.
            reopen: Reads the order anew.
            is_managers: It asks for what managers alone may.
        """
        page, ticket = self._page, self._page.ticket
        chosen = "" if ticket is None else ticket.id

        async def do() -> tuple[str | Refused, OpenedOrder | None]:
            said: str | Refused
            try:
                said = await work()
            except Refused as fault:
                if fault.status != _CONFLICT:
                    raise
                said = fault
            try:
                return said, await reopen()
            except ServerFault:
                return said, None  # it was done; what is shown is older

        def say(done: tuple[str | Refused, OpenedOrder | None]) -> None:
            said = done[0]
            if isinstance(said, str):
                page.say(said, "good")
            elif said.problem == CHANGED_SINCE:
                page.say(spell_refusal(said, is_managers=is_managers), "bad")
            elif page.ticket is not None and page.ticket.is_used and not is_managers:
                page.say(TEXTS.say("orders.used_first"), "bad")
            else:
                page.say(spell_refusal(said, is_managers=is_managers), "bad")

        def show(done: tuple[str | Refused, OpenedOrder | None]) -> None:
            if done[1] is not None:
                page.show_opened(done[1], chosen)
            say(done)

        self._ask(do, show, late=say, is_managers=is_managers, is_act=True)

    def _ask(
        self,
        work: Callable[[], Awaitable[T]],
        on_done: Callable[[T], object],
        *,
        late: Callable[[T], object] | None = None,
        is_managers: bool = False,
        is_act: bool = False,
    ) -> None:
        """Do something; no act begins meanwhile.

        Args:
            work: What is done.
            on_done: Shows what came of it, unless something else was asked for since.
            late: What is said of it even then.
            is_managers: As for `_do`.
            is_act: It changes something: where no answer came, the page says so.
        """
        client, page = self._client, self._page
        self._asked += 1
        self._pending += 1
        turn = self._asked
        page.say("", "lead")
        page.set_busy(is_busy=True)

        def finish() -> None:
            self._pending -= 1
            page.set_busy(is_busy=self._pending > 0)

        def done(result: T) -> None:
            finish()
            if turn == self._asked:
                on_done(result)
            elif late is not None and self._client is client:
                late(result)

        def failed(fault: BaseException) -> None:
            finish()
            if isinstance(fault, Refused) and not is_session_over(fault):
                page.say(spell_refusal(fault, is_managers=is_managers), "bad")
            else:
                is_told = is_act and not is_session_over(fault)
                page.say(spell_undone(fault) if is_told else "", "bad")
                self._on_fault(fault)

        self._thread.ask(work, done, failed)
