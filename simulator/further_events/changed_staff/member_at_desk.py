"""Somebody who helps the organizer at the desk, and their program; they may do less and less."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from server.accounts.models import User
from server.db.tenancy import SYSTEM
from server.organizations.members_and_last_owner import set_member
from shared.kernel import ids
from shared.kernel.id_types import UserId
from shared.kernel.instant import Duration, Instant
from simulator.evening.until_doors_close import UntilDoorsClose
from simulator.further_events.changed_staff.record import Asked
from simulator.further_events.ended_keys_and_copied_events.ground import Site
from simulator.further_events.second_event.owner import Owner
from simulator.kernel.dice import Dice
from simulator.world import World

REQUESTS: Final = 60
AGAIN: Final = 0.3
WORDS: Final = ("reader", "revoked", "removed")
SELLING: Final = frozenset({"owner", "manager", "box_office"})
DONE: Final = 201


class Station(msgspec.Struct, frozen=True, kw_only=True):
    """What they may do from one word of the organizer's on.

    Attributes:
        role: Theirs; "" for none.
        has_key: Their program's key is one.
        began: True time at which the organizer said it.
        ended: And was answered.
    """

    role: str
    has_key: bool
    began: Instant
    ended: Instant

    def may_sell(self, *, by_key: bool) -> bool:
        """Tell whether an order of theirs is taken."""
        return self.role in SELLING and (self.has_key or not by_key)


class _Client(Owner):
    """Asks as somebody who is signed in, or by a key."""

    def __init__(self, world: World, name: str, token: str = "") -> None:
        super().__init__(world, name)
        self._venue, self._token = world.venue, token

    def _bearer(self) -> str:
        return self._token or super()._bearer()

    async def try_order(self, path: str, body: object, key: str) -> tuple[int, Any]:
        """Place an order once, under a key."""
        return await self._once("POST", path, body, key)


class MemberAtDesk(UntilDoorsClose):
    """A second owner, who is made less and less by the first one.

    Attributes:
        stations: What they may do, in order.
        asked: What they tried.
        actors: Their id, and their key's.
    """

    def __init__(self, world: World, name: str) -> None:
        self._world, self._name = world, name
        self._session: _Client
        self._program: _Client
        self.stations: list[Station] = []
        self.asked: list[Asked] = []
        self.actors: tuple[str, ...] = ()
        self._made: list[tuple[bool, str]] = []

    async def settle(self, owner: Owner, site: Site) -> None:
        """Have an account, a session, and a key for a program."""
        world, context = self._world, self._world.server.context
        self._owner, self._path = owner, f"{site.path}/orders"
        line = {"ticket_type_id": site.kind, "quantity": 1}
        self._body = {"lines": [line], "payment": "paid"}
        user_id, now = UserId(ids.new_id(ids.USER, context.entropy)), context.clock.wall()
        async with context.database.write(org=SYSTEM) as session:
            email = "helper@alpha.example"
            session.add(
                User(
                    id=user_id,
                    email=email,
                    email_key=email,
                    name="Helper",
                    password_hash="nobody types it",  # noqa: S106 - no password at all
                    is_platform_admin=False,
                    state="active",
                    created_at=now,
                    password_changed_at=now,
                )
            )
        async with context.write(world.venue.organization_id) as unit:
            await set_member(unit, user_id, "owner")
        self._session = _Client(world, self._name)
        await self._session.sign_in(user_id=user_id)
        made = await self._session.must(
            "POST", "/api-keys", {"name": "Program", "scopes": ["orders:write"]}
        )
        self._program = _Client(world, f"{self._name} program", made["key"])
        self._user, self._key = str(user_id), str(made["api_key"]["id"])
        self.actors = self._user, self._key
        self._station("owner", world.stage.now(), has_key=True)

    def begin(self, dice: Dice) -> None:
        """Let them work, by hand and by program, while the organizer takes away what they may."""
        self._world.start(self._work(self._session, dice.stream("by hand"), by_key=False))
        self._world.start(self._work(self._program, dice.stream("by program"), by_key=True))
        self._world.start(self._take_away(dice.stream("words")))

    async def _work(self, client: _Client, dice: Dice, *, by_key: bool) -> None:
        number = 0
        while True:
            await self.pause(dice.exponential(Duration(self._world.scenario.duration // REQUESTS)))
            mine = [key for is_keys, key in self._made if is_keys is by_key]
            is_again = bool(mine) and dice.chance(AGAIN)
            number += 1
            key = dice.pick(mine) if is_again else f"{client.name} {number}"
            began = self._world.stage.now()
            status, _ = await client.try_order(self._path, self._body, key)
            if status == DONE and not is_again:
                self._made.append((by_key, key))
            self.asked.append(
                Asked(
                    by_key=by_key,
                    is_again=is_again,
                    began=began,
                    ended=self._world.stage.now(),
                    status=status,
                )
            )

    async def _take_away(self, dice: Dice) -> None:
        """Say one word after another, in any order; who was removed may do nothing any more."""
        words = list(WORDS)
        dice.shuffle(words)
        for word in words:
            await self.pause(dice.exponential(self._world.scenario.duration // len(WORDS)))
            before, began = self.stations[-1], self._world.stage.now()
            member = f"/members/{self._user}"
            if not before.role:
                return
            if word == "reader":
                await self._owner.must("PUT", member, {"role": "reader"})
                self._station("reader", began, has_key=before.has_key)
            elif word == "revoked":
                await self._owner.must("DELETE", f"/api-keys/{self._key}")
                self._station(before.role, began, has_key=False)
            else:
                await self._owner.must("DELETE", member)
                self._station("", began, has_key=False)

    def _station(self, role: str, began: Instant, *, has_key: bool) -> None:
        ended = self._world.stage.now()
        self.stations.append(Station(role=role, has_key=has_key, began=began, ended=ended))

    def between(self, began: Instant, ended: Instant) -> list[Station]:
        """Return what they may have been between two moments: the server knows at once."""
        heard = [n for n, one in enumerate(self.stations) if one.ended < began]
        said = [n for n, one in enumerate(self.stations) if one.began <= ended]
        return self.stations[max(heard, default=0) : max(said) + 1]
