"""Tills that are cut off, lost, found, replaced and forgotten, in random play.

Judged by what the tills' journals say and by the papers of the office: each ticket that there is
is sold once in the end, and what is sold beyond is told, as many as there are; nothing is blocked.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from random import Random
from typing import Final

import pytest

from gatekeeper.boxoffice.till_requests import one_type
from server.exchange.epochs import open_higher_epoch
from shared.journal.chain import decode_body, decode_entry
from shared.journal.sale_body import SaleBody
from shared.kernel.errors import Rejected
from shared.kernel.instant import SECOND
from tests.adversaries.scene import named
from tests.factories.ledger_office import open_ledger_office_again
from tests.factories.put_back import Place
from tests.factories.racing import rows_of
from tests.factories.stocked_tills import counters, left, limit, lose, open_till, size
from tests.factories.strength import sized
from tests.factories.wired_gates import WiredGate

CAPACITY: Final = 60
STEPS: Final = 32
PUT_BACK_MAX: Final = 2
TILLS_MAX: Final = 4
ROUNDS: Final = 6
"""Exchanges after which a till has told and heard all."""
_DETAILS: Final = "SELECT detail FROM conflict WHERE kind = 'oversold' AND disposition = ''"


class _Play:
    """One play: two tills at first, and an office; tills are replaced, or the server is put back.

    An older copy would know nothing of a revocation.

    Attributes:
        office: The server as it is now.
        tills: Those at work; the others, whose word was taken away, are in `former`.
        papers: The office's orders that its server knows, by how many tickets.
    """

    def __init__(self, place: Place, folder: Path, seed: int) -> None:
        self._place, self._folder, self._dice = place, folder, Random(seed)
        self._stack = AsyncExitStack()
        self.office = place.office
        self.tills: list[WiredGate] = []
        self.former: list[WiredGate] = []
        self.papers: list[int] = []
        self._copied = self._epoch = 0
        self._is_followed = bool(seed % 2)
        self.is_plain = True
        self.done: list[str] = []

    async def open(self) -> None:
        """Open the server and two tills, and make the first copy."""
        await self._reopen()
        await limit(self.office, CAPACITY)
        for _ in range(2):
            self.tills.append(await open_till(self.office, self._folder, 15))
        await self._copy()

    async def close(self) -> None:
        """End the tills and the server."""
        for till in (*self.tills, *self.former):
            await till.session.close()
        await self._stack.aclose()

    async def _reopen(self) -> None:
        self.office.claims += 1
        settings = self._place.settings
        again = open_ledger_office_again(settings, self.office)
        self.office = await self._stack.enter_async_context(again)
        for till in (*self.tills, *self.former):
            till.wire._office = self.office

    # -- what may happen -------------------------------------------------------------------------

    async def step(self) -> None:
        """Let one thing happen."""
        till, dice = self._dice.choice(self.tills), self._dice
        do = dice.choice(
            [
                *[self._sell] * 8,
                *[self._sync] * 4,
                *[self._cut] * 2,
                *[self._buy] * 2,
                *[self._lose] * 2,
                self._size,
                *([self._replace] if self._is_followed else [self._copy, self._put_back]),
            ]
        )
        self.done.append(f"{do.__name__} {self.tills.index(till)}")
        self.office.office.clock.advance(SECOND)
        await do(till)

    async def _sell(self, till: WiredGate) -> None:
        await till.session.till.sell(one_type(1, self._dice.randint(1, 5)))

    async def _sync(self, till: WiredGate) -> None:
        if not till.wire.is_cut:
            for _ in range(ROUNDS):
                await till.session.engine.sync_once()
            await self._check_told(till)

    async def _cut(self, till: WiredGate) -> None:
        if till.wire.is_cut:
            till.wire.is_cut = False
        else:
            await till.cut()

    async def _buy(self, _: WiredGate) -> None:
        await self.buy(self._dice.randint(1, 25))

    async def _lose(self, till: WiredGate) -> None:
        self.is_plain = False
        await lose(self.office, till)

    async def _size(self, till: WiredGate) -> None:
        await size(self.office, till.id, self._dice.randint(0, 20))

    async def _copy(self, _: WiredGate | None = None) -> None:
        await self._stack.aclose()
        self._place.copy()
        self._copied = len(self.papers)
        await self._reopen()

    async def _put_back(self, _: WiredGate) -> None:
        if self._epoch == PUT_BACK_MAX:
            return
        self.is_plain = False
        self._epoch += 1
        await self._stack.aclose()
        self._place.settings = self._place.put_back()
        del self.papers[self._copied :]
        await self._reopen()
        context = self.office.office.context
        await open_higher_epoch(context, "put back", at_least=self._epoch)

    async def _replace(self, till: WiredGate) -> None:
        """Take a till's word away, and set another one up in its place."""
        if len(self.tills) + len(self.former) == TILLS_MAX:
            return
        self.is_plain = False
        path = f"{self.office.path}/devices/{till.id}/lost"
        body = {"reason": "stolen", "revokes": True}
        await self.office.office.ok("POST", path, self.office.owner, json=body)
        self.tills.remove(till)
        self.former.append(till)
        self.tills.append(await open_till(self.office, self._folder, 15))

    async def buy(self, count: int) -> bool:
        """Order at the office; tells whether there were so many."""
        line = {"ticket_type_id": self.office.ticket_type_id, "quantity": count}
        body = {"lines": [line], "payment": "paid"}
        path = f"{self.office.path}/orders"
        answer = await self.office.office.call("POST", path, self.office.owner, json=body)
        if answer.status_code == 201:
            self.papers.append(count)
        return answer.status_code == 201

    # -- how it ends -----------------------------------------------------------------------------

    async def finish(self) -> None:
        """Find all tills, have what they sold accepted, and sell what is left."""
        for till in (*self.former, *self.tills):
            till.wire.is_cut = False
        for till in self.former:
            for _ in range(ROUNDS):
                with suppress(Rejected):  # it hears that its word was taken away
                    await till.session.engine.sync_once()
            assert not till.session.store.journal.pending
            path = f"{self.office.owner.path}/devices/{till.id}/unconfirmed/accept"
            await self.office.office.ok("POST", path, self.office.owner, json={"note": "ours"})
        for till in self.tills:
            await self._sync(till)
        for till in self.tills:
            await size(self.office, till.id, 0)
            await self._sync(till)
            assert left(till) == 0
        for count in (7, 1):
            while await self.buy(count):
                assert sum(self.papers) <= CAPACITY

    async def _check_told(self, till: WiredGate) -> None:
        """Hold a till that has told and heard all against the office's paper of it."""
        where = f"{self.office.path}/till-stock"
        stocks = await self.office.office.ok("GET", where, self.office.owner)
        found = {one["device_id"]: one["types"][0] for one in stocks}
        own = found[till.id]
        assert own["unsold"] == left(till)
        assert own["sold"] == self.count_sold([till])
        assert own["granted"] == own["sold"] + own["returned"] + own["unsold"]
        _, _, allotted = await counters(self.office)
        assert allotted == sum(one["unsold"] for one in found.values())

    def count_sold(self, tills: Iterable[WiredGate]) -> int:
        """Count the tickets that tills have on record as sold."""
        return sum(
            len(body.tickets)
            for till in tills
            for _, signed in till.session.store.journal.read(
                1, till.session.store.journal.last_seq
            )
            if isinstance(body := decode_body(decode_entry(signed.entry)), SaleBody)
        )

    async def count_beyond(self) -> int:
        """Count the tickets that the office is told to be sold beyond what there is."""
        rows = await rows_of(self.office.office, _DETAILS)
        return sum(int(detail.partition(" ")[0]) for (detail,) in rows)


@pytest.mark.either_database
@pytest.mark.parametrize("seed", range(sized(2, 60)))
async def test_what_there_is_is_sold_once_and_all_beyond_is_told(
    place: Place, tmp_path: Path, seed: int
) -> None:
    """Whatever is lost, found, replaced or forgotten, in whatever order."""
    play = _Play(place, tmp_path / "tills", seed)
    await play.open()
    try:
        for _ in range(STEPS):
            await play.step()
        await play.finish()
        sold = play.count_sold((*play.tills, *play.former)) + sum(play.papers)
        beyond = await play.count_beyond()
        assert sold == CAPACITY + beyond, play.done
        assert beyond == 0 or not play.is_plain
        assert (await named(play.office)).keys() <= {"oversold"}
        blocked = await rows_of(play.office.office, "SELECT count(*) FROM ticket WHERE blocked")
        assert blocked == [(0,)]
    finally:
        await play.close()
