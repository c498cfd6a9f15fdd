"""What one world is like: drawn from its seed, so that a hundred seeds are a hundred venues."""

from __future__ import annotations

from typing import Final

import msgspec

from shared.admission.offline_policy import OfflinePolicy
from shared.kernel.instant import HOUR, MINUTE, SECOND, Duration
from simulator.fault_rates import FaultRates
from simulator.guest_habits import Guests
from simulator.kernel.dice import Dice

GATES_MAX: Final = 8


class BoxOfficeTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What the tills of a world sell, where they keep drawers.

    Attributes:
        currency: Of the event, and so of the drawers.
        limit: How many tickets there are of the type that runs out; None for any number.
        prices_every: Mean time between two changes of a price; None for none.
        orders_every: Mean time between two orders by the web; None for none.
        taken_every: Mean time between two tickets that a till refunds, voids, hands over,
            exchanges, transfers or prints again; None for none.
        wanted: How many of the tickets sold before doors come to a till for that.
        vouchers: How many of them people have.
        withdrawn_every: Mean time between two vouchers that the office withdraws; None for none.
        places: How many places a host's guest list has; None for no such list.
        guests_every: Mean time between two guests who are added to it at a till.
        is_called_off: Whether the event is called off after doors, with all that it took.
        has_disputes: Whether holders of cards ask their banks for their money back before and
            while that is so.
        uses: In how many orders the code of one promotion may be used; None for any number.
        parks_every: Mean time between two baskets that are put aside or taken up; None for none.
        deals_every: Mean time between two promotions that are taken away, or give something else
            from then on; None for none.
    """

    currency: str = "CHF"
    limit: int | None = None
    prices_every: Duration | None = None
    orders_every: Duration | None = None
    taken_every: Duration | None = None
    wanted: int = 20
    vouchers: int = 0
    withdrawn_every: Duration | None = None
    places: int | None = None
    guests_every: Duration = 3 * MINUTE
    is_called_off: bool = False
    has_disputes: bool = False
    uses: int | None = None
    parks_every: Duration | None = None
    deals_every: Duration | None = None


class Scenario(msgspec.Struct, frozen=True):
    """One world before it begins.

    Attributes:
        hours: How long doors are open.
        gates: How many gates.
        tills: How many tills.
        tickets: Single tickets sold before doors.
        early_tickets: Tickets that are good until half time only.
        group_tickets: Group tickets sold before doors.
        policy: Who may admit when the network fails.
        has_reentry: Whether holders may go out and come back.
        has_restore: Whether the server is put back to an older copy of its disk, once or twice.
        sale_every: Mean time between two walk-up sales of a till.
        has_push: Whether the push channel works, besides polling.
        poll: How often devices ask the server when nothing else makes them.
        skew_max: Clocks are off by at most so much at the start.
        drift_ppm_max: And drift by at most so much.
        fault_rates: What goes wrong.
        guests: What guests do.
        hello_every: How often gates greet each other on the venue's own network; None where they
            have none, or do not use it.
        capacity: How many persons the zone holds; None for no limit.
        moves_every: Mean time between two of the organizer's orders to move homes; None for none.
        loses_home: Whether the organizer declares one home lost that is only cut off.
        dishonest_gate: The number of the gate that relays for others and lies to all; 0 for none.
        false_times: Whether the hostile device lies about the time now and then.
        limit_every: Mean time between two of the organizer's changes of the zone's capacity; None
            for none.
        hosts_apart: By how much the clock of a second worker over the same database is ahead,
            which answers about half of all requests from a queue of its own; None for one worker.
        has_any_port: Whether a gate listens to the others at another port after each start.
        fair_dates: On how many dates the organizer puts on a second event, which has what one
            event with one zone lacks; 0 for none.
        pauses_yard: Whether entry to a part of that is paused for a while.
        meddled: The share of the server's answers to claims and exchanges that somebody on the way
            rewrites.
        is_overheard: Whether somebody on the venue's network asks gates again what others asked.
        lies_every: Mean time between two of the hostile device's tricks.
        box_office: What tills sell where they keep drawers; None where they sell one type of
            ticket at one price.
        further: Names of what the organizer has on besides, of `FURTHER`.
        has_poison: Whether one of the mails ends the server whenever that hands it over.
        mailed_reports: So many reports are mailed by themselves in a world with mails.
        mailed_orders: So many orders are mailed an evening, on average; in a long one, one in two
            minutes.
    """

    hours: float
    gates: int
    tills: int
    tickets: int
    early_tickets: int
    group_tickets: int
    policy: OfflinePolicy
    has_reentry: bool
    has_restore: bool
    sale_every: Duration
    has_push: bool
    poll: Duration
    skew_max: Duration
    drift_ppm_max: int
    fault_rates: FaultRates
    guests: Guests
    hello_every: Duration | None = None
    capacity: int | None = None
    moves_every: Duration | None = None
    loses_home: bool = False
    dishonest_gate: int = 0
    false_times: bool = False
    limit_every: Duration | None = None
    hosts_apart: Duration | None = None
    has_any_port: bool = False
    fair_dates: int = 0
    pauses_yard: bool = False
    meddled: float = 0.0
    is_overheard: bool = False
    lies_every: Duration = 4 * MINUTE
    box_office: BoxOfficeTerms | None = None
    further: frozenset[str] = frozenset()
    has_poison: bool = False
    mailed_orders: int = 30
    mailed_reports: int = 0

    @property
    def has_true_server(self) -> bool:
        """Whether the server's time is right, so that others can be judged by it."""
        rates = self.fault_rates
        is_apart = self.hosts_apart and not rates.machine_clock
        return not (rates.server_clock or rates.server_ahead or is_apart)

    @property
    def duration(self) -> Duration:
        """How long doors are open."""
        return Duration(round(self.hours * HOUR))

    @property
    def hears(self) -> Duration:
        """Within so much time a device in reach has heard what is new, and told all of its own."""
        return Duration(2 * self.poll + 5 * SECOND + MINUTE)


TICKETS_PER_HOUR: Final = 200
POLLS: Final = (5 * SECOND, 15 * SECOND, 30 * SECOND, 60 * SECOND)
HELLOS: Final = (None, SECOND, 5 * SECOND, 10 * SECOND)
GROUP_SIZE: Final = 4
FURTHER: Final = {
    "series": 0.3,
    "editions": 0.3,
    "copy": 0.3,
    "paper": 0.2,
    "take_over": 0.2,
    "tiers": 0.2,
    "questions": 0.2,
    "moves": 0.2,
    "imported": 0.2,
    "transfers": 0.2,
    "listed": 0.2,
    "gifts": 0.2,
    "false_holds": 0.2,
    "emptying": 0.2,
    "seats": 0.2,
    "mails": 0.2,
    "hours": 0.2,
    "tenders": 0.2,
    "overrides": 0.2,
    "terms": 0.2,
    "paid_back": 0.2,
    "erasures": 0.2,
    "forgotten": 0.2,
    "called_back": 0.2,
    "ended": 0.2,
    "older_copies": 0.2,
    "replaced": 0.2,
    "crossed": 0.2,
    "switched": 0.2,
    "tagged": 0.2,
    "turnstiles": 0.2,
    "passes": 0.2,
    "lost_tills": 0.2,
    "online": 0.2,
    "staff": 0.2,
    "rezoned": 0.2,
    "taken_back": 0.2,
    "resent": 0.2,
    "recounted": 0.2,
    "a_day": 0.2,
    "freed": 0.2,
}
"""The share of worlds that have each of `simulator.further_events.kinds`."""
RESTORED: Final = frozenset(
    {"paid_back", "erasures", "older_copies", "forgotten", "resent", "recounted", "a_day"}
)
"""What worlds with a restore have as well."""
POISONS: Final = 0.5
"""The share of worlds with mails in which one of them ends the server."""
REPORTING: Final = 0.5
"""The share of worlds with mails in which reports are mailed by themselves."""
REPORTS: Final = 8
HANGS: Final = 0.3
"""The share of worlds in which what devices send to the server hangs on its way now and then."""
SLOW_SERVERS: Final = 0.2
"""The share of worlds in which the server's disk is slow now and then."""
FAIRS: Final = 0.3
"""The share of worlds in which the organizer has a second event on."""
PAUSES: Final = 0.5
"""The share of these in which entry to a part of that is paused for a while."""
BOX_OFFICES: Final = 0.5
"""The share of worlds in which tills keep drawers."""
CURRENCIES: Final = ("CHF", "CHF", "JPY", "KWD", "SEK")
POLICIES: Final = (
    OfflinePolicy.OPEN,
    OfflinePolicy.OPEN,
    OfflinePolicy.OPEN,
    OfflinePolicy.SUPERVISOR,
    OfflinePolicy.CLOSED,
    OfflinePolicy.HOME,
)


def draw_scenario(dice: Dice, hours: float) -> Scenario:
    """Draw a world."""
    tickets = max(20, round(hours * TICKETS_PER_HOUR))
    scenario = Scenario(
        hours=hours,
        gates=dice.between(2, GATES_MAX),
        tills=dice.between(1, 2),
        tickets=tickets,
        early_tickets=tickets // 15,
        group_tickets=tickets // 15,
        policy=dice.pick(POLICIES),
        has_reentry=dice.chance(0.7),
        has_restore=dice.chance(0.2),
        sale_every=2 * MINUTE,
        has_push=dice.chance(0.4),
        poll=dice.pick(POLLS),
        skew_max=5 * SECOND,
        drift_ppm_max=50,
        fault_rates=FaultRates(partition=dice.pick((2 * MINUTE, 4 * MINUTE, 10 * MINUTE))),
        guests=Guests(),
        hello_every=dice.pick(HELLOS),
    )
    return draw_special(scenario, dice.stream("special"))


def draw_special(scenario: Scenario, dice: Dice) -> Scenario:
    """Draw what only some worlds have, from a stream that changes nothing else."""
    share = dice.between(15, 60) / 100
    is_limited, is_moved, is_lost, is_dishonest = (dice.chance(p) for p in (0.2, 0.7, 0.4, 0.3))
    dishonest_gate = dice.between(1, scenario.gates)
    is_changed, every = dice.chance(0.15), dice.between(3, 10) * MINUTE
    if dice.chance(0.2):
        scenario = msgspec.structs.replace(scenario, false_times=True)
    if dice.stream("ports").chance(0.5):
        scenario = msgspec.structs.replace(scenario, has_any_port=True)
    if is_limited:
        scenario = limit(scenario, share)
    if scenario.policy is OfflinePolicy.HOME and is_moved:
        scenario = msgspec.structs.replace(
            scenario, moves_every=6 * MINUTE, loses_home=is_lost and scenario.gates > 2
        )
    if scenario.hello_every is not None and is_dishonest:
        scenario = msgspec.structs.replace(scenario, dishonest_gate=dishonest_gate)
    scenario = draw_box_office(scenario, dice.stream("box office"))
    for name, share_of_worlds in FURTHER.items():
        is_fit = name in RESTORED or not scenario.has_restore
        if dice.stream(name).chance(share_of_worlds) and is_fit:
            scenario = with_further(scenario, name)
    if "mails" in scenario.further and dice.stream("poison").chance(POISONS):
        scenario = msgspec.structs.replace(scenario, has_poison=True)
    if "mails" in scenario.further and dice.stream("reports").chance(REPORTING):
        scenario = msgspec.structs.replace(scenario, mailed_reports=REPORTS)
    rates = msgspec.structs.replace(
        scenario.fault_rates,
        hang=2 * MINUTE if dice.stream("hangs").chance(HANGS) else None,
        slow_server=2 * MINUTE if dice.stream("slow server").chance(SLOW_SERVERS) else None,
    )
    scenario = msgspec.structs.replace(scenario, fault_rates=rates)
    if is_changed:
        return change_limits(scenario, every)
    beside = dice.stream("fair")
    if beside.chance(FAIRS) and not (scenario.has_restore or scenario.dishonest_gate):
        dates, pauses_yard = beside.between(1, 2), beside.chance(PAUSES)
        scenario = msgspec.structs.replace(scenario, fair_dates=dates, pauses_yard=pauses_yard)
    return draw_server_clock(scenario, dice)


def draw_server_clock(scenario: Scenario, dice: Dice) -> Scenario:
    """Draw whether the server has a wrong time, or only its machine a wrong clock."""
    wrong = dice.stream("server clock")
    if wrong.chance(0.3) and not scenario.has_restore and not scenario.false_times:
        return confuse_server(scenario, wrong.pick((None, Duration(0), 3 * SECOND)))
    if dice.stream("machine clock").chance(0.3):
        rates = msgspec.structs.replace(scenario.fault_rates, machine_clock=4 * MINUTE)
        apart = wrong.pick((None, None, 3 * SECOND, 10 * MINUTE))
        return msgspec.structs.replace(scenario, fault_rates=rates, hosts_apart=apart)
    return scenario


def draw_box_office(scenario: Scenario, dice: Dice) -> Scenario:
    """Draw whether tills keep drawers, and what they sell.

    A server that is put back gives one version of the plan to two lists of prices, and has
    forgotten what it granted: there nothing changes, and nothing runs out.
    """
    terms = BoxOfficeTerms(
        currency=dice.pick(CURRENCIES),
        limit=None if scenario.has_restore else dice.between(40, 400),
        prices_every=None if scenario.has_restore else dice.between(2, 6) * MINUTE,
        orders_every=dice.between(1, 4) * MINUTE,
        taken_every=dice.between(1, 3) * MINUTE if _may_take(scenario) else None,
        # After a restore a holder may spend one twice, before the till's journal comes.
        vouchers=0 if scenario.has_restore else dice.stream("vouchers").between(2, 12),
        withdrawn_every=(
            None if scenario.has_restore else _draw_sometimes(dice, "withdrawn vouchers")
        ),
        is_called_off=_may_take(scenario) and dice.stream("called off").chance(0.4),
        has_disputes=dice.stream("disputes").chance(0.5),
        parks_every=_draw_sometimes(dice, "parked baskets"),
        uses=None if scenario.has_restore else dice.stream("uses").between(3, 40),
        places=None if scenario.has_restore else dice.stream("guests").between(10, 60),
        deals_every=None if scenario.has_restore else _draw_sometimes(dice, "changed deals"),
    )
    if not dice.chance(BOX_OFFICES):
        return scenario
    return msgspec.structs.replace(scenario, box_office=terms, sale_every=MINUTE)


def _draw_sometimes(dice: Dice, name: str) -> Duration | None:
    drawn = dice.stream(name)
    return drawn.between(2, 10) * MINUTE if drawn.chance(0.5) else None


def _may_take(scenario: Scenario) -> bool:
    """Tell whether tills take rights away: where homes and lost grants do not blur who knew."""
    return not scenario.has_restore and scenario.policy is not OfflinePolicy.HOME


def limit(scenario: Scenario, share: float) -> Scenario:
    """Let the zone hold a share of all who have tickets, and let people go out."""
    persons = scenario.tickets + scenario.early_tickets + GROUP_SIZE * scenario.group_tickets
    limited = msgspec.structs.replace(scenario, capacity=max(4, round(share * persons)))
    return let_out(limited)


def change_limits(scenario: Scenario, every: Duration) -> Scenario:
    """Let the organizer change the zone's capacity again and again, and let people go out."""
    return let_out(msgspec.structs.replace(scenario, limit_every=every))


def confuse_server(scenario: Scenario, apart: Duration | None) -> Scenario:
    """Let the server's clock jump and perhaps differ by host, and people go out and in again."""
    guests = msgspec.structs.replace(
        scenario.guests, copied=0.3, leaves=0.6, returns=0.8, followed=0.5
    )
    rates = msgspec.structs.replace(scenario.fault_rates, server_clock=3 * MINUTE)
    return msgspec.structs.replace(
        scenario, guests=guests, fault_rates=rates, has_reentry=True, hosts_apart=apart
    )


def let_out(scenario: Scenario) -> Scenario:
    """Let half of the guests go out, most of them for good; some are scanned out twice.

    And staff take some admissions back too late: the holder has gone.
    """
    guests = msgspec.structs.replace(
        scenario.guests, leaves=0.5, returns=0.2, out_again=0.2, undone_late=0.1
    )
    return msgspec.structs.replace(scenario, guests=guests)


def with_further(scenario: Scenario, *names: str) -> Scenario:
    """Let the organizer have these on as well."""
    assert FURTHER.keys() >= set(names), names
    return msgspec.structs.replace(scenario, further=scenario.further | set(names))


def plain(scenario: Scenario) -> Scenario:
    """Take out what only some worlds have."""
    return msgspec.structs.replace(
        scenario,
        capacity=None,
        moves_every=None,
        loses_home=False,
        dishonest_gate=0,
        false_times=False,
        limit_every=None,
        hosts_apart=None,
        has_any_port=False,
        fair_dates=0,
        pauses_yard=False,
        meddled=0.0,
        is_overheard=False,
        box_office=None,
        further=frozenset(),
        has_poison=False,
        mailed_reports=0,
    )
