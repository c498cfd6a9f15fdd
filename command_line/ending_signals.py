"""One orderly end for whoever asks: Ctrl+C, a closed terminal, the system that shuts down."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Final, Self

_ASKING: Final = ("SIGINT", "SIGTERM", "SIGHUP")  # the last one only where the system has it
_BY_SIGNAL: Final = 128
"""A shell's status of a program that ended by signal N is this and N."""


def take_ending_signals(handler: Callable[[int, FrameType | None], object]) -> dict[int, Any]:
    """Have a handler called at the signals that ask the process to end.

    One that is ignored, as by nohup, stays so. Only a main thread is told of any.

    Returns:
        What was called before, by signal.
    """
    if threading.current_thread() is not threading.main_thread():
        return {}
    numbers = [getattr(signal, name) for name in _ASKING if hasattr(signal, name)]
    return {
        number: signal.signal(number, handler)
        for number in numbers
        if signal.getsignal(number) is not signal.SIG_IGN
    }


class EndingSignals:
    """Takes the signals that ask the process to end, while it is entered.

    Attributes:
        status: The exit status that says which signal it was; None if none came.
    """

    def __init__(self) -> None:
        self.status: int | None = None
        self._act: Callable[[], object] | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        """Take the signals."""
        self._before = take_ending_signals(self._take)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give them back."""
        for number, before in self._before.items():
            signal.signal(number, before)

    def call(self, act: Callable[[], object] | None) -> None:
        """Have this called at a signal from now on; None lets it raise `SystemExit`."""
        self._act = act

    def hold(self) -> None:
        """Let the first signal wait for `let_end`."""
        self.call(lambda: None)

    def let_end(self) -> None:
        """Let signals raise `SystemExit` again: one that waits does so at once."""
        self.call(None)
        if self.status is not None:
            raise SystemExit(self.status)

    def _take(self, number: int, _frame: FrameType | None) -> None:
        is_first, self.status = self.status is None, _BY_SIGNAL + number
        if is_first and self._act is not None:
            self._act()
        else:  # who asks twice does not want to wait; what runs on a leash ends by it
            raise SystemExit(self.status)
