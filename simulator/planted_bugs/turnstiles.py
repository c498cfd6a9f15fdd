"""Bugs in what becomes of an admission at a turnstile's arm."""

from __future__ import annotations

from typing import Any, Final

from gatekeeper.gate import ending_last_run
from gatekeeper.gate.staff_deeds import Supervision
from gatekeeper.turnstile import (
    granted_passages,
    http_relay,
    opening_arm,
    passage_sensor,
    serial_relay,
)
from gatekeeper.turnstile.granted_passages import ArmEnd
from shared.kernel.errors import EnvironmentFault
from shared.kernel.instant import MILLISECOND, Duration
from simulator.further_events.turnstiles.arm import LOCKS_WITHIN
from simulator.planted_bugs.planted_bug import Planted, Replacement
from simulator.planted_bugs.single_dates_and_lists import beside_all_else

OF_THE_TURNSTILES: Final = beside_all_else("turnstiles")


class _Closed(EnvironmentFault):
    """In the place of `ArmUnsure`: nobody catches it as such."""


def _never(_unsure: Any) -> Any:
    return _Closed


def _no_is_no(says_yes: Any) -> Any:
    def say(body: bytes, asked: Any) -> bool:
        try:
            return bool(says_yes(body, asked))
        except EnvironmentFault:
            return False

    return say


def _entries_stand(undone_for: Any) -> Any:
    return property(lambda self: undone_for.fget(self) if self.granted.is_exit else "")


def _exits_stand(undone_for: Any) -> Any:
    return property(lambda self: "" if self.granted.is_exit else undone_for.fget(self))


def _some_are_all(undone_for: Any) -> Any:
    return property(lambda self: "" if self.passed else undone_for.fget(self))


def _left_as_it_is(_take_back: Any) -> Any:
    return lambda _store, _stamp: None


def _not_offered(_offer: Any) -> Any:
    return lambda _self, _request: None


def _as_the_arm(_within: Any) -> Any:
    return LOCKS_WITHIN


def _five_times_a_second(_poll: Any) -> Any:
    return 200 * MILLISECOND


def _none(_within: Any) -> Any:
    return Duration(0)


def _as_if_open(watch: Any) -> Any:
    return lambda waits_for, timeout, **said: watch(
        waits_for, timeout, **said | {"was_closed": False}
    )


TURNSTILE_BUGS: Final = (
    Planted(
        name="unsure_arm_is_closed",
        what="An arm whose relay is silent after it was told to open is taken for closed.",
        replaced=(Replacement(opening_arm, "ArmUnsure", _never),),
        change=OF_THE_TURNSTILES,
    ),
    Planted(
        name="nothing_said_is_nobody",
        what="A sensor that answers neither yes nor no is taken for one that says no.",
        replaced=(Replacement(http_relay, "_says_yes", _no_is_no),),
        change=OF_THE_TURNSTILES,
    ),
    Planted(
        name="last_moment_is_too_late",
        what="Who is still going through when the arm locks is not looked for.",
        replaced=(Replacement(opening_arm, "PASSAGE_WITHIN", _as_the_arm),),
        change=OF_THE_TURNSTILES,
    ),
    Planted(
        name="sensor_asked_seldom",
        what="A sensor at an address is asked five times a second, and may miss who passes.",
        replaced=(Replacement(http_relay, "_POLL", _five_times_a_second),),
        change=OF_THE_TURNSTILES,
    ),
    Planted(
        name="next_has_passed_at_once",
        what="The contact of whoever goes through counts for the next one of a group as well.",
        replaced=(
            Replacement(passage_sensor, "CLEAR_WITHIN", _none),
            Replacement(http_relay, "watch_passage", _as_if_open),
            Replacement(serial_relay, "watch_passage", _as_if_open),
        ),
        change=OF_THE_TURNSTILES,
    ),
    Planted(
        name="nobody_is_believed_for_ever",
        what="A sensor whose wire is broken frees each ticket, and every copy comes in.",
        replaced=(Replacement(granted_passages, "DOUBTED_AFTER", lambda _some: 1_000),),
        change=OF_THE_TURNSTILES,
    ),
    Planted(
        name="turned_back_and_used",
        what="A ticket on which nobody went in stays used.",
        replaced=(Replacement(ArmEnd, "undone_for", _entries_stand),),
        change=OF_THE_TURNSTILES,
    ),
    Planted(
        name="unopened_and_used",
        what="An admission whose gate died before its arm was told to open keeps the ticket used.",
        replaced=(Replacement(ending_last_run, "_take_back_unopened", _left_as_it_is),),
        change=OF_THE_TURNSTILES,
    ),
    Planted(
        name="exit_of_nobody_counts",
        what="A way out that nobody went counts, and a copy of the code comes in.",
        replaced=(
            Replacement(ArmEnd, "undone_for", _exits_stand),
            Replacement(Supervision, "offer_exit", _not_offered),
        ),
        change=OF_THE_TURNSTILES,
    ),
    Planted(
        name="exit_of_some_counts_for_all",
        what="Of several who were let out and of whom one went, all count as outside.",
        replaced=(
            Replacement(ArmEnd, "undone_for", _some_are_all),
            Replacement(Supervision, "offer_exit", _not_offered),
        ),
        change=OF_THE_TURNSTILES,
    ),
)
