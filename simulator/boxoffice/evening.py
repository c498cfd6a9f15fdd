"""One evening at the box office: all who work there, from before doors to the last count."""

from __future__ import annotations

from gatekeeper.store.unheard_guests import read_guests
from server.db.unit import Context
from simulator.boxoffice.books import OfficeEvidence, read_books
from simulator.boxoffice.calling_off import CallingOff
from simulator.boxoffice.cashiers import Counter, Welcome
from simulator.boxoffice.desk import Desk, Present
from simulator.boxoffice.guest_book import GuestBook
from simulator.boxoffice.offers import draw_prices
from simulator.boxoffice.organizer import Organizer, Staff, settle
from simulator.boxoffice.parked import ParkedBaskets
from simulator.boxoffice.record import BoxOfficeRecord
from simulator.boxoffice.vouchers import hand_out
from simulator.venue import Venue
from simulator.world import World


class BoxOffice:
    """All of it.

    Attributes:
        record: What was seen.
        counters: The tills with their people.
    """

    def __init__(self, world: World) -> None:
        box = world.scenario.box_office
        assert box is not None
        self._world, self._box = world, box
        self._dice = world.stage.dice.stream("box office")
        self.record = BoxOfficeRecord(box.currency)
        self.counters: list[Counter] = []
        self._desks: list[Desk] = []
        self._guest_books: list[GuestBook] = []
        self._parked: list[ParkedBaskets] = []
        self._staff: Staff
        world.before_devices = self._settle
        self._organizer = Organizer(world, self.record, self._dice.stream("organizer"))

    async def _settle(self, context: Context, venue: Venue) -> None:
        world, box = self._world, self._box
        duration = world.scenario.duration
        prices = draw_prices(self._dice.stream("prices"), box, duration)
        self._staff = await settle(context, venue, prices, self.record)
        if box.vouchers:
            beside = self._dice.stream("vouchers")
            await hand_out(context, venue, self.record, box.vouchers, beside)

    def begin(self, welcome: Welcome, present: Present) -> None:
        """Open the counters."""
        for node in self._world.tills:
            dice = self._dice.stream(node.name)
            counter = Counter(self._world, self.record, node, self._staff, welcome, dice)
            self.counters.append(counter)
            assert node.profile is not None
            self.record.device_ids[node.name] = node.profile.device_id
            self._world.start(counter.serve())
            if self._box.places is not None:
                book = GuestBook(counter, self.record, self._staff, dice.stream("guests"))
                self._guest_books.append(book)
                self._world.start(book.serve(self._box.guests_every))
                self._world.start(book.tell())
            if self._box.parks_every is not None:
                parked = ParkedBaskets(counter, self.record, self._staff, dice.stream("parked"))
                self._parked.append(parked)
                self._world.start(parked.serve(self._box.parks_every))
            if self._box.taken_every is not None:
                beside = dice.stream("desk")
                desk = Desk(self._world, self.record, counter, self._staff, present, beside)
                self._desks.append(desk)
                self._world.start(desk.serve(self._box.taken_every, self._box.wanted))
        self._organizer.begin()

    def end(self) -> None:
        """Let nobody begin anything."""
        self._organizer.end()
        for counter in self.counters:
            counter.end()
        for desk in self._desks:
            desk.end()
        for book in self._guest_books:
            book.end()
        for parked in self._parked:
            parked.end()

    async def close(self) -> bool:
        """Close all drawers when everything is mended; tells whether it became quiet again."""
        for counter in self.counters:
            await counter.go_home()
        for book in self._guest_books:
            await book.tell_all()
        return await self._world.heal()

    async def call_off(self) -> list[str]:
        """Call the event off, if that is to be; returns what is wrong with it."""
        if not self._box.is_called_off:
            return []
        dice = self._dice.stream("called off")
        off = CallingOff(self._world, self.record, self.counters, self._staff, dice)
        return await off.run()

    async def gather(self) -> OfficeEvidence:
        """Read what checkers want."""
        open_sales = {
            counter.node.name: list(counter.node.session.till.open_sales.list_open())
            for counter in self.counters
        }
        parked = {
            counter.node.name: list(
                counter.node.session.till.open_sales.list_parked(self._world.venue.event_id)
            )
            for counter in self.counters
        }
        books = await read_books(self._world.server, self._world.venue)
        return OfficeEvidence(
            record=self.record,
            books=books,
            open_sales=open_sales,
            parked=parked,
            untold={
                book.node.name: len(read_guests(book.node.disk)) for book in self._guest_books
            },
        )
