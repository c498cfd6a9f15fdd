"""Planted bugs: each kind of judge sees one; all of them are hunted by `make simulate`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from simulator.campaigns.hunting import SHORT_TRIES, find_slip, hunt, worlds_of
from simulator.checkers import CHECKS
from simulator.nodes.server_image import ServerImage, prepared_image
from simulator.planted_bugs.all_bugs import BUGS
from simulator.run import WorldResult, run_world
from tests.factories.migrated_files import copying_unless_whole
from tests.factories.strength import sized

SEEN_BY: Final[dict[str, str]] = {
    "I1": "reissue_ignored",
    "I2": "green_before_commit",
    "I3": "uploaded_before_answer",
    "I4": "claim_skipped",
    "I5": "peers_not_counted",
    "I6": "undo_ignored",
    "I7": "cursor_gap",
    "I8": "void_ignored",
    "reissues": "any_code_is_replaced",
    "I9": "receipt_reused",
    "prices": "first_prices_kept",
    "drawers": "drops_forgotten",
    "books": "topped_up_for_nothing",
    "withdrawn": "refunded_unasked",
    "vouchers": "voucher_silence_is_no",
    "codes": "codes_for_nothing",
    "parked": "taken_up_and_kept",
    "guests": "named_afterwards",
    "called off": "till_pays_what_went_back",
    "I10": "recording_answered",
    "capacity": "returns_for_nothing",
    "homes": "surrendered_and_kept",
    "clock": "clock_trusted",
    "accused": "clock_trusted",
    "hostile": "chain_not_checked",
    "relay": "relay_believed",
    "model": "caught_up_by_clock",
    "refused": "nobody_comes_back",
    "whereabouts": "hung_grants_stay_late",
    "counts": "referred_uncounted",
    "board": "undone_counted_inside",
    "fair papers": "rows_of_any_event",
    "series dates": "windows_stay",
    "series money": "date_pays_all",
    "editions ended": "listed_outlive_their_key",
    "editions good": "end_of_all_keys",
    "copied": "any_events_key",
    "paper bounds": "paper_has_no_bound",
    "paper refunded": "paper_came_before_the_refund",
    "paper known": "paper_not_known_here",
    "take over told": "former_grants_on",
    "take over changed": "former_enrols_on",
    "take over waiting": "nobody_waited_for",
    "tiers count": "tier_given_for_nothing",
    "tiers books": "placed_before_commit",
    "recounted named": "tier_given_and_forgotten",
    "a_day last": "granted_is_booked",
    "a_day named": "granted_counts_twice",
    "rezoned last": "places_left_behind_stay_there",
    "rezoned good": "leads_where_it_led",
    "rezoned zones": "came_into_todays_zone",
    "rezoned room": "shares_left_behind_are_free",
    "seats once": "seat_sold_to_all",
    "seats closed": "out_of_sale_and_sold",
    "seats sold": "seat_kept_by_a_till",
    "seats bought": "seat_kept_by_the_office",
    "seats shown": "seat_never_spent",
    "seats watched": "seat_changed_unsaid",
    "seats groups": "group_is_scattered",
    "seats date": "tills_windows_stay",
    "seats money": "group_is_paid_for_one",
    "freed once": "freed_seats_stay_its_own",
    "freed named": "freed_seats_stay_its_own",
    "door asked": "question_skipped_offline",
    "turnstiles dead": "nobody_is_believed_for_ever",
    "passes good": "next_show_is_on",
    "passes once": "passes_never_spent",
    "passes named": "passes_unnamed",
    "lost tills booked": "found_sales_forgotten",
    "lost tills named": "oversold_unnamed",
    "moved places": "move_not_heard",
    "moved guests": "unread_answer_is_late",
    "forgotten spent": "forgotten_places_stay_so",
    "forgotten doubles": "forgotten_places_stay_so",
    "door scanner": "scanner_unasked",
    "door good": "answered_is_used",
    "passed on terms": "passed_on_for_ever",
    "passed on made up": "former_codes_believed",
    "passed on accused": "former_codes_forgotten",
    "listed pace": "manual_codes_without_a_pace",
    "listed holders": "peers_word_before_the_ledgers",
    "hours outside": "hours_unsigned",
    "hours within": "one_end_stays",
    "hours books": "hours_guessed",
    "hours offers": "sold_when_over",
    "hours accused": "judged_by_today",
    "tenders drawer": "moves_not_in_the_drawer",
    "tenders parts": "parts_in_memory_alone",
    "tenders office": "parts_are_not_moved",
    "tenders back": "moved_beyond_what_is_booked",
    "tenders accused": "moves_excuse_nobody",
    "overridden spent": "word_spends_nothing",
    "overridden freed": "undone_stays_known",
    "overridden word": "word_for_anybody",
    "overridden named": "word_is_a_double",
    "overridden rulings": "ruled_by_nobody",
    "overridden desk": "first_ruling_stays",
    "overridden inside": "undone_stays_inside",
    "terms till": "exchange_buys_terms_off",
    "terms shown": "shown_binds_nobody",
    "terms exchanges": "exchanged_for_half",
    "terms tax": "tax_of_parts_rounded_down",
    "terms office": "office_owes_all",
    "terms rests": "rest_is_forgotten",
    "terms accused": "till_gives_all_back",
    "paid back ended": "office_ends_what_is_paid_back",
    "paid back money": "office_ends_grants_unasked",
    "paid back named": "granted_payout_accused",
    "paid back stock": "grant_freed_after_its_end",
    "erased names": "copy_brings_back_the_erased",
    "erased kept": "copy_forgets_everybody",
    "erased fetched": "files_go_on_naming",
    "erased rule": "rule_waits_for_nobody",
    "erased tickets": "erased_place_is_sold",
    "imported guesses": "keyed_in_without_limit",
    "imported silent": "letters_of_any_size",
    "taken back refused": "undone_over_heads",
    "taken back kept": "undone_for_all",
    "taken back gone": "undone_in_silence",
    "taken back good": "brought_back_in_silence",
    "taken back named": "undone_unnamed",
    "resent office": "move_waits_for_nobody",
    "resent accused": "carried_before_its_till",
    "replaced codes": "taken_back_and_good",
    "given away once": "gifts_believed_unasked",
    "given away made up": "gifts_made_up_unnamed",
    "called back promised": "places_promised_for_nothing",
    "called back got": "places_promised_and_kept",
    "called back good": "full_is_used",
    "ended closed": "over_and_open",
    "ended named": "late_payouts_unnamed",
    "ended money": "late_sales_forgotten",
    "emptied claims": "order_binds_no_claim",
    "emptied stop": "order_not_heard",
    "emptied neighbours": "alarm_kept_unread",
    "emptied reach": "heard_too_early",
    "emptied named": "false_alarm_counts",
    "mailed arrival": "mail_of_as_many",
    "mailed cancelled": "mail_written_once",
    "mailed said": "mail_surely_sent",
    "mailed copies": "mail_named_anew",
    "mailed reports": "reports_on_time_only",
    "mailed prompt": "all_wait_for_the_dead",
    "told buyers": "notice_handed_again",
    "told outcomes": "notice_surely_sent",
    "told copies": "message_signed_by_nobody",
    "told program": "program_told_twice",
    "told words": "message_names_buyer",
    "online good": "debt_outlives_payment",
    "online books": "failed_payout_is_gone",
    "online once": "unsure_payout_is_failed",
    "online report": "failed_for_good",
    "online stopped": "stop_stops_nothing",
    "poison pauses": "deaths_are_chance",
    "poison named": "deaths_count_for_nothing",
}
"""For each judge a bug that it sees, in the world where that bug is seen soonest."""

TRIED: Final = sized(("clock", "accused", "model"), tuple(SEEN_BY))
"""Some whose worlds are short, of different kinds; `make simulate` hunts every bug as well."""

HUNTED: Final = "I4"
"""The judge whose bug is hunted here as well."""


@pytest.fixture(scope="module")
def image() -> Iterator[ServerImage]:
    with copying_unless_whole(), prepared_image() as prepared:
        yield prepared


class Worlds:
    """Worlds with a bug in them; each is run once, whoever looks at it."""

    def __init__(self, image: ServerImage) -> None:
        self._image = image
        self._seen: dict[tuple[str, str, float], WorldResult] = {}

    def run(self, name: str, seed: str, hours: float) -> WorldResult:
        """Run one of a bug's."""
        key = (name, seed, hours)
        if key not in self._seen:
            self._seen[key] = run_world(self._image, seed, hours, planted=BUGS[name])
        return self._seen[key]


@pytest.fixture(scope="module")
def worlds(image: ServerImage) -> Worlds:
    return Worlds(image)


@pytest.mark.parametrize("judge", TRIED)
def test_a_judge_sees_a_planted_bug(worlds: Worlds, judge: str) -> None:
    """A checker that has gone blind is noticed here, not by evenings without findings."""
    name = SEEN_BY[judge]
    for seed, hours in list(worlds_of(BUGS[name]))[: SHORT_TRIES + 1]:
        result = worlds.run(name, seed, hours)
        assert not find_slip(result)
        if judge in {violation.invariant for violation in result.violations}:
            return
    pytest.fail(f"{judge} does not see {name}")


def test_every_judge_is_tried() -> None:
    """What is added to the checkers needs a bug that it sees."""
    assert CHECKS.keys() - SEEN_BY.keys() == frozenset()


def test_a_hunt_ends_with_a_world_that_is_clean_without_the_bug(image: ServerImage) -> None:
    """Else a world that is broken anyway would be taken for one that shows the bug."""
    ended = hunt(image, SEEN_BY[HUNTED])
    assert ended.found is not None
    assert HUNTED in {violation.invariant for violation in ended.found.violations}
    assert (ended.broken, ended.slip) == (None, "")
