"""The server's log lines in a world: failures are findings, the rest is dropped."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Final

import structlog

from simulator.kernel.loop import current_process

FAILURES: Final = frozenset({"error", "exception", "critical"})
EXPECTED: Final = frozenset({"ledger.behind", "ledger.taken_over"})
"""Lines of level error that tell an operator of a fault of the world, not of the program."""
KEPT_MAX: Final = 10


@contextmanager
def captured_failures() -> Iterator[list[str]]:
    """Collect what the server logs as an error, for as long as the block lasts."""
    failures: list[str] = []

    def collect(
        _logger: Any, method: str, line: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        process = current_process()
        is_heard = process is None or process.is_alive  # nobody reads what a dead machine says
        is_finding = method in FAILURES and line.get("event") not in EXPECTED and is_heard
        if is_finding and len(failures) < KEPT_MAX:
            failures.append(_describe(line))
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[collect], cache_logger_on_first_use=False)
    try:
        yield failures
    finally:
        structlog.configure(**before)


def _describe(line: MutableMapping[str, Any]) -> str:
    import sys
    import traceback

    error = sys.exc_info()[1]
    text = str(line.get("event"))
    if error is not None:
        frames = traceback.extract_tb(error.__traceback__)[-3:]
        where = " < ".join(f"{frame.filename}:{frame.lineno}" for frame in reversed(frames))
        text = f"{text}: {type(error).__name__}: {str(error)[:300]} at {where}"
    return text
