"""A fiscal signer with moods: it signs, is silent, slow, unavailable, or dies."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Final

from gatekeeper.fiscal.ports import Facts, Handle, Outcome, Signed, Unavailable
from shared.kernel.instant import Instant

SINCE: Final = Instant(1_700_000_000_000_000)


class TestSigner:
    """Fulfils `gatekeeper.fiscal.ports.FiscalPort`.

    Attributes:
        mood: `signs`, `silent`, `slow`, `unavailable`, `dies` or `exits`.
        at_begin: It has its mood when a receipt is begun as well.
        calls: How often it was asked anything.
        asked: Each receipt that it was asked to finish, in order.
        began: Receipts begun and not ended, by token.
        counter: Its own.
    """

    __test__ = False
    signs = True
    block_when_unavailable = False

    def __init__(self, mood: str = "signs") -> None:
        self.mood = mood
        self.asked: list[Facts] = []
        self.began: dict[bytes, Facts] = {}
        self.counter = self.calls = 0
        self.at_begin = False
        self.released = threading.Event()

    def begin(self, till: str, draft: Facts, at: Instant) -> Handle | Unavailable:
        """Begin a receipt."""
        self.calls += 1
        if self.at_begin:
            self._be_moody()
        if self.mood == "unavailable":
            return Unavailable("no card", SINCE, text="Sicherheitseinrichtung ausgefallen")
        token = b"t%d" % len(self.began)
        self.began[token] = draft
        return Handle(token)

    def update(self, handle: Handle, facts: Facts) -> None:
        """Hear of a long sale."""
        self.began[handle.token] = facts

    def finish(self, handle: Handle, facts: Facts) -> Outcome:
        """Sign, or whatever the mood is."""
        self.calls += 1
        self.asked.append(facts)
        self._be_moody()
        return self._sign(handle)

    def cancel(self, handle: Handle, facts: Facts) -> Outcome:
        """Sign that it was abandoned."""
        return self._sign(handle)

    def open_handles(self) -> list[Handle]:
        """Return what is begun and not ended."""
        return [Handle(token) for token in self.began]

    def export(self, first: Instant, last: Instant, to: Path) -> None:
        """Write how many it has signed."""
        to.write_text(str(self.counter), encoding="utf-8")

    def _be_moody(self) -> None:
        if self.mood == "dies":
            message = "the signer's library crashed"
            raise RuntimeError(message)
        if self.mood == "exits":
            raise SystemExit(1)
        if self.mood in {"silent", "slow"}:
            self.released.wait(30)

    def _sign(self, handle: Handle) -> Outcome:
        self.began.pop(handle.token, None)
        self.counter += 1
        return Signed((f"Signature {self.counter}",), f"V0;{self.counter}", b"opaque")
