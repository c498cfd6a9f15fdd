"""Bugs in what becomes of devices that are taken away, and of what they bring afterwards."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from gatekeeper.store.store import Store
from gatekeeper.sync import engine
from server.db.statement import statement
from server.devices import identity
from server.journals import ingest
from server.lost_devices import rulings
from simulator.planted import Planted, Replacement, awaited_constant, constant
from simulator.planted_series import at_the_series
from simulator.scenario import Scenario


def of_the_replaced(scenario: Scenario) -> Scenario:
    """Leave all other events to themselves, almost without guests, and look at this one alone."""
    return msgspec.structs.replace(at_the_series(scenario), has_series=False, has_replaced=True)


def _still_in_order(find: Any) -> Any:
    def find_as_it_was(rows: Any) -> Any:
        found = find(rows)
        return None if found is None else msgspec.structs.replace(found, is_revoked=False)

    return find_as_it_was


def _at_once(take: Any) -> Any:
    return lambda found, **_said: take(found, is_revoked=False)


def _again(_read: Any) -> Any:
    return statement(
        "SELECT boot, dseq, entry, signature, received_at FROM journal_entry"
        " WHERE device_id = $1 AND organization_id = $2 AND status <> 'stored'"
        " AND boot = $3::bytea AND dseq = $4::bigint"
    )


REPLACED_BUGS: Final = (
    Planted(
        name="revoked_goes_on",
        what="The server knows a device for ever as it has seen it first.",
        replaced=(Replacement(identity, "_identity", _still_in_order),),
        change=of_the_replaced,
    ),
    Planted(
        name="revoked_word_counts",
        what="What a revoked device brings takes effect, and waits for nobody.",
        replaced=(Replacement(ingest, "take_at_once", _at_once),),
        change=of_the_replaced,
    ),
    Planted(
        name="ruled_on_again",
        what="What was ruled on is ruled on again, and takes effect when it was dismissed.",
        replaced=(Replacement(rulings, "READ_WAITING_ONE", _again),),
        change=of_the_replaced,
    ),
    Planted(
        name="accepted_for_nothing",
        what="What is accepted takes no effect.",
        replaced=(Replacement(rulings.Rulings, "_post", awaited_constant({})),),
        change=of_the_replaced,
    ),
    Planted(
        name="revoked_keeps_its_list",
        what="A device that hears that it was revoked keeps all that it has of the event.",
        replaced=(Replacement(engine, "forget_event", constant(False)),),
        change=of_the_replaced,
    ),
    Planted(
        name="erased_by_name",
        what="What a revoked device erases stays on the free pages of its database.",
        replaced=(Replacement(Store, "scrub", constant(None)),),
        change=of_the_replaced,
    ),
)
