"""Bugs of the server."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from server.claims import deciding as claim_fold
from server.claims import settling_under_locks
from server.claims.deciding import ClaimFold
from server.devices.device_of_request import KnownDevices
from server.entries import rows as entry_rows
from server.entries import signature_process
from server.entries.uploaded_chain import ChainSorter
from server.journals import posting, till_entry_booking
from server.journals.posting import JournalFold
from server.ledger import passage_order as passages
from server.ledger.uses import UseRecord
from server.reconciliation import double_uses
from server.ticketing import reissues
from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.instant import MINUTE, SECOND, Instant
from simulator.fault_rates import NO_FAULTS
from simulator.guest_habits import Guests
from simulator.planted_bugs.planted_bug import (
    Planted,
    Replacement,
    awaited_constant,
    constant,
    with_guests,
)
from simulator.planted_bugs.zone_shares_and_homes import CROWD
from simulator.scenario import Scenario, confuse_server, limit, plain


def _claims_only(read: Any) -> Any:
    async def read_locked(*arguments: Any, **options: Any) -> Any:
        known = await read(*arguments, **options)
        if known is None:
            return None
        claimed = {one: use for one, use in known.uses.items() if use.source == "claim"}
        return msgspec.structs.replace(known, uses=claimed)

    return read_locked


def _to_supervisors(scenario: Scenario) -> Scenario:
    """Let gates that are cut off send all holders to a supervisor."""
    return msgspec.structs.replace(scenario, policy=OfflinePolicy.SUPERVISOR)


def _unless_referred(count: Any) -> Any:
    return lambda entry, body: (
        None if getattr(body, "verdict", "") == "refer" else count(entry, body)
    )


def _whichever_is_meant(reissue: Any) -> Any:
    async def reissue_any(*arguments: Any, **options: Any) -> Any:
        return await reissue(*arguments, **(options | {"superseded": None}))

    return reissue_any


def _one_person(fact: Any) -> Any:
    def fact_of_one(self: UseRecord) -> Any:
        return msgspec.structs.replace(fact(self), count=1)

    return fact_of_one


def _entries_alone(remember: Any) -> Any:
    def remember_entries(self: ClaimFold, record: UseRecord) -> None:
        if record.direction == "in":
            remember(self, record)

    return remember_entries


def _strollers(scenario: Scenario) -> Scenario:
    """Let many go out and come back, with few copies, to gates that can ask."""
    guests = Guests(copied=0, leaves=0.6, returns=1, stays=MINUTE, strolls=MINUTE)
    return msgspec.structs.replace(
        scenario, has_reentry=True, has_restore=False, guests=guests, fault_rates=NO_FAULTS
    )


def _granted_exits_alone(remember: Any) -> Any:
    def remember_what_was_granted(self: ClaimFold, record: UseRecord) -> None:
        if record.direction == "in" or record.is_grant:
            remember(self, record)

    return remember_what_was_granted


def _cut_off_strollers(scenario: Scenario) -> Scenario:
    """Let many go out by gates that are cut off, and come back when that is known."""
    rates = msgspec.structs.replace(
        NO_FAULTS, partition=15 * SECOND, partition_lasts=(5 * SECOND, 15 * SECOND)
    )
    return msgspec.structs.replace(
        _strollers(scenario), fault_rates=rates, policy=OfflinePolicy.OPEN, hello_every=None
    )


def _first_tenant(identify: Any) -> Any:
    async def identify_as_first(self: KnownDevices, authorization: str) -> Any:
        found = await identify(self, authorization)
        first: str = self.__dict__.setdefault("first_tenant", found.organization_id)
        return msgspec.structs.replace(found, organization_id=first)

    return identify_as_first


def _take_unlinked(fork: Any) -> Any:
    def take(self: ChainSorter, checked: Any, entry: Any) -> None:
        state = self._held.boots[entry.boot]
        if entry.dseq == state.dseq + 1:
            self._append(checked, entry, state)
        else:
            fork(self, checked, entry)

    return take


def _by_clock(_place: Any) -> Any:
    def place_by_clock(use: UseRecord, *_proofs: Any) -> UseRecord:
        return use

    return place_by_clock


def _as_the_clock_says(_follow: Any) -> Any:
    def follow_nothing(at: Instant, *_records: Any) -> Instant:
        return at

    return follow_nothing


def _whatever_it_was_told(precedes: Any) -> Any:
    def precedes_untold(one: UseRecord, other: UseRecord) -> bool:
        is_before: bool = precedes(one, msgspec.structs.replace(other, knew=0))
        return is_before

    return precedes_untold


def _wrong_server_and_full(scenario: Scenario) -> Scenario:
    """Let a server's clock jump often while people come and go in a limited zone."""
    room = limit(_wrong_server(scenario), CROWD)
    rates = msgspec.structs.replace(room.fault_rates, server_clock=MINUTE, gate_stop=None)
    return msgspec.structs.replace(
        room,
        gates=2,
        tills=1,
        tickets=60,
        hello_every=None,
        fault_rates=rates,
        guests=Guests(copied=0.0, leaves=0.9, returns=0.9, stays=MINUTE, strolls=30 * SECOND),
    )


def _unheard_copies(scenario: Scenario) -> Scenario:
    """Let copies come to gates that are often cut off, while the server's clock goes back."""
    rates = msgspec.structs.replace(
        NO_FAULTS,
        gate_stop=30 * SECOND,
        server_clock=30 * SECOND,
        outage=90 * SECOND,
        outage_lasts=40 * SECOND,
    )
    return msgspec.structs.replace(
        plain(scenario),
        gates=4,
        guests=Guests(copied=0.9, leaves=0.5, returns=0.0, stays=2 * MINUTE),
        fault_rates=rates,
        policy=OfflinePolicy.OPEN,
        has_reentry=True,
        has_restore=False,
        hello_every=None,
    )


def _wrong_server(scenario: Scenario) -> Scenario:
    """Let a server's clock jump often while people go out and in and their copies are about."""
    rates = msgspec.structs.replace(scenario.fault_rates, partition=10 * MINUTE, server_stop=None)
    plainer = msgspec.structs.replace(
        plain(scenario), fault_rates=rates, policy=OfflinePolicy.CLOSED, has_restore=False
    )
    confused = confuse_server(plainer, 3 * SECOND)
    rates = msgspec.structs.replace(confused.fault_rates, server_clock=20 * SECOND)
    guests = msgspec.structs.replace(confused.guests, stays=30 * SECOND, strolls=30 * SECOND)
    return msgspec.structs.replace(confused, fault_rates=rates, guests=guests)


def _alone(scenario: Scenario) -> Scenario:
    """Leave the venue to a busy hostile device, almost without guests."""
    return msgspec.structs.replace(
        scenario,
        gates=1,
        tills=0,
        tickets=4,
        early_tickets=0,
        group_tickets=0,
        policy=OfflinePolicy.OPEN,
        hello_every=None,
        has_restore=False,
        fault_rates=NO_FAULTS,
        lies_every=10 * SECOND,
    )


def _in_groups(scenario: Scenario) -> Scenario:
    """Let parties of groups come with copies to gates that hear of each other late."""
    return msgspec.structs.replace(
        scenario,
        policy=OfflinePolicy.OPEN,
        hello_every=None,
        has_push=False,
        poll=MINUTE,
        tickets=10,
        early_tickets=0,
        group_tickets=scenario.tickets // 2,
        has_restore=False,
        guests=msgspec.structs.replace(scenario.guests, copied=0.9),
    )


def _wrong_clocks(scenario: Scenario) -> Scenario:
    """Let many go out and in at gates that stop often and whose clocks were set by nobody."""
    guests = msgspec.structs.replace(
        scenario.guests, leaves=0.8, returns=0.9, stays=30 * SECOND, strolls=30 * SECOND
    )
    rates = msgspec.structs.replace(
        scenario.fault_rates,
        partition=30 * SECOND,
        partition_lasts=(30 * SECOND, 2 * MINUTE),
        server_stop=None,
        gate_stop=20 * SECOND,
        disk_full=None,
        clock_step=20 * SECOND,
    )
    return msgspec.structs.replace(
        scenario,
        gates=2,
        policy=OfflinePolicy.OPEN,
        hello_every=None,
        has_reentry=True,
        has_restore=False,
        skew_max=20 * MINUTE,
        guests=guests,
        fault_rates=rates,
    )


SERVER_BUGS: Final = (
    Planted(
        name="chain_not_checked",
        what="The server takes entries that do not follow the one before them.",
        replaced=(Replacement(ChainSorter, "_fork", _take_unlinked),),
        change=_alone,
        hours=0.5,
    ),
    Planted(
        name="entry_signature_unchecked",
        what="The server takes entries whatever their signature is.",
        replaced=(Replacement(signature_process, "is_signed_by", constant(value=True)),),
        change=_alone,
        hours=0.5,
    ),
    Planted(
        name="no_dedupe",
        what="A claim that is repeated is decided anew.",
        replaced=(Replacement(ClaimFold, "_earlier", constant(None)),),
    ),
    Planted(
        name="offline_uses_forgotten",
        what="The ledger grants claims without looking at what gates admitted on their own.",
        replaced=(Replacement(settling_under_locks, "read_locked", _claims_only),),
        change=with_guests(copied=0.4),
    ),
    Planted(
        name="group_counted_as_one",
        what="The ledger counts a party as one person.",
        replaced=(Replacement(UseRecord, "fact", _one_person),),
        change=_in_groups,
    ),
    Planted(
        name="nobody_comes_back",
        what="The ledger forgets who went out, and turns them away when they come back.",
        replaced=(Replacement(ClaimFold, "_remember", _entries_alone),),
        change=_strollers,
    ),
    Planted(
        name="late_exits_make_no_room",
        what="The ledger turns those away who come back, where a gate alone had let them out.",
        replaced=(Replacement(ClaimFold, "_remember", _granted_exits_alone),),
        change=_cut_off_strollers,
    ),
    Planted(
        name="conflict_missed",
        what="The ledger does not notice double uses.",
        replaced=(Replacement(double_uses, "find_excess", constant([])),),
        change=with_guests(copied=0.4),
    ),
    Planted(
        name="ordered_by_clock",
        what="The ledger orders one device's passages by its clock, not by its journal.",
        replaced=(Replacement(posting, "place_in_time", _by_clock),),
        change=_wrong_clocks,
    ),
    Planted(
        name="exit_excuses_all",
        what="An exit says that entries were in order of which its gate had been told before it.",
        replaced=(Replacement(passages, "_precedes", _whatever_it_was_told),),
        change=_unheard_copies,
    ),
    Planted(
        name="room_by_clock",
        what="The ledger counts who is inside a limited zone by what its clock said.",
        replaced=(Replacement(claim_fold, "follow_all", _as_the_clock_says),),
        change=_wrong_server_and_full,
    ),
    Planted(
        name="granted_by_clock",
        what="The ledger's grants have the instant of its clock, whatever it has on record.",
        replaced=(Replacement(claim_fold, "follow_all", _as_the_clock_says),),
        change=_wrong_server,
        hours=0.75,
    ),
    Planted(
        name="undo_ignored",
        what="The ledger does not take admissions back.",
        replaced=(Replacement(JournalFold, "_undo", constant(None)),),
        change=with_guests(undone=0.2),
    ),
    Planted(
        name="sale_not_booked",
        what="The server stores a till's sale and does not book it.",
        replaced=(Replacement(till_entry_booking, "book_sale", awaited_constant(())),),
    ),
    Planted(
        name="referred_uncounted",
        what="The board does not count scans that were sent to a person.",
        replaced=(Replacement(entry_rows, "count_of", _unless_referred),),
        change=_to_supervisors,
    ),
    Planted(
        name="any_code_is_replaced",
        what="The office replaces a ticket's code whichever one is meant.",
        replaced=(Replacement(reissues, "reissue_ticket", _whichever_is_meant),),
        change=with_guests(reissued=0.4),
    ),
    Planted(
        name="tenant_leak",
        what="Every device is taken for one of the first organization that asked.",
        replaced=(Replacement(KnownDevices, "identify", _first_tenant),),
    ),
)
