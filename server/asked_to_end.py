"""Whether work that goes on beside the requests has to end."""

from __future__ import annotations

import asyncio


def is_ending() -> bool:
    """Tell whether the running task was asked to end; each loop that outlives faults asks.

    Being asked may come out of what was just done as a fault of its own. The loop would go on,
    and whoever waits for its end, a server that stops, would wait for ever.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
