"""One world from its seed to its verdict."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Final, Protocol

import msgspec

from gatekeeper.sync import engine
from server.alarms import routes as alarm_routes
from server.background import repeating
from server.cancelling import routes as refund_routes
from server.imports import routes as import_routes
from server.jobs import retry_delays_of_jobs_and_webhooks
from server.ledger import checkin_webhooks
from server.live import routes as live_routes
from server.persons import routes as person_routes
from server.webhooks import routes as webhook_routes
from shared.kernel.instant import MINUTE, SECOND
from simulator.boxoffice.evening import BoxOffice
from simulator.checkers import judge
from simulator.checkers.doubles import Doubles, count_doubles
from simulator.evening.changing_zone_limits import LimitOrders
from simulator.evening.fault_injector import FaultInjector
from simulator.evening.hostile_device import HostileDevice
from simulator.evening.moving_homes import HomeOrders
from simulator.evening.office import Office
from simulator.evening.restoring import Operator
from simulator.evening.strangers import Strangers
from simulator.evening.told_plans import plans_noted
from simulator.evening.what_guests_do import Workload
from simulator.further_events.erased_guests.kept_list import LISTS
from simulator.further_events.further_event import FurtherEvent
from simulator.further_events.kinds import Programme
from simulator.further_events.mails.mail_server import OWN_NAME
from simulator.further_events.mails.program import PROGRAM
from simulator.further_events.second_event.checks import judge_fair
from simulator.further_events.second_event.evening import Fair
from simulator.further_events.second_event.evidence import FairEvidence, gather_fair
from simulator.further_events.take_over.signs import FILES
from simulator.further_events.take_over.wire import BARE_WIRES
from simulator.judging.enum_coverage import seen_in
from simulator.judging.evidence import Evidence, Violation, gather_passages, gather_sales
from simulator.judging.ledger_and_device_views import view_device, view_ledger
from simulator.judging.turned_away import GuestCounts, count_guests
from simulator.kernel.logs import captured_failures
from simulator.kernel.loop import Deadlock, Livelock
from simulator.kernel.stage import Stage
from simulator.nodes.server_image import ServerImage
from simulator.planted_bugs.planted_bug import NO_BUG, Planted, Replacement
from simulator.scenario import Scenario, draw_scenario
from simulator.world import World, describe_fault

VIOLATIONS_MAX: Final = 50
"""Of each invariant: what one judge says over and over hides nothing of what the others say."""


NEVER: Final = 1e9
RARELY: Final = 10.0
SELDOM: Final = 60.0
"""Seconds."""


def _paced(owner: ModuleType, name: str, seconds: float) -> Replacement:
    return Replacement(owner, name, lambda _often: seconds)


LOOKS: Final = (
    _paced(webhook_routes, "WEBHOOK_POLL_S", NEVER),
    _paced(checkin_webhooks, "CHECKINS_POLL_S", NEVER),
    _paced(live_routes, "TOGETHER_S", NEVER),
    _paced(import_routes, "IMPORT_POLL_S", RARELY),
    _paced(refund_routes, "REFUND_POLL_S", RARELY),
    _paced(person_routes, "ERASURE_POLL_S", RARELY),
    _paced(alarm_routes, "ALARM_POLL_S", SELDOM),
)
"""What the server looks for every second or two: boards no world has, programs that want to be
told only those with mails, lists, refunds and erasures few. Alarms are for people: none is judged
here, and to look for them every five seconds took a fifth of all processor time."""


ONE_PROCESS: Final = Replacement(repeating, "getpid", lambda _own: lambda: 1)
"""A worker spreads its works by the number of its process, which is another in each run."""

TWO_SERVERS: Final = (*FILES, BARE_WIRES)
"""What stands for a laptop's folder and for TLS, where another machine takes over."""


MAILS: Final = (
    Replacement(
        retry_delays_of_jobs_and_webhooks,
        "JOB_DELAYS",
        lambda pauses: tuple(min(one, MINUTE) for one in pauses),
    ),
    OWN_NAME,
    *PROGRAM,
)
"""Nobody waits three days for a mail that is put off: as many pauses, none above a minute."""


class WorldResult(msgspec.Struct, frozen=True):
    """What one world came to.

    Attributes:
        seed: Its seed.
        hours: How long doors were open.
        virtual_us: Virtual time in all.
        steps: Steps of the loop.
        digest: The trace's hash: the same for the same seed.
        scans: Scans that were answered.
        sales: Sales that were handed over.
        partitions: Cuts.
        lan_scans: Admissions on the peers' word.
        crashes: Programs and machines that stopped.
        dropped: Messages lost.
        doubles: Tickets used beyond their persons, and the conflicts that say so.
        violations: Broken promises.
        guests: What holders of valid tickets met with.
        kinds: Members of the product's enumerations that it brought about.
        trace: The last lines of the trace, where something is broken.
    """

    seed: str
    hours: float
    virtual_us: int
    steps: int
    digest: str
    scans: int
    sales: int
    partitions: int
    lan_scans: int
    crashes: int
    dropped: int
    doubles: Doubles
    violations: list[Violation]
    guests: GuestCounts
    kinds: frozenset[str]
    trace: list[str]


def run_world(
    image: ServerImage,
    seed: str,
    hours: float,
    *,
    planted: Planted = NO_BUG,
    is_switched_on: bool = True,
    scenario: Scenario | None = None,
    keeps_trace: bool = False,
) -> WorldResult:
    """Run one world and judge it.

    Args:
        image: What the server starts from.
        seed: Decides everything.
        hours: How long doors are open.
        planted: A bug to switch on.
        is_switched_on: Whether it is; else only its world is taken.
        scenario: What the world is like; None to draw it from the seed.
        keeps_trace: Give the whole trace.
    """
    stage = Stage(seed, keeps_trace=keeps_trace)
    drawn = planted.tune(scenario or draw_scenario(stage.dice.stream("scenario"), hours))
    bug = planted if is_switched_on else NO_BUG
    files = image.list_files()
    pace = _pace(drawn)
    with captured_failures() as failures, _no_garbage_meanwhile(), pace.active(), bug.active():
        world = World(stage, image, drawn, bug)
        violations: list[Violation] = []
        lived: tuple[Evidence, FairEvidence | None] | None = None
        evidence: Evidence | None = None
        kinds: frozenset[str] = frozenset()
        try:
            with plans_noted(world.history).active():
                lived = stage.loop.run(_live(world, violations))
        except (Deadlock, Livelock) as error:
            violations.append(Violation("live", f"{type(error).__name__}: {error}"))
        except Exception as error:  # noqa: BLE001 - what ends a world is found, and ends no other
            violations.append(Violation("fault", describe_fault(error)))
        faults = [*world.history.faults, *stage.loop.faults, *(f"server: {f}" for f in failures)]
        violations += [Violation("fault", text) for text in faults]
        if lived is not None:
            evidence, fair = lived
            kinds = seen_in(evidence, fair)
        if image.list_files() != files:
            violations.append(Violation("fault", "it has changed what other worlds start from"))
    world.discard()
    history = world.history
    return WorldResult(
        seed=seed,
        hours=hours,
        virtual_us=stage.loop.now_us,
        steps=stage.loop.steps,
        digest=stage.trace.digest,
        scans=sum(scan.answer is not None for scan in history.scans),
        sales=len(history.sales),
        partitions=history.partitions,
        lan_scans=0 if evidence is None else sum(p.body.mode == "lan" for p in evidence.passages),
        crashes=history.crashes,
        dropped=stage.network.counts.dropped,
        doubles=Doubles() if evidence is None else count_doubles(evidence),
        violations=_some_of_each(violations),
        guests=GuestCounts() if evidence is None else count_guests(evidence),
        kinds=kinds,
        trace=stage.trace.lines() if violations or keeps_trace else [],
    )


def _pace(drawn: Scenario) -> Planted:
    """Replace what is another in every world: how often devices poll is a limit like any other."""
    polls = Replacement(engine, "SYNC_EVERY", lambda _poll: drawn.poll)
    mails = MAILS if "mails" in drawn.further else ()
    replaced = (polls, *LOOKS, ONE_PROCESS, *TWO_SERVERS, *LISTS, *mails)
    return Planted(name="pace", what="Nothing.", replaced=replaced)


def _some_of_each(violations: list[Violation]) -> list[Violation]:
    counts: Counter[str] = Counter()
    kept: list[Violation] = []
    for violation in violations:
        counts[violation.invariant] += 1
        if counts[violation.invariant] <= VIOLATIONS_MAX:
            kept.append(violation)
    return kept


async def _live(
    world: World, violations: list[Violation]
) -> tuple[Evidence, FairEvidence | None] | None:
    """Open doors, let people in and faults begin, close, mend, and gather what is left."""
    office = BoxOffice(world) if world.scenario.box_office is not None else None
    await world.open()
    strangers, hostile = Strangers(world), HostileDevice(world)
    await strangers.settle()
    await hostile.settle()
    workload = Workload(world, Office(world, strangers.codes))
    faults = FaultInjector(world)
    operator = Operator(world, [strangers.device_id, hostile.device_id])
    orders, limits = HomeOrders(world), LimitOrders(world)
    fair = Fair(world) if world.scenario.fair_dates else None
    if fair is not None:
        await fair.settle()
    programme = Programme(world)
    await programme.settle()
    _begin(workload, strangers, hostile, faults, operator, orders, limits)
    if office is not None:
        office.begin(workload.welcome, workload.send)
    if fair is not None:
        await fair.begin()
    _begin(*programme.events)
    await asyncio.sleep(world.scenario.duration / SECOND)
    for one in (faults, operator, orders, limits, office, workload, strangers, hostile):
        _end(one)
    _end(fair)
    for beside in programme.events:
        _end(beside)
    if unrest := await _calm_down(world, office, fair, programme.events):
        violations.append(Violation("live", unrest))
        return None
    violations += await programme.judge()
    seen = None
    if fair is not None:
        seen = await gather_fair(world, fair)
        violations += judge_fair(seen)
    # What stands beside was waited for meanwhile, and an order may have expired.
    if not await world.heal():
        violations.append(Violation("live", f"before the judges: {await world.unrest()}"))
    evidence = await _finish(world, hostile, office, violations)
    if world.planted is NO_BUG or not violations:
        violations += await programme.judge(is_last=True)
    return evidence, seen


class _Begins(Protocol):
    """Does something while doors are open."""

    def begin(self) -> None:
        """Begin."""


class _Ends(Protocol):
    """Begins nothing new after doors."""

    def end(self) -> None:
        """End."""


def _begin(*actors: _Begins | None) -> None:
    for one in actors:
        if one is not None:
            one.begin()


def _end(actor: _Ends | None) -> None:
    if actor is not None:
        actor.end()


async def _calm_down(
    world: World,
    office: BoxOffice | None,
    fair: Fair | None,
    beside: Sequence[FurtherEvent],
) -> str:
    """Wait until nothing is left to do anywhere; returns what is, if it takes too long."""
    if not await world.heal():
        return f"not quiet in time: {await world.unrest()}"
    if office is not None and not await office.close():
        return f"after the last count: {await world.unrest()}"
    for one in beside:
        if unrest := await one.rest():
            return f"{one.name}: {unrest}"
    if fair is not None and (unrest := await fair.rest()):
        return f"the fair: {unrest}"
    return ""


async def _finish(
    world: World, hostile: HostileDevice, office: BoxOffice | None, violations: list[Violation]
) -> Evidence:
    """Judge the evening; then, where that is to be, call it off, and judge that.

    A planted bug that was found by then need not be looked for any more.
    """
    evidence = await gather(world, hostile, office)
    violations += judge(evidence)
    is_found = world.planted is not NO_BUG and bool(violations)
    if office is not None and not is_found:
        violations += [Violation("called off", text) for text in await office.call_off()]
    return evidence


async def gather(world: World, hostile: HostileDevice, office: BoxOffice | None) -> Evidence:
    """Read everything that checkers want."""
    venue = world.venue
    ledger = await view_ledger(world.server, venue.event_id)
    devices = [view_device(node, ledger, venue.event_id) for node in world.devices]
    return Evidence(
        scenario=world.scenario,
        venue=venue,
        history=world.history,
        ledger=ledger,
        devices=devices,
        public_keys={
            node.session.profile.device_id: node.key.public_key for node in world.devices
        },
        passages=gather_passages(devices, world.history),
        sales=gather_sales(devices),
        board=await world.server.read_board(venue.organization_id, venue.event_id),
        till_office=None if office is None else await office.gather(),
        ended=world.stage.now(),
        hostile_id=hostile.device_id,
        hostile_key=hostile.key.public_key,
        dishonest="" if world.dishonest is None else world.dishonest.node.name,
        presold={ticket.ticket_id: ticket.persons for ticket in venue.tickets},
        ends={
            ticket.ticket_id: ticket.valid_until
            for ticket in venue.tickets
            if ticket.valid_until is not None
        },
    )


def speed(result: WorldResult, cpu_seconds: float) -> float:
    """Tell how many times real time a world ran."""
    return result.virtual_us / SECOND / max(cpu_seconds, 1e-9)


@contextmanager
def _no_garbage_meanwhile() -> Iterator[None]:
    """Keep the collector out: where it runs, `finally` blocks of lost coroutines do.

    What has outlived a world is never let go (see `loop`), so it is not looked at again: else each
    world would take longer to begin than the one before.
    """
    was_on = gc.isenabled()  # beside a window it never is
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
