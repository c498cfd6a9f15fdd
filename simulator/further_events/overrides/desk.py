"""Two people at the office's desk who rule on the same conflicts, each without the other."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from shared.kernel.instant import Instant
from simulator.further_events.one_evening_and_zone import OneEvening
from simulator.further_events.second_event.owner import Owner
from simulator.kernel.dice import Dice

PEOPLE: Final = 2
WORDS: Final = ("removed", "let_stay", "fraud", "our_error")
TOGETHER: Final = 0.4
"""So often the other one rules on the same at the same time."""


class DeskRuling(msgspec.Struct, frozen=True, kw_only=True):
    """A word of the desk on a conflict, which was taken.

    Attributes:
        conflict_id: Of which.
        disposition: What of it.
        note: Words of its own, by which it is known again.
        began: True time.
        ended: Of the answer.
        sides: The claims that the conflict named by then.
    """

    conflict_id: str
    disposition: str
    note: str
    began: Instant
    ended: Instant
    sides: frozenset[str]


class Desk:
    """Where both sit.

    Attributes:
        rulings: What they said.
        owners: Who they are.
    """

    def __init__(self, evening: OneEvening) -> None:
        self._evening = evening
        self.rulings: list[DeskRuling] = []
        self.owners = [Owner(evening.world, f"desk {n}") for n in range(PEOPLE)]
        self._said = 0

    async def sign_in(self) -> None:
        """Sit down."""
        for one in self.owners:
            await one.sign_in()

    async def rule(self, dice: Dice) -> None:
        """Rule on any conflict now and then, also where somebody has before."""
        world = self._evening.world
        while True:
            await self._evening.pause(dice.exponential(self._evening.scenario.duration // 12))
            first, other = self.owners if dice.chance(0.5) else self.owners[::-1]
            found = await self.read_all(first)
            if not found:
                continue
            one = dice.pick(found)
            if dice.chance(TOGETHER):
                world.start(self._say(other, one["id"], dice.pick(WORDS)))
            await self._say(first, one["id"], dice.pick(WORDS))

    async def say(self, conflict_id: str, dice: Dice) -> None:
        """Have one of them rule on a conflict now."""
        await self._say(dice.pick(self.owners), conflict_id, dice.pick(WORDS))

    async def _say(self, owner: Owner, conflict_id: str, disposition: str) -> None:
        self._said += 1
        note, began = f"word {self._said}", self._evening.world.stage.now()
        path = f"{self._evening.site.path}/conflicts/{conflict_id}/disposition"
        body = {"disposition": disposition, "note": note}
        answer = await owner.ask("POST", path, body)
        if answer is None:
            return
        self.rulings.append(
            DeskRuling(
                conflict_id=conflict_id,
                disposition=disposition,
                note=note,
                began=began,
                ended=self._evening.world.stage.now(),
                sides=frozenset(str(side["side"]) for side in answer["sides"]),
            )
        )

    async def read_all(self, owner: Owner | None = None) -> list[Any]:
        """Read all conflicts, whatever was ruled on them."""
        path = f"{self._evening.site.path}/conflicts?limit=200"
        page = await (owner or self.owners[0]).ask("GET", path)
        return [] if page is None else list(page["items"])

    async def read_words(self) -> dict[str, list[Any]]:
        """Read what was decided of each conflict, each time, by its id."""
        found = {}
        for one in await self.read_all():
            path = f"{self._evening.site.path}/conflicts/{one['id']}"
            found[str(one["id"])] = (await self.owners[0].ask("GET", path))["dispositions"]
        return found
