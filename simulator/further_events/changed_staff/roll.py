"""Who works at the evening, as the organizer has said it, word by word, and who may do so by that.

A word reaches devices some time after the organizer was answered. Until a device must have heard
it, somebody may stand there as before.
"""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec
from nacl.pwhash import argon2id

from server.cashiers.cashiers_and_badges import add_cashier
from server.db.unit import Unit
from server.supervisors.supervisors_and_pins import add_supervisor, change_supervisor
from shared.kernel.instant import Instant
from shared.sales.cashier_rights import CashierRights
from simulator.further_events.second_event.owner import Owner
from simulator.kernel.dice import Dice
from simulator.world import World

SUPERVISORS: Final = 2
CASHIERS: Final = 2
LATER: Final = 12
"""So many of each kind are made at most."""
Made = TypeVar("Made")


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody stands from one word of the organizer's on.

    Attributes:
        how: The word.
        badge: The code on their badge; "" for none.
        pin: What they type; "" for a cashier.
        sells: They have the right to.
        began: True time at which the organizer said it.
        ended: And was answered.
        version: A plan of the event's with at least this number says so.
    """

    how: str
    badge: str = ""
    pin: str = ""
    sells: bool = False
    began: Instant
    ended: Instant
    version: int = 0


class Person(msgspec.Struct, eq=False):
    """Somebody of the staff.

    Attributes:
        id: Opaque.
        is_cashier: They sell; else they supervise.
        stands: How they have stood, in order.
    """

    id: str
    is_cashier: bool
    stands: list[Stand]

    @property
    def now(self) -> Stand:
        """How they stand by the last word."""
        return self.stands[-1]

    @property
    def badges(self) -> list[str]:
        """All badges that they ever had, the newest last."""
        return list(dict.fromkeys(one.badge for one in self.stands if one.badge))

    def between(self, known: Instant, until: Instant, version: int = 0) -> list[Stand]:
        """Return how they may stand, by what was heard.

        Args:
            known: All words were, of which the organizer was told by then.
            until: No later ones.
            version: Of supervisors: all that the plan with this number says.
        """
        heard = [
            n
            for n, one in enumerate(self.stands)
            if one.ended <= known or (not self.is_cashier and one.version <= version)
        ]
        said = [n for n, one in enumerate(self.stands) if one.began <= until]
        found = self.stands[max(heard, default=0) : max(said, default=-1) + 1]
        nobody = Stand(how="not yet", began=Instant(0), ended=Instant(0))
        return found if heard else [nobody, *found]

    def lost(self, badge: str) -> Stand | None:
        """Return by which word a badge of theirs became none; None if it is one."""
        numbers = [n for n, one in enumerate(self.stands) if one.badge == badge]
        after = self.stands[numbers[-1] + 1 :]
        return after[0] if after else None


class Roll:
    """The organizer, who says who works there.

    Attributes:
        people: Everybody who ever did.
    """

    def __init__(
        self,
        world: World,
        owner: Owner,
        dice: Dice,
        read_version: Callable[[], Awaitable[int]],
    ) -> None:
        self._world, self._owner, self._dice = world, owner, dice
        self._read_version = read_version
        self.people: list[Person] = []

    def of_kind(self, *, is_cashier: bool) -> list[Person]:
        """Return all cashiers, or all supervisors, those who are gone as well."""
        return [one for one in self.people if one.is_cashier is is_cashier]

    async def fill(self) -> None:
        """Take the first ones on."""
        for _ in range(SUPERVISORS):
            await self.take_on(is_cashier=False)
        for _ in range(CASHIERS):
            await self.take_on(is_cashier=True)

    # -- what the organizer says -----------------------------------------------------------------

    async def change_one(self, dice: Dice) -> None:
        """Say something of somebody; whoever is left alone gets a colleague."""
        there = [one for one in self.people if one.now.how != "removed"]
        person = dice.pick(there)
        words: Sequence[Callable[[Person], Awaitable[None]]] = (
            self._renew,
            self._withdraw,
            self._remove,
            self._change_right if person.is_cashier else self._change_pin,
        )
        await dice.pick(words)(person)
        for is_cashier in (True, False):
            those = self.of_kind(is_cashier=is_cashier)
            if not any(one.now.badge for one in those) and len(those) < LATER:
                await self.take_on(is_cashier=is_cashier)

    async def take_on(self, *, is_cashier: bool) -> Person:
        """Make somebody a cashier or a supervisor."""
        name, pin, began = f"No. {len(self.people)}", self._draw_pin(), self._world.stage.now()

        async def make(unit: Unit) -> tuple[str, str]:
            if is_cashier:
                rights = CashierRights(sell=True, see_expected=True)
                cashier, badge = await add_cashier(unit, name=name, rights=rights)
                return cashier.id, badge
            hashed = hash_cheaply(pin)
            made, badge = await add_supervisor(unit, name=name, pin_hash=hashed, badge=None)
            return made.id, badge

        person_id, badge = await self._write(make)
        person = Person(person_id, is_cashier, [])
        pin = "" if is_cashier else pin
        await self._say(person, "made", began, badge=badge, pin=pin, sells=True)
        self.people.append(person)
        return person

    async def _renew(self, person: Person) -> None:
        began = self._world.stage.now()
        answer = await self._owner.must("POST", f"{_path(person)}/badge")
        await self._say(person, "renewed", began, badge=str(answer["badge"]))

    async def _withdraw(self, person: Person) -> None:
        began = self._world.stage.now()
        await self._owner.must("DELETE", f"{_path(person)}/badge")
        await self._say(person, "withdrawn", began, badge="")

    async def _remove(self, person: Person) -> None:
        began = self._world.stage.now()
        await self._owner.must("DELETE", _path(person))
        await self._say(person, "removed", began, badge="", pin="", sells=False)

    async def _change_right(self, person: Person) -> None:
        began, sells = self._world.stage.now(), not person.now.sells
        rights = {"sell": sells, "see_expected": True}
        await self._owner.must("PATCH", _path(person), {"rights": rights})
        await self._say(person, "right", began, sells=sells)

    async def _change_pin(self, person: Person) -> None:
        pin, began = self._draw_pin(), self._world.stage.now()

        async def change(unit: Unit) -> None:
            await change_supervisor(unit, person.id, name=None, pin_hash=hash_cheaply(pin))

        await self._write(change)
        await self._say(person, "pin", began, pin=pin)

    async def _say(self, person: Person, how: str, began: Instant, **changed: Any) -> None:
        ended = self._world.stage.now()
        before = person.stands[-1] if person.stands else Stand(how=how, began=began, ended=ended)
        changed |= {"began": began, "ended": ended, "version": await self._read_version()}
        made = msgspec.structs.replace(before, how=how, **changed)
        person.stands.append(made)
        self._world.stage.trace.note("roll", f"{person.id} {how}")

    async def _write(self, work: Callable[[Unit], Awaitable[Made]]) -> Made:
        """Do something at the server as the organizer would, with a PIN whose hash costs less."""
        node, organization_id = self._world.server, self._world.venue.organization_id
        while True:
            await node.until_up()
            context = node.context

            async def write() -> Made:
                async with context.write(organization_id) as unit:  # noqa: B023 - awaited below
                    return await work(unit)

            is_done, made = await self._world.stage.loop.outcome(node.process, write())
            if is_done:
                return made  # type: ignore[return-value] # what was done has given something

    def _draw_pin(self) -> str:
        return "".join(str(self._dice.below(10)) for _ in range(8))


def _path(person: Person) -> str:
    return f"/{'cashiers' if person.is_cashier else 'supervisors'}/{person.id}"


def hash_cheaply(pin: str) -> str:
    """Hash a PIN as the server does, with as little work as Argon2id allows."""
    salt = bytes(16)
    derived = argon2id.kdf(32, pin.encode(), salt, opslimit=1, memlimit=8 * 1024)
    said, hashed = (base64.b64encode(one).decode().rstrip("=") for one in (salt, derived))
    return f"$argon2id$v=19$m=8,t=1,p=1${said}${hashed}"
