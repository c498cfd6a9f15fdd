"""Which plan the feed told when, taken down beside the ledger: it keeps only the newest one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from server.plans import plan_changes
from shared.kernel.id_types import EventId
from shared.wire.feed import ConfigChange
from simulator.history import History, PlanTold
from simulator.home_record import after_commit
from simulator.planted_bugs.planted_bug import Planted, Replacement


def plans_noted(history: History) -> Planted:
    """Make what takes down each plan that is told, once it is committed; it changes nothing."""

    def note(append: Callable[..., Any]) -> Callable[..., Any]:
        async def append_and_note(
            session: Any, event_id: EventId, items: Sequence[ConfigChange]
        ) -> Any:
            sequence = await append(session, event_id, items)
            (change,) = items
            told = PlanTold(sequence, change.config, change.keyring)
            after_commit(session, lambda: history.plans.append(told))
            return sequence

        return append_and_note

    return Planted(
        name="plans noted",
        what="Nothing.",
        # What tells a plan calls this: a changed plan, publishing, and a changed key.
        replaced=(Replacement(plan_changes, "append_items", note),),
    )
