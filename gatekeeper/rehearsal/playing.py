"""Plays a queue through a lane like the gate's own: same program and disk, its own journal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import msgspec

from gatekeeper.blocking import RunBlocking
from gatekeeper.gate.answer import ScanAnswer
from gatekeeper.gate.clock import GateClock
from gatekeeper.gate.gate_and_direction import LaneSetting
from gatekeeper.gate.knowledge import Knowledge
from gatekeeper.gate.recorder import Recorder
from gatekeeper.gate.requests import Scan
from gatekeeper.gate.scan_to_answer import Lane
from gatekeeper.gate.uplink import Uplink
from gatekeeper.rehearsal.judging_readiness import Played, Replay
from gatekeeper.rehearsal.no_server import OwnManifest
from gatekeeper.rehearsal.practice_event_and_keys import PracticeIssuer
from gatekeeper.rehearsal.practice_queue import REHEARSAL_SCANS, Arrival, make_queue, replay_queue
from gatekeeper.store.disk import Disk
from gatekeeper.store.store import JournalAuthor, Store
from gatekeeper.sync.manifests import ManifestInstaller
from shared.admission.reasons import Reason
from shared.credential.keyring import REHEARSAL_EVENT, TicketKey
from shared.kernel.ed25519 import SigningKey
from shared.kernel.errors import BadInput
from shared.kernel.id_types import DeviceId, GateId
from shared.kernel.instant import MINUTE, SECOND, Duration, Instant
from shared.kernel.ports import Clock, Entropy
from shared.kernel.trouble import TroubleKind
from shared.manifest.event_config import EventConfig
from shared.manifest.times_of_dates import end_of, taking_place
from shared.wire.claim import ClaimAnswer, ClaimRequest

LAST_CALL: Final[Duration] = 5 * MINUTE
"""Nobody rehearses so shortly before doors."""

_NAP: Final[Duration] = SECOND // 4
_HANGS_FOR: Final[Duration] = 10 * SECOND


class RehearsalStage(msgspec.Struct, frozen=True, kw_only=True):
    """Where it is played.

    Attributes:
        disk: A folder of its own on the device's disk, empty.
        clock: The machine's.
        entropy: The machine's.
        run_blocking: Runs long work beside the loop.
        gate_id: The gate that is rehearsed.
        sleep: Waits for so many seconds.
    """

    disk: Disk
    clock: Clock
    entropy: Entropy
    run_blocking: RunBlocking
    gate_id: GateId
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


OnProgress = Callable[[int, int], bool]
"""Told how many of how many scans are done; says whether to go on."""


def go_on(_done: int, _count: int) -> bool:
    """Tell nobody, and go on."""
    return True


def refuse_at_doors(config: EventConfig, now: Instant, *, is_clock_trusted: bool = True) -> None:
    """See that doors are not open, nor about to open.

    Args:
        config: The live event.
        now: By the server's clock, as well as the device knows it.
        is_clock_trusted: False where the device's clock is known to be slow.

    Raises:
        BadInput: if they are, or nobody can tell.
    """
    if not is_clock_trusted:
        message = "this device's clock is slow: doors may be open; sync once, or set the clock"
        raise BadInput(message, kind=TroubleKind.CLOCK_SLOW)
    for occurrence in taking_place(config.occurrences):
        opens = occurrence.doors_at or occurrence.starts_at
        if opens - LAST_CALL <= now <= max(end_of(occurrence), opens):
            message = f"doors of {occurrence.name} open now or within 5 minutes; not now"
            raise BadInput(message, kind=TroubleKind.DOORS_OPEN)


async def play(
    live: EventConfig,
    live_keys: tuple[TicketKey, ...],
    stage: RehearsalStage,
    *,
    scans: int = REHEARSAL_SCANS,
    replay: Replay | None = None,
    on_progress: OnProgress = go_on,
) -> Played:
    """Play a queue through a lane on this device: a generated one, or a recorded one again.

    The first scan's claim goes to a server that does not answer; from then on the lane is cut
    off. Nothing is said to any server, and nothing is written into the gate's own journal.

    Args:
        live: The event that is rehearsed.
        live_keys: Its ticket keys.
        stage: Where.
        scans: How many, of a generated one.
        replay: What was recorded, and how fast it is played; None for a generated one.
        on_progress: Told of each step; ends it where it says so.

    Raises:
        StoreFault: if the disk refuses: nobody could be let in with it.
    """
    issuer = PracticeIssuer(live, live_keys, stage.entropy, stage.clock.wall())
    if replay is None:
        steps = make_queue(issuer, scans)
    else:
        steps = replay_queue(issuer, replay.recording, replay.speed)
    author = JournalAuthor(
        DeviceId("dv_rehearsal"), SigningKey.generate(stage.entropy), stage.entropy
    )
    store = Store(stage.disk, author)
    try:
        knowledge = Knowledge(store, issuer.trust, REHEARSAL_EVENT)
        try:
            source = OwnManifest(*issuer.publish())
            recorder = Recorder(store, knowledge, GateClock(stage.clock, None))
            await ManifestInstaller(store, recorder, source, stage.run_blocking).install_newest(
                REHEARSAL_EVENT
            )
            gate = next(gate.name for gate in live.gates if gate.id == stage.gate_id)
            lane = _open_lane(store, recorder, stage)
            played = await _play(lane, steps, stage, gate, live, on_progress)
            return played if replay is None else msgspec.structs.replace(played, replay=replay)
        finally:
            knowledge.close()
    finally:
        store.close()


def _open_lane(store: Store, recorder: Recorder, stage: RehearsalStage) -> Lane:
    return Lane(
        LaneSetting(DeviceId("dv_rehearsal"), stage.gate_id),
        store=store,
        recorder=recorder,
        entropy=stage.entropy,
        uplink=Uplink(is_up=True),
        ask_ledger=_hang,
    )


async def _play(
    lane: Lane,
    steps: Sequence[Arrival],
    stage: RehearsalStage,
    gate: str,
    live: EventConfig,
    on_progress: OnProgress,
) -> Played:
    answers: list[ScanAnswer] = [await lane.scan(Scan(steps[0].code))]
    began_at, began = stage.clock.wall(), stage.clock.monotonic()
    idle = late = 0
    for step in steps[1:]:
        ahead = began + step.after - stage.clock.monotonic()
        idle, late = idle + max(0, ahead), max(late, -ahead)
        while (is_wanted := on_progress(len(answers), len(steps))) and ahead > _NAP:
            await stage.sleep(_NAP / SECOND)
            ahead = began + step.after - stage.clock.monotonic()
        if not is_wanted:
            break
        # The live gate's other work goes on.
        await stage.sleep(max(0, ahead) / SECOND)
        answers.append(await lane.scan(Scan(step.code)))
    took = stage.clock.monotonic() - began - idle
    pairs = list(zip(steps, answers, strict=False))
    return Played(
        at=began_at,
        gate=gate,
        times_ms=tuple(answer.ms for answer in answers[1:]),
        took=Duration(took),
        cut_ms=answers[0].ms,
        budget_ms=live.claim_budget_ms,
        repeats=_denied(pairs, Reason.ALREADY_USED),
        forged=_denied(pairs, Reason.BAD_SIGNATURE),
        wrong=sum(answer.reason != step.expected for step, answer in pairs),
        late=Duration(late),
    )


def _denied(pairs: Sequence[tuple[Arrival, ScanAnswer]], kind: Reason) -> tuple[int, int]:
    answers = [answer for step, answer in pairs if step.expected is kind]
    return len(answers), sum(answer.verdict == "deny" for answer in answers)


async def _hang(request: ClaimRequest) -> ClaimAnswer:
    """Be a server behind a cable that was pulled: nothing comes back."""
    await asyncio.sleep(_HANGS_FOR / SECOND)
    raise TimeoutError(request.claim_id)
