"""A further event with one till, whose cashier has a supervisor's badge beside the drawer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from gatekeeper.boxoffice.shift_requests import ShiftAnswer, ShiftRequest
from gatekeeper.device.opened_gate import GateSession
from server.cashiers.cashiers_and_badges import add_cashier
from shared.kernel.errors import GatekeeperError
from shared.kernel.instant import SECOND
from shared.sales.cashier_rights import CashierRights
from simulator.further_events.ended_keys_and_copied_events.ground import Terms
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.further_events.second_event.ground import appoint_within
from simulator.world import World

STARTS_MAX: Final = 60
Result = TypeVar("Result")


class StaffedTill(OneEvening):
    """The till and who works there; it has no gates unless it is given some.

    Attributes:
        till: The till's node.
    """

    def __init__(self, world: World, name: str, gates: int = 0) -> None:
        super().__init__(world, name, gates)
        self.till = world.device(f"{name}till")
        self._cashier = self._person = self._badge = ""

    async def _put_on_with_till(self, terms: Terms) -> None:
        """Put the evening on, with who works at its till, and start that."""
        await self.owner.sign_in()
        await self._appoint()
        await self._put_on(terms)
        await self._enrol_till(self.till)
        await self._hear()

    async def _appoint(self) -> None:
        """Let a cashier and a supervisor work at the till."""
        world = self._world
        async with world.server.context.write(world.venue.organization_id) as unit:
            rights = CashierRights(sell=True, refund_minor=10**6, see_expected=True)
            made, _ = await add_cashier(unit, name="Lou", rights=rights)
            self._cashier = made.id
            self._person, self._badge = await appoint_within(unit, "Kim")

    async def _do(self, task: Callable[[GateSession], Any]) -> Any:
        """Do something at the till, a supervisor's badge beside it; None if it said nothing."""
        node = self.till

        async def work(session: GateSession) -> Any:
            session.keep_drawer()
            session.names.take_badge(self._person, self._badge)
            made = task(session)
            return await made if hasattr(made, "__await__") else made

        if not node.is_up:
            return None
        try:
            _, answer = await node.work(work)
        except GatekeeperError as fault:
            self._world.stage.trace.note(node.name, f"nothing done: {fault}")
            return None
        return answer

    async def _act(self, act: str, **said: Any) -> ShiftAnswer | None:
        request = ShiftRequest(
            act=act, cashier=self._cashier, authorized_by=self._person, why="change", **said
        )
        answer: ShiftAnswer | None = await self._do(lambda session: session.shifts.do(request))
        if answer is not None:
            self._note(f"{act}: {answer.reason} {answer.text}")
        return answer

    def _note(self, what: str) -> None:
        self._world.stage.trace.note(self.name, what)

    async def _until_up(self) -> None:
        for _ in range(STARTS_MAX):
            if self.till.is_up or (self.till.is_stopped and await self.till.start()):
                return
            await self.pause(SECOND)

    async def _find(self, kind: type[Result], is_it: Callable[[Result], bool]) -> Result | None:
        """Look whether what was not answered is on record, once the till has started again."""
        await self._until_up()
        for held in self.read_journals(self.till).values() if self.till.is_up else ():
            if isinstance(held.body, kind) and is_it(held.body):
                return held.body
        return None
