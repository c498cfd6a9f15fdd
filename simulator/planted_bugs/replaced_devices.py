"""Bugs in what becomes of devices that are taken away, and of what they bring afterwards."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import select

from gatekeeper.gate import deciding_by_itself
from gatekeeper.store.store import Store
from gatekeeper.store.use_table import Uses
from gatekeeper.sync import engine
from server.db.hot_path_statements import statement
from server.devices import device_of_request, enrolling, enrolment_codes, revoking
from server.devices.models import Device
from server.homes import moving
from server.journals import ingest
from server.ledger.zone_shares_of_devices import lose_shares
from server.lost_devices import lost_device_rulings
from server.problem_answers import Problem
from simulator.planted_bugs.planted_bug import Planted, Replacement, awaited_constant, constant
from simulator.planted_bugs.single_dates_and_lists import beside_all_else
from simulator.scenario import Scenario

OF_THE_REPLACED: Final = beside_all_else("replaced")


def _without_peers(scenario: Scenario) -> Scenario:
    """Let gates know of each other by the ledger alone."""
    return msgspec.structs.replace(OF_THE_REPLACED(scenario), hello_every=None)


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


def own_uses_alone(_facts: Any) -> Any:
    """Let a device know of its own passages alone."""

    def facts_of(self: Uses, ticket_id: Any) -> Any:
        return tuple(use.fact() for use in self.records_of(ticket_id) if use.is_local)

    return facts_of


def _with_its_places(revoke: Any) -> Any:
    async def revoke_and_free(unit: Any, device_id: Any, because: str) -> Any:
        device = await revoke(unit, device_id, because)
        await lose_shares(unit, device.event_id, device_id)
        return device

    return revoke_and_free


def _where_it_was(_new_home: Any) -> Any:
    return lambda _config, move, *_of_ticket: move.from_device_id


def _of_whoever_reads_it(open_here: Any) -> Any:
    def open_without_homes(event: Any, presented: Any) -> Any:
        case = open_here(event, presented)
        standing = {place.device_id for place in event.config.places}
        if case.home_device_id is None or case.home_device_id in standing:
            return case
        return msgspec.structs.replace(case, home_device_id=event.device_id)

    return open_without_homes


def _in_order_again(find: Any) -> Any:
    async def find_whatever_became_of_it(session: Any, request: Any, token_hash: bytes) -> Any:
        try:
            return await find(session, request, token_hash)
        except Problem:
            query = select(Device).where(Device.token_hash == token_hash)
            device = (await session.execute(query)).scalar_one_or_none()
            if device is None:
                raise
            return device

    return find_whatever_became_of_it


REPLACED_BUGS: Final = (
    Planted(
        name="revoked_goes_on",
        what="The server knows a device for ever as it has seen it first.",
        replaced=(Replacement(device_of_request, "_identity", _still_in_order),),
        change=OF_THE_REPLACED,
    ),
    Planted(
        name="revoked_word_counts",
        what="What a revoked device brings takes effect, and waits for nobody.",
        replaced=(Replacement(ingest, "take_at_once", _at_once),),
        change=OF_THE_REPLACED,
    ),
    Planted(
        name="ruled_on_again",
        what="What was ruled on is ruled on again, and takes effect when it was dismissed.",
        replaced=(Replacement(lost_device_rulings, "READ_WAITING_ONE", _again),),
        change=OF_THE_REPLACED,
    ),
    Planted(
        name="accepted_for_nothing",
        what="What is accepted takes no effect.",
        replaced=(Replacement(lost_device_rulings.Rulings, "_post", awaited_constant({})),),
        change=OF_THE_REPLACED,
    ),
    Planted(
        name="revoked_keeps_its_list",
        what="A device that hears that it was revoked keeps all that it has of the event.",
        replaced=(Replacement(engine, "forget_event", constant(False)),),
        change=OF_THE_REPLACED,
    ),
    Planted(
        name="erased_by_name",
        what="What a revoked device erases stays on the free pages of its database.",
        replaced=(Replacement(Store, "scrub", constant(None)),),
        change=OF_THE_REPLACED,
    ),
    Planted(
        name="others_passages_forgotten",
        what="A gate decides by its own passages alone, whatever the ledger has told it.",
        replaced=(Replacement(Uses, "facts_of", own_uses_alone),),
        change=_without_peers,
    ),
    Planted(
        name="lost_home_stays",
        what="Tickets of a device that was declared lost get no other home.",
        replaced=(Replacement(moving, "_new_home", _where_it_was),),
        change=OF_THE_REPLACED,
    ),
    Planted(
        name="homeless_is_everybodys",
        what="A gate takes itself for the home of tickets whose home stands at no gate.",
        replaced=(Replacement(deciding_by_itself, "_open_here", _of_whoever_reads_it),),
        change=OF_THE_REPLACED,
    ),
    Planted(
        name="revoked_places_given_anew",
        what="What a revoked device holds of a zone's places is free at once.",
        replaced=(Replacement(revoking, "revoke_device", _with_its_places),),
        change=OF_THE_REPLACED,
    ),
    Planted(
        name="taken_back_and_good",
        what="A code that was taken back enrols a device as before.",
        replaced=(Replacement(enrolment_codes, "take_code_back", awaited_constant(None)),),
        change=OF_THE_REPLACED,
    ),
    Planted(
        name="revoked_comes_back",
        what="Whose device was revoked has it again by the code that has enrolled it.",
        replaced=(Replacement(enrolling, "_enrolled_before", _in_order_again),),
        change=OF_THE_REPLACED,
    ),
)
