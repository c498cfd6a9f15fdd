"""One evening of whose guests some are forgotten, while lists that name others come again.

The organizer brings the same list over and over, each time a little longer, and without those who
have asked to be forgotten by then; so one is under way at almost any time, when somebody is
erased, when the server dies, and when it is put back to an older copy. What an older copy has
forgotten of the lists, the organizer brings again, and goes on with what waits in it; who was
erased stays so. All the while lists of names are published for the gate, tickets are written to
files with their holders' names, which somebody fetches later, and the gate looks people up. Names
of an event that is over go by rule, once nobody is owed anything there.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from gatekeeper.device.opened_gate import GateSession
from gatekeeper.gate.requests import Scan
from shared.kernel.errors import GatekeeperError
from shared.kernel.ids import parse_ticket_id
from simulator.evening.imported_lists import HEAD
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.erased_guests import kept_list
from simulator.further_events.erased_guests.by_rule import WithRule
from simulator.further_events.erased_guests.record import Fetched, Guest
from simulator.further_events.second_event.ground import appoint
from simulator.judging.seen_visits import Card
from simulator.kernel.dice import Dice
from simulator.kernel.server_disk import SERVER_FILE
from simulator.world import World

LISTED: Final = 12
"""On the first list, before doors."""
LATE: Final = 2
"""So many more stand on each further list."""
LISTS: Final = 8
BUYERS: Final = 4
LIMIT: Final = LISTED + LATE * LISTS + BUYERS + 10
"""So many tickets there are in all."""
ERASED: Final = 6
"""So many of the first list's guests ask to be forgotten, and of the buyers:"""
BUYERS_ERASED: Final = 2
LOOK_S: Final = 5
TURNS: Final = 120
"""Looks at whether something that the server does by itself is done."""
TRIES: Final = 40
CONFLICT: Final = 409
PUBLISHED: Final = 12
FILES: Final = 24
LOOKS: Final = 30
"""So often in an evening, on average."""
FIRST_NAMES: Final = ("Una", "Bo", "Eve", "Jon")


class Erased(WithRule):
    """A further event of a world, its gate, and its office.

    Attributes:
        guests: Everybody on a list or in an order, those who come late too.
        tickets: Ids that lists have said a code to be.
        fetched: What somebody was given or shown that may name guests.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world, "erased", 1)
        self.guests: list[Guest] = []
        self.tickets: dict[str, set[int]] = {}
        self.fetched: list[Fetched] = []
        self._desk = asyncio.Lock()
        self._erasing = 0
        self._person = self._badge = ""

    @property
    def listed(self) -> list[Guest]:
        """Those who stand on lists."""
        return [one for one in self.guests if one.code]

    # -- before doors ----------------------------------------------------------------------------

    async def settle(self) -> None:
        """Put the evening on, sell some tickets, bring the first list, and start the gate."""
        world = self._world
        kept_list.forget()
        await self.owner.sign_in()
        self._person, self._badge = await appoint(world, "Robin")
        terms = Terms(gates=("Gate 1",), limit=LIMIT, policy={"names_at_gates": True})
        await self._put_on(terms)
        world.events_beside.append(self.site.event_id)
        for _ in range(BUYERS):
            buyer = self._welcome()
            line = {"ticket_type_id": self.site.kind, "quantity": 1}
            named = {"buyer_name": buyer.name, "buyer_email": buyer.email}
            order = {"lines": [line], "payment": "paid", **named}
            await self.owner.must("POST", f"{self.site.path}/orders", order)
        self._come_late(LISTED)
        assert await self.bring(), "the first list was not taken"
        if not self.scenario.has_restore:
            await self._put_on_former()
        await self._hear()

    def _welcome(self, code: str = "") -> Guest:
        number = len(self.guests)
        name = f"{FIRST_NAMES[number % len(FIRST_NAMES)]} Vintner{number:03}"
        self.guests.append(Guest(name=name, email=f"v{number:03}@example.org", code=code))
        return self.guests[-1]

    def _come_late(self, count: int) -> None:
        for _ in range(count):
            self._welcome(f"THEATRE L-{7 * len(self.guests):06}")

    # -- while doors are open --------------------------------------------------------------------

    def begin(self) -> None:
        """Let everything happen."""
        dice = self._dice.stream("erasures")
        buyers = [one for one in self.guests if not one.code]
        some = [*self.listed[:ERASED], *buyers[:BUYERS_ERASED]]
        if self.former is not None:
            some.append(self.former.guests[0])
            self._follow_rule(self.former, self._dice.stream("rule"))
        dice.shuffle(some)
        self._world.start(self._bring_again(self._dice.stream("lists")))
        self._world.start(self._erase_some(some, dice))
        self._world.start(self._publish_again(self._dice.stream("names for the gate")))
        self._world.start(self._write_files(self._dice.stream("files")))
        self._world.start(self._look_up(self._dice.stream("looked up")))

    async def _bring_again(self, dice: Dice) -> None:
        """Bring the list again, a little longer each time."""
        for number in range(LISTS):
            await self._at_part(dice, 0, 2 * (100 - 8) // LISTS if number else 2)
            self._come_late(LATE)
            await self.bring()

    async def bring(self) -> bool:
        """Bring all who have not asked to be forgotten; tells whether that came to its end.

        First what waits is gone on with: a server that was put back has lists that somebody
        brought long ago.
        """
        await self._go_on_with_waiting()
        async with self._desk:
            who = [one for one in self.listed if not one.is_asked]
            content = "code,type,name,email\n" + "".join(one.line for one in who)
            path = f"{self.site.path}/imports"
            status, brought = await self.owner.attempt("POST", path, content.encode())
        if status // 100 != 2:
            return False
        path += f"/{brought['id']}"
        if not await self._step(path, "check", brought["mapping"], "checked"):
            return False
        if not await self._step(path, "start", {}, "done"):
            return False
        status, lines = await self.owner.attempt("GET", f"{path}/lines?limit={len(who)}")
        if status // 100 != 2:
            return False
        for one in lines["items"]:
            guest, ticket_id = who[one["line"] - HEAD], parse_ticket_id(str(one["ticket_id"]))
            self.tickets.setdefault(guest.code, set()).add(ticket_id)
            guest.card = Card(guest.code, ticket_id)
        return True

    async def _go_on_with_waiting(self) -> None:
        path = f"{self.site.path}/imports"
        status, waiting = await self.owner.attempt("GET", f"{path}?state=checked")
        for one in waiting["items"] if status // 100 == 2 else ():
            await self._step(f"{path}/{one['id']}", "start", {}, "done")

    async def _step(self, path: str, step: str, body: object, state: str) -> bool:
        """Take a list a step on; tells whether it came there."""
        status, _ = await self.owner.attempt("POST", f"{path}/{step}", body)
        return status // 100 == 2 and await self._becomes(path, state)

    async def _becomes(self, path: str, state: str) -> bool:
        for _ in range(TURNS):
            status, said = await self.owner.attempt("GET", path)
            if status // 100 != 2 or said["state"] in {"cancelled", "failed"}:
                return False
            if said["state"] == state:
                return True
            await asyncio.sleep(LOOK_S)
        return False

    async def _publish_again(self, dice: Dice) -> None:
        """Publish the names for the gate, and read the report, now and then."""
        while True:
            await self.pause(dice.exponential(self.scenario.duration // PUBLISHED))
            await self.owner.attempt("POST", f"{self.site.path}/handover", {})
            await self._fetch("the report", "GET", f"{self.site.path}/report")

    async def _write_files(self, dice: Dice) -> None:
        """Have tickets written to files that name their holders, and fetch these later."""
        path = f"{self.site.path}/ticket-files"
        while True:
            await self.pause(dice.exponential(self.scenario.duration // FILES))
            status, made = await self.owner.attempt("POST", path, {"form": "csv", "names": True})
            if status // 100 != 2:
                continue
            await self.pause(dice.exponential(self.scenario.duration // FILES))
            await self._fetch("a file of tickets", "GET", f"{path}/{made['id']}/content")

    async def _look_up(self, dice: Dice) -> None:
        """Look somebody up at the gate who was erased so long ago that it has heard of it."""
        while True:
            await self.pause(dice.exponential(self.scenario.duration // LOOKS))
            now, hears = self._world.stage.now(), self.scenario.hears
            gone = [one for one in self.guests if one.erased and one.erased + hears < now]
            if not gone or not self._is_in_reach(self.nodes[0]) or not self.nodes[0].is_up:
                continue
            found = await self.find_at_gate(dice.pick(gone))
            said = " ".join(found).encode()
            self.fetched.append(Fetched(what="the gate's list", began=now, content=said))

    async def _fetch(self, what: str, method: str, path: str, body: object = None) -> None:
        began = self._world.stage.now()
        status, answer = await self.owner.attempt(method, path, body)
        if status // 100 == 2:
            said = answer if isinstance(answer, bytes) else msgspec.json.encode(answer)
            self.fetched.append(Fetched(what=what, began=began, content=said))

    async def _erase_some(self, some: list[Guest], dice: Dice) -> None:
        """Erase one after another, also where a list that names them is being taken."""
        for guest in some:
            await self._at_part(dice, 0, 2 * (100 - 8) // len(some))
            self._world.start(self._erase(guest))

    async def _erase(self, guest: Guest) -> None:
        """Erase somebody, and again where the server has forgotten that it was asked to."""
        guest.is_asked = True
        self._erasing += 1
        while not guest.is_erased:
            async with self._desk:
                body = {"name": guest.name, "email": guest.email}
                status, said = await self.owner.attempt("POST", "/persons/erase", body)
            if status == CONFLICT:
                await asyncio.sleep(LOOK_S)
                continue
            if status // 100 != 2:
                self.owner.refused.append(f"{guest.word} is not erased: {status} {said}")
                break
            guest.is_erased = await self._is_done(str(said["id"]))
            if guest.is_erased:
                guest.erased = self._world.stage.now()
        self._erasing -= 1

    async def _is_done(self, erasure_id: str) -> bool:
        for _ in range(TURNS):
            status, said = await self.owner.attempt("GET", f"/erasures/{erasure_id}")
            if status // 100 != 2:
                return False
            if said["state"] == "done":
                return True
            await asyncio.sleep(LOOK_S)
        self.owner.refused.append(f"erasure {erasure_id} does not come to its end")
        return True

    # -- after doors -----------------------------------------------------------------------------

    async def unrest(self) -> str:
        """Say what is left to do; "" if nothing is."""
        if self._erasing:
            return f"{self._erasing} are being erased"
        return await super().unrest()

    async def bring_at_last(self) -> bool:
        """Bring the list once more, to its end."""
        for _ in range(TRIES):
            if await self.bring():
                return True
            await asyncio.sleep(LOOK_S)
        return False

    async def come(self) -> None:
        """Come to the gate with every code, twice."""
        await self._hear()
        for guest in self.listed:
            if guest.card is not None:
                for _ in range(2):
                    await self._present(self.nodes[0], guest.card, Scan(guest.code))

    async def find_at_gate(self, guest: Guest) -> list[str]:
        """Look somebody up at the gate, with a supervisor's badge."""

        async def search(session: GateSession) -> list[str]:
            session.names.take_badge(self._person, self._badge)
            return [one.name for one in session.names.search(guest.word, self._person)]

        try:
            _, found = await self.nodes[0].work(search)
        except GatekeeperError as fault:
            return [str(fault)]
        return found or []

    async def read_files(self) -> bytes:
        """Read the database as its file holds it, when its log is empty."""
        await self.read_books("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.server.disk.read(SERVER_FILE) or b""
