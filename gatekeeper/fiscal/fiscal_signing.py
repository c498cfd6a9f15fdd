"""Asks the signer in the one order that is safe, within a budget, and keeps what it said.

Durable before: the sale's number and entry. Durable before the receipt: the outcome. A signer that
is silent, slow, gone or dies costs a receipt its signature, never a sale.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec

from gatekeeper.fiscal.ports import Facts, FiscalPort, Handle, Outcome, Signed, Unavailable
from gatekeeper.store.store import Store
from shared.kernel.errors import StoreFault
from shared.kernel.ports import Clock
from shared.sales.sale_refusals import Refusal, SaleReason

FISCAL_BUDGET_SECONDS: Final = 2.0
"""How long a receipt waits for its signature; after it, it says that the signer is unavailable."""

T = TypeVar("T")
_AWAY: Final = (
    "the fiscal signer does not answer, and nothing may be sold without it: check its cable and"
    " power, then sell again"
)
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final[msgspec.msgpack.Decoder[Outcome]] = msgspec.msgpack.Decoder(Outcome)
_BEGUN: Final[msgspec.msgpack.Decoder[Handle | Unavailable]] = msgspec.msgpack.Decoder(
    Handle | Unavailable
)
_HANDLES: Final = msgspec.msgpack.Decoder(list[Handle])


class FiscalSigning:
    """One till's signer; used by the loop that owns the store.

    Args:
        store: Where outcomes stand.
        port: The signer.
        clock: Since when it is unavailable.
        budget_seconds: How long a receipt waits.
    """

    def __init__(
        self,
        store: Store,
        port: FiscalPort,
        clock: Clock,
        *,
        budget_seconds: float = FISCAL_BUDGET_SECONDS,
    ) -> None:
        self._store, self._port, self._clock = store, port, clock
        self._budget = budget_seconds
        self._late: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        self._owed: asyncio.Future[Any] | None = None
        self._silent_since = clock.wall()
        self._begun: Handle | None = None
        self._unkept: dict[str, Outcome] = {}  # what it said, and the disk had no room for

    async def refuses(self, till: str) -> Refusal | None:
        """Say why nothing may be sold now: a signer without which nothing may, and is away.

        It is asked to begin the sale's receipt, which `begin` gives then, and asked anew for each
        sale: what was begun for one that came to nothing is no word of it for the next.
        """
        if not (self._port.signs and self._port.block_when_unavailable):
            return None
        at = self._clock.wall()
        if self._begun is not None:
            abandoned, self._begun = self._begun, None
            nothing = Facts(series=till, number=0, kind="zero", started_at=at, ended_at=at)
            await self.cancel(abandoned, nothing)
        draft = Facts(series=till, number=0, kind="sale", started_at=at, ended_at=at)
        begun = await self.begin(till, draft)
        if isinstance(begun, Unavailable):
            return Refusal(SaleReason.NO_SIGNER, _AWAY)
        self._begun = begun
        return None

    async def begin(self, till: str, draft: Facts) -> Handle | Unavailable:
        """Begin a receipt when its first line is entered; never raises for the signer."""
        begun, self._begun = self._begun, None
        if begun is not None:
            return begun
        at = self._clock.wall()
        return await self._within(lambda: self._port.begin(till, draft, at), _BEGUN, draft=draft)

    async def sign(self, till: str, about: str, facts: Facts) -> Outcome:
        """Have a receipt signed whose sale is durable; one that has its answer begins none anew.

        Raises:
            StoreFault: if the disk refuses, as `finish` says.
        """
        kept = self._unkept.get(about) or self.outcome_of(about)
        if kept is None:
            return await self.finish(about, await self.begin(till, facts), facts)
        self._keep(about, kept)
        return self._unkept.pop(about, kept)

    async def finish(self, about: str, handle: Handle | Unavailable, facts: Facts) -> Outcome:
        """Have a receipt signed whose sale is durable; asked again, the answer is the same.

        Args:
            about: The sale's id.
            handle: What `begin` gave.
            facts: What is signed.

        Returns:
            What is to be printed; it is on disk.

        Raises:
            StoreFault: if the disk refuses: print nothing, the sale stands, and ask again.
        """
        if not self._port.signs:
            return Signed()
        kept = self.outcome_of(about)
        if kept is not None:
            return kept
        if about not in self._unkept:
            token = handle.token if isinstance(handle, Handle) else b""
            with self._store.transaction("fiscal_ask"):
                self._store.fiscal.ask(about, token)
            self._unkept[about] = (
                handle
                if isinstance(handle, Unavailable)
                else await self._within(lambda: self._port.finish(handle, facts), _DECODER, about)
            )
        self._keep(about, self._unkept[about])
        return self._unkept.pop(about)

    async def cancel(self, handle: Handle | Unavailable, facts: Facts) -> None:
        """Say that a receipt was abandoned; a signer that does not hear it lists it as open."""
        if isinstance(handle, Handle) and self._port.signs:
            await self._within(lambda: self._port.cancel(handle, facts), _DECODER)

    def outcome_of(self, about: str) -> Outcome | None:
        """Return what the signer said to a sale, or None where it was not asked."""
        kept = self._store.fiscal.get(about)
        return None if kept is None else _DECODER.decode(kept)

    async def recover(self, till: str) -> list[str]:
        """End what a crash left open, here and at the signer.

        Returns:
            The sales whose receipt says "unavailable" for it: the signer may have signed them,
            and what it said is lost.

        Raises:
            StoreFault: if the disk refuses.
        """
        ended = []
        for about, _ in self._store.fiscal.list_asked():
            self._keep(about, Unavailable("stopped", self._clock.wall()))
            ended.append(about)
        at = self._clock.wall()
        nothing = Facts(series=till, number=0, kind="zero", started_at=at, ended_at=at)
        handles = await self._within(self._port.open_handles, _HANDLES)
        if not isinstance(handles, Unavailable):
            for handle in handles:
                await self.cancel(handle, nothing)
        return ended

    async def _within(
        self,
        ask: Callable[[], T],
        kind: msgspec.msgpack.Decoder[T],
        about: str = "",
        draft: Facts | None = None,
    ) -> T | Unavailable:
        """Ask the signer within the budget; whatever it does, the sale goes on.

        While it still owes an answer it is asked nothing: each question would keep a thread and a
        queue of guests waiting, and at last the threads that print.
        """
        async with self._turn:
            if self._owed is not None and not self._owed.done():
                return Unavailable("silent", self._silent_since)
            asked = asyncio.ensure_future(asyncio.to_thread(_guard, ask, kind))
            try:
                async with asyncio.timeout(self._budget):
                    return await asyncio.shield(asked)
            except TimeoutError:
                self._owed, self._silent_since = asked, self._clock.wall()
                late = asyncio.ensure_future(self._keep_late(about, asked, draft))
                self._late.add(late)
                late.add_done_callback(self._late.discard)
                return Unavailable("silent", self._silent_since)
            except Exception:  # noqa: BLE001 - whatever a signer's library raises, the sale stands
                return Unavailable("failed", self._clock.wall())

    def _keep(self, about: str, outcome: Outcome) -> None:
        with self._store.transaction("fiscal_outcome"):
            self._store.fiscal.settle(about, _ENCODER.encode(outcome))

    async def _keep_late(self, about: str, asked: asyncio.Future[T], draft: Facts | None) -> None:
        """Keep a signature that came after the receipt was printed without it, for the export.

        A receipt that was begun too late is ended: a signer holds so many open ones, and no more.
        """
        try:
            answer = await asked
        except Exception:  # noqa: BLE001 - it was unavailable and stays so
            return
        if draft is not None and isinstance(answer, Handle):
            await self.cancel(answer, msgspec.structs.replace(draft, kind="zero"))
        if about and isinstance(answer, Signed):
            with contextlib.suppress(StoreFault), self._store.transaction("fiscal_late"):
                self._store.fiscal.add_late(about, _ENCODER.encode(answer))


def _guard(ask: Callable[[], T], kind: msgspec.msgpack.Decoder[T]) -> T:
    """Ask; a library that would end the whole program has only failed.

    So has one whose answer is none: what cannot be read again off the disk would keep a paid
    sale's tickets, and all papers after it, from being printed.
    """
    try:
        return kind.decode(_ENCODER.encode(ask()))
    except SystemExit as fault:
        raise RuntimeError("the signer's library wanted to end the program") from fault
