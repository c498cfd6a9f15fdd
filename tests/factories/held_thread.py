"""A desk's thread that does nothing of what it is asked for until a test says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class HeldThread:
    """Notes what waits for an answer: who is told of it, and who of a fault."""

    def __init__(self) -> None:
        self.asked: list[tuple[Callable[[Any], object], Callable[[Any], object]]] = []

    def ask(
        self, _work: object, on_done: Callable[[Any], object], on_failed: Callable[[Any], object]
    ) -> None:
        """Note it."""
        self.asked.append((on_done, on_failed))

    def answer(self, result: object) -> None:
        """Answer what was asked last."""
        self.asked.pop()[0](result)

    def refuse(self, fault: BaseException) -> None:
        """Refuse what was asked last."""
        self.asked.pop()[1](fault)
