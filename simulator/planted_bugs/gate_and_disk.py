"""Bugs of the gate and of the disk beneath it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

import msgspec

from gatekeeper.gate import scan_to_answer
from gatekeeper.gate.claiming_at_ledger import Claimant
from gatekeeper.gate.clock import GateClock
from gatekeeper.gate.recorder import Recorder
from gatekeeper.store.claim_intents import ClaimIntents
from gatekeeper.store.database import JournalDatabase
from gatekeeper.store.journal import Journal
from gatekeeper.store.receipt_numbers import ReceiptNumbers
from gatekeeper.sync import applying_feed_pages, device_round_trip
from gatekeeper.sync.device_round_trip import Exchange
from shared.admission.offline_policy import OfflinePolicy
from shared.credential import verifying
from shared.kernel.id_types import EventId
from shared.kernel.ids import format_ticket_id
from shared.kernel.instant import MINUTE, SECOND, format_instant
from shared.manifest.tickets import TicketRow
from shared.wire.claim import ClaimAnswer
from simulator.fault_rates import NO_FAULTS, FaultRates
from simulator.planted_bugs.planted_bug import Planted, Replacement, constant, with_guests
from simulator.scenario import Scenario, plain

SLOW_COMMIT_S: Final = 0.4
PAGE_ITEMS: Final = 3


def _sync_less(configure: Any) -> Any:
    def configure_less(self: JournalDatabase, *, is_exclusive: bool) -> None:
        configure(self, is_exclusive=is_exclusive)
        self.connection.execute("PRAGMA synchronous=NORMAL").fetchall()

    return configure_less


def _answer_first(record: Any) -> Any:
    def record_later(self: Recorder, *scan: Any) -> int:
        journal = self._store.journal
        asyncio.get_running_loop().call_later(SLOW_COMMIT_S, record, self, *scan)
        return journal.last_seq + 1

    return record_later


def _acknowledge_first(make_request: Any) -> Any:
    def request(self: Exchange, pending: Any) -> Any:
        made = make_request(self, pending)
        journal = self._store.journal
        with self._store.transaction("early"):
            for boot in journal.boots:
                journal.acknowledge(boot.boot, boot.last_dseq)
        return made

    return request


def _look_once(find: Any) -> Any:
    found: dict[str, Any] = {}

    def find_once(
        event: Any, uses: Any, gate: Any, attempt: Any, held: Any = (), **named: Any
    ) -> Any:
        if attempt.claim_id not in found:
            found[attempt.claim_id] = find(event, uses, gate, attempt, held, **named)
        return found[attempt.claim_id]

    return find_once


def _grant_oneself(_claim: Any) -> Any:
    async def claim(
        self: Claimant, attempt: Any, case: Any, *_where: Any
    ) -> tuple[ClaimAnswer, bool]:
        epoch = self._knowledge.state.epoch
        ticket_id = None if case.ticket_id is None else format_ticket_id(case.ticket_id)
        word = ClaimAnswer(
            verdict="admit",
            reason="ok",
            ticket_id=ticket_id,
            remaining=0,
            claim_id=attempt.claim_id,
            at=format_instant(attempt.at),
            epoch=epoch,
        )
        return word, False

    return claim


def _skip_items(apply: Any) -> Any:
    def apply_some(store: Any, event_id: EventId, state: Any, page: Any, *rest: Any) -> Any:
        short = msgspec.structs.replace(page, items=page.items[:PAGE_ITEMS])
        applied = apply(store, event_id, state, short, *rest)
        skipped = msgspec.structs.replace(
            applied.state, cursor=page.after + len(page.items), head=page.head
        )
        store.feeds.put(event_id, skipped)
        return msgspec.structs.replace(applied, state=skipped)

    return apply_some


def _skip_rows(wanted: Callable[[TicketRow], bool]) -> Callable[[Any], Any]:
    def make(apply: Any) -> Any:
        def apply_item(store: Any, event_id: EventId, *rest: Any) -> None:
            if not any(isinstance(one, TicketRow) and wanted(one) for one in rest):
                apply(store, event_id, *rest)

        return apply_item

    return make


def _same_boot(begin: Any) -> Any:
    class OneBoot:
        def random_bytes(self, size: int) -> bytes:
            return bytes(size)

    def begin_again(self: Journal, stamp: Any) -> None:
        entropy, self._entropy = self._entropy, OneBoot()
        try:
            begin(self, stamp)
        finally:
            self._entropy = entropy

    return begin_again


def _crashing_at(point: str) -> Callable[[Scenario], Scenario]:
    """Let gates lose power again and again at one point of their work, and nothing else fail."""

    def change(scenario: Scenario) -> Scenario:
        rates = FaultRates(
            partition=None, server_stop=None, gate_stop=15 * SECOND, crash_at=point, disk_full=None
        )
        return msgspec.structs.replace(scenario, has_restore=False, fault_rates=rates)

    return change


def _cut_off(**guests: float) -> Callable[[Scenario], Scenario]:
    """Let gates lose the server for seconds, again and again, and decide by what they know."""
    habits = with_guests(**guests)

    def change(scenario: Scenario) -> Scenario:
        rates = FaultRates(
            partition=20 * SECOND,
            partition_lasts=(10 * SECOND,),
            server_stop=None,
            gate_stop=None,
            disk_full=None,
        )
        return habits(
            msgspec.structs.replace(
                scenario,
                policy=OfflinePolicy.OPEN,
                poll=5 * SECOND,
                hello_every=None,
                has_restore=False,
                fault_rates=rates,
            )
        )

    return change


def _last_receipt(_next: Any) -> Any:
    def take(self: ReceiptNumbers) -> int:
        ((count,),) = self._connection.execute("SELECT count(*) FROM boot").fetchall()
        assert isinstance(count, int)
        return count

    return take


def _whatever_was_set(begin: Any) -> Any:
    def begin_with_offset(
        self: GateClock,
        clock: Any,
        offset_before: Any = None,
        _wall_base_before: Any = None,
        _boot_before: Any = None,
        *,
        boot: Any = 0,
        error_before: Any = None,
    ) -> None:
        begin(self, clock, offset_before, boot=boot, error_before=error_before)

    return begin_with_offset


def _clocks_set_right(scenario: Scenario) -> Scenario:
    """Let gates' clocks be wrong for a while and then right, and nothing else happen."""
    rates = msgspec.structs.replace(NO_FAULTS, clock_set_right=MINUTE)
    return msgspec.structs.replace(
        plain(scenario),
        gates=3,
        tills=1,
        policy=OfflinePolicy.OPEN,
        hello_every=None,
        has_restore=False,
        fault_rates=rates,
    )


GATE_BUGS: Final = (
    Planted(
        name="no_fsync",
        what="The disk of a gate says that it has synced, and has not.",
        ignores_sync=True,
    ),
    Planted(
        name="sync_normal",
        what="The journal's commits are not synced one by one.",
        replaced=(Replacement(JournalDatabase, "_configure", _sync_less),),
        change=_crashing_at("scan.committed"),
    ),
    Planted(
        name="green_before_commit",
        what="The lamp is lit before the entry is on disk.",
        replaced=(Replacement(Recorder, "record", _answer_first),),
    ),
    Planted(
        name="uploaded_before_answer",
        what="Entries count as uploaded when they are sent.",
        replaced=(Replacement(Exchange, "_request", _acknowledge_first),),
    ),
    Planted(
        name="no_recheck_after_claim",
        what="The gate does not look again at what it knows after waiting for the ledger.",
        replaced=(Replacement(scan_to_answer, "find_locally", _look_once),),
        change=_cut_off(twice=0.9, copied=0.5),
    ),
    Planted(
        name="claim_skipped",
        what="The gate gives itself the ledger's word.",
        replaced=(Replacement(Claimant, "claim", _grant_oneself),),
    ),
    Planted(
        name="intent_not_durable",
        what="A claim's id is not kept before it is sent.",
        replaced=(Replacement(ClaimIntents, "add", constant(None)),),
        change=_crashing_at("scan.before_commit"),
    ),
    Planted(
        name="lost_release",
        what="A gate does not tell that nobody was admitted under an interrupted claim.",
        replaced=(Replacement(ClaimIntents, "list_open", constant([])),),
        change=_crashing_at("scan.before_commit"),
    ),
    Planted(
        name="cursor_gap",
        what="The gate applies some of a page and moves its cursor past all of it.",
        replaced=(Replacement(device_round_trip, "apply_page", _skip_items),),
    ),
    Planted(
        name="void_ignored",
        what="The gate does not take voids from the feed.",
        replaced=(
            Replacement(
                applying_feed_pages,
                "_apply_item",
                _skip_rows(lambda row: row.facts.state == "cancelled"),
            ),
        ),
        change=_cut_off(void=0.6),
    ),
    Planted(
        name="reissue_ignored",
        what="The gate does not take reissues from the feed.",
        replaced=(
            Replacement(
                applying_feed_pages,
                "_apply_item",
                _skip_rows(lambda row: row.facts.generation > 1),
            ),
        ),
        change=_cut_off(reissued=0.6),
    ),
    Planted(
        name="signature_unchecked",
        what="Any signature will do for a credential.",
        replaced=(Replacement(verifying, "is_valid", constant(value=True)),),
        change=with_guests(forged=0.3),
    ),
    Planted(
        name="clock_trusted",
        what="The gate takes its own wall clock for server time.",
        replaced=(Replacement(GateClock, "now", lambda _now: GateClock.wall),),
    ),
    Planted(
        name="offset_outlives_setting",
        what="What a gate has learnt of its clock is believed after somebody has set that right.",
        replaced=(Replacement(GateClock, "__init__", _whatever_was_set),),
        change=_clocks_set_right,
    ),
    Planted(
        name="forked_boot",
        what="Every start of the program takes the same boot id.",
        replaced=(Replacement(Journal, "_begin_boot", _same_boot),),
    ),
    Planted(
        name="receipt_reused",
        what="The till does not keep its last receipt number.",
        replaced=(Replacement(ReceiptNumbers, "take", _last_receipt),),
    ),
)
