"""Background work that goes on whatever happens to it: caught, named, and started again.

A task that ends by a fault which nobody foresaw would else be missed by nobody: the screen goes on
saying what was true when it died.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

from shared.kernel.errors import GatekeeperError, trouble_of
from shared.kernel.os_errors import words_of_system
from shared.kernel.trouble import NO_TROUBLE, Trouble, TroubleKind

RESTART_SECONDS: Final = 1.0
"""A part that dies at once each time must not keep the processor busy."""
SAID_SECONDS: Final = 60.0
"""How long a part that was started again is named on the screen."""


def fault_of_program(what: str, fault: Exception) -> Trouble:
    """Name a part that was stopped by a fault; ours have their own words."""
    if isinstance(fault, GatekeeperError):
        return trouble_of(fault)
    said = words_of_system(fault)
    reason = f"{type(fault).__name__}: {said}" if said else type(fault).__name__
    text = f"{what} was stopped by a bug in the program ({reason}) and has restarted"
    return Trouble(TroubleKind.PROGRAM, text)


class Watch:
    """Runs work again where it dies, and tells of what died lately.

    Attributes:
        trouble: What to say on the screen.
    """

    def __init__(self) -> None:
        self.trouble = NO_TROUBLE
        self._calm: asyncio.TimerHandle | None = None

    @property
    def pause(self) -> float:
        """Seconds to wait before what may have died is tried again; 0 where nothing has."""
        return RESTART_SECONDS if self.trouble else 0.0

    async def keep(self, what: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run work until it ends by itself; where it dies, begin it again after a pause.

        Args:
            what: Names it in a sentence, as in "the upload".
            work: Gives a fresh run.
        """
        while True:
            try:
                await work()
            except Exception as fault:  # noqa: BLE001 - what nobody foresaw must end no task
                self.note(what, fault)
                await asyncio.sleep(RESTART_SECONDS)
            else:
                return

    @contextmanager
    def guarding(self, what: str) -> Iterator[None]:
        """Note a fault of the block, and go on after it."""
        try:
            yield
        except Exception as fault:  # noqa: BLE001 - what nobody foresaw must end no task
            self.note(what, fault)

    def note(self, what: str, fault: Exception) -> None:
        """Say for a while that a part was stopped by a fault."""
        self.trouble = fault_of_program(what, fault)
        if self._calm is not None:
            self._calm.cancel()
        self._calm = asyncio.get_running_loop().call_later(SAID_SECONDS, self._forget)

    def _forget(self) -> None:
        self.trouble, self._calm = NO_TROUBLE, None
