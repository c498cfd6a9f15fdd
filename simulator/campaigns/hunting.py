"""Looking for a planted bug: in world after world, and first where it was seen soonest."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

import msgspec

from simulator.nodes.server_image import ServerImage
from simulator.planted_bugs.all_bugs import BUGS
from simulator.planted_bugs.planted_bug import Planted
from simulator.run import WorldResult, run_world

BUG_SEEDS_MAX: Final = 40
SHORT_TRIES: Final = 6
"""So many evenings of the length that was enough once; then longer ones."""
SHORTEST: Final = 0.1
"""Hours that do for a bug of which nothing is known yet, in most worlds."""
SOONEST: Final[dict[str, tuple[int, float]]] = {
    "no_fsync": (1, 0.15),
    "sync_normal": (2, 0.06),
    "green_before_commit": (1, 0.06),
    "uploaded_before_answer": (3, 0.06),
    "no_recheck_after_claim": (1, 0.06),
    "claim_skipped": (1, 0.06),
    "intent_not_durable": (1, 0.06),
    "lost_release": (1, 0.06),
    "cursor_gap": (1, 0.06),
    "void_ignored": (1, 0.06),
    "reissue_ignored": (1, 0.06),
    "signature_unchecked": (1, 0.06),
    "clock_trusted": (1, 0.06),
    "forked_boot": (1, 0.06),
    "receipt_reused": (1, 0.15),
    "recording_answered": (1, 0.1),
    "only_where_it_was": (4, 0.1),
    "peers_not_counted": (1, 0.06),
    "newer_paper_forgotten": (1, 0.06),
    "count_from_nobody": (1, 0.15),
    "count_kept_unlimited": (1, 0.15),
    "exit_room_early": (2, 0.15),
    "undo_credits_twice": (1, 0.5),
    "exit_credits_anybody": (1, 0.15),
    "ledger_credits_by_sum": (1, 0.5),
    "returns_for_nothing": (1, 0.06),
    "answer_unproven": (2, 0.1),
    "relay_believed": (1, 0.15),
    "relayed_claim_unsigned": (5, 0.1),
    "caught_up_by_clock": (1, 0.06),
    "shares_forgotten": (2, 0.06),
    "grant_disbelieved": (1, 0.25),
    "exit_not_credited": (1, 0.06),
    "exit_credits_nobody": (1, 0.06),
    "given_and_kept": (6, 0.15),
    "surrendered_and_kept": (4, 0.06),
    "reports_on_time_only": (1, 0.1),
    "report_handed_again": (1, 0.1),
    "taken_up_and_kept": (1, 0.06),
    "start_sweeps_counter": (1, 0.06),
    "spread_without_asking": (1, 0.1),
    "payouts_uncounted": (1, 0.06),
    "late_payments_uncounted": (1, 0.06),
    "undone_counted_inside": (1, 0.06),
    "loss_not_said": (1, 0.06),
    "chain_not_checked": (1, 0.1),
    "entry_signature_unchecked": (1, 0.1),
    "no_dedupe": (2, 0.06),
    "offline_uses_forgotten": (3, 0.15),
    "group_counted_as_one": (1, 0.06),
    "nobody_comes_back": (1, 0.06),
    "late_exits_make_no_room": (1, 0.1),
    "conflict_missed": (1, 0.06),
    "ordered_by_clock": (4, 0.1),
    "offset_outlives_setting": (1, 0.1),
    "exit_excuses_all": (1, 0.15),
    "room_by_clock": (1, 0.04),
    "granted_by_clock": (1, 0.1),
    "undo_ignored": (1, 0.06),
    "hung_grants_stay_late": (1, 0.1),
    "hung_claims_of_nobody": (1, 0.1),
    "hung_asks_bind_for_ever": (2, 0.06),
    "granted_before_commit": (1, 0.1),
    "placed_before_commit": (1, 0.1),
    "sale_not_booked": (1, 0.06),
    "referred_uncounted": (1, 0.06),
    "any_code_is_replaced": (1, 0.06),
    "tenant_leak": (2, 0.06),
    "rows_of_any_event": (1, 0.06),
    "right_names_date": (2, 0.25),
    "any_failure_is_away": (1, 0.25),
    "revoked_till_vouches": (3, 0.1),
    "compromise_unsaid": (1, 0.1),
    "pause_unheard": (1, 0.1),
    "pause_binds_nobody": (1, 0.1),
    "put_back_unnamed": (1, 0.1),
    "put_back_unsaid": (1, 0.1),
    "gifts_believed_unasked": (1, 0.1),
    "gifts_made_up_unnamed": (1, 0.1),
    "return_unproven": (6, 0.25),
    "stop_binds_nobody": (4, 0.1),
    "left_early_stays_out": (3, 0.1),
    "return_costs_a_place": (1, 0.1),
    "newer_paper_frees": (1, 0.25),
    "unpaid_signed": (1, 0.25),
    "any_date_will_do": (1, 0.1),
    "plan_kept": (1, 0.1),
    "rounded_per_part": (2, 0.04),
    "cash_rounded_down": (1, 0.04),
    "change_not_noted": (1, 0.04),
    "price_of_today": (1, 0.04),
    "first_prices_kept": (1, 0.04),
    "topped_up_for_nothing": (1, 0.04),
    "silence_is_no": (1, 0.1),
    "drops_forgotten": (1, 0.04),
    "refunded_unasked": (1, 0.04),
    "return_counted_twice": (1, 0.03),
    "ended_ticket_sold_twice": (1, 0.04),
    "older_paper_by_the_list": (10, 0.1),
    "older_paper_stays_good": (1, 0.04),
    "used_ticket_refunded": (1, 0.04),
    "purposes_not_compared": (1, 0.1),
    "refund_beyond_coins": (1, 0.04),
    "refund_booked_twice": (1, 0.04),
    "parts_paid_first_go_first": (1, 0.04),
    "parts_count_as_one": (1, 0.04),
    "voucher_part_stays_spent": (2, 0.04),
    "voucher_silence_is_no": (1, 0.03),
    "voucher_not_put_back": (2, 0.03),
    "voucher_of_other_money": (1, 0.03),
    "withdrawn_voucher_pays": (1, 0.03),
    "granted_onto_nothing": (1, 0.04),
    "named_afterwards": (1, 0.03),
    "codes_for_nothing": (1, 0.03),
    "codes_never_come_back": (1, 0.06),
    "till_pays_what_went_back": (1, 0.02),
    "run_steps_first": (3, 0.02),
    "own_word_forgotten": (1, 0.15),
    "online_money_kept": (1, 0.04),
    "disputed_refunded_unasked": (2, 0.02),
    "disputed_sent_back": (1, 0.02),
    "disputed_part_sent_back": (1, 0.03),
    "disputed_payout_unsaid": (1, 0.02),
    "windows_stay": (1, 0.06),
    "called_off_goes_on": (1, 0.06),
    "date_pays_all": (1, 0.06),
    "list_stays_good": (1, 0.06),
    "end_unsaid": (1, 0.06),
    "end_not_told": (2, 0.06),
    "listed_outlive_their_key": (1, 0.06),
    "end_of_all_keys": (2, 0.06),
    "any_events_key": (1, 0.06),
    "key_id_again": (1, 0.06),
    "copy_left_plain": (1, 0.06),
    "paper_has_no_bound": (1, 0.02),
    "paper_is_now": (1, 0.02),
    "paper_not_known_here": (1, 0.02),
    "line_stays": (1, 0.04),
    "name_of_another": (1, 0.03),
    "former_grants_on": (1, 0.03),
    "nobody_waited_for": (2, 0.03),
    "former_enrols_on": (2, 0.1),
    "former_sells_on": (1, 0.1),
    "paid_at_former_forgotten": (1, 0.1),
    "given_up_since_forgotten": (1, 0.1),
    "revoked_holds_on": (1, 0.2),
    "unended_unnamed": (1, 0.2),
    "unlocked_goes_on": (1, 0.06),
    "drawn_anew_signed_nothing": (4, 0.06),
    "removed_signs_on": (1, 0.06),
    "rights_of_anybody": (1, 0.06),
    "key_not_revoked": (3, 0.06),
    "question_skipped_offline": (1, 0.03),
    "asked_each_time": (1, 0.03),
    "answers_not_on_record": (1, 0.02),
    "group_asked_in_parts": (2, 0.03),
    "scanner_unasked": (1, 0.03),
    "answer_is_another_claim": (1, 0.03),
    "answered_is_used": (1, 0.06),
    "tier_given_for_nothing": (1, 0.03),
    "tier_never_used_up": (1, 0.03),
    "seat_kept_by_a_till": (2, 0.03),
    "seat_kept_by_the_office": (1, 0.03),
    "seat_sold_to_all": (1, 0.03),
    "seat_never_spent": (1, 0.03),
    "seat_changed_unsaid": (1, 0.03),
    "seat_spent_in_memory_alone": (2, 0.06),
    "freed_seats_stay_its_own": (2, 0.06),
    "group_is_scattered": (3, 0.03),
    "tills_windows_stay": (1, 0.03),
    "group_is_paid_for_one": (5, 0.03),
    "move_not_heard": (1, 0.03),
    "choice_not_kept": (1, 0.06),
    "choice_for_ever": (1, 0.1),
    "forgotten_places_stay_so": (1, 0.2),
    "lower_numbers_send_nobody": (1, 0.1),
    "keyed_in_without_limit": (1, 0.05),
    "keyed_in_apart": (1, 0.03),
    "wristband_drawn_as_code": (1, 0.1),
    "letters_of_any_size": (1, 0.1),
    "passed_on_for_ever": (1, 0.03),
    "passed_on_by_nobody": (3, 0.03),
    "former_codes_believed": (2, 0.03),
    "former_codes_forgotten": (1, 0.03),
    "order_binds_no_claim": (6, 0.03),
    "order_not_heard": (3, 0.03),
    "heard_too_early": (1, 0.03),
    "alarm_kept_unread": (2, 0.1),
    "false_alarm_counts": (10, 0.25),
    "mail_surely_sent": (2, 0.1),
    "notice_handed_again": (1, 0.1),
    "notice_surely_sent": (1, 0.1),
    "program_told_twice": (1, 0.1),
    "message_names_buyer": (1, 0.1),
    "message_signed_by_nobody": (1, 0.1),
    "mail_of_as_many": (1, 0.1),
    "mail_written_once": (2, 0.1),
    "mail_named_anew": (1, 0.1),
    "refusal_is_later": (1, 0.1),
    "deaths_are_chance": (1, 0.1),
    "deaths_count_for_nothing": (1, 0.1),
    "all_wait_for_the_dead": (1, 0.1),
    "hours_unsigned": (1, 0.06),
    "hours_of_today": (4, 0.06),
    "hours_guessed": (1, 0.06),
    "sold_when_over": (2, 0.06),
    "one_end_stays": (6, 0.06),
    "judged_by_today": (6, 0.06),
    "parts_are_not_moved": (1, 0.06),
    "moves_are_not_booked": (1, 0.06),
    "moves_not_in_the_drawer": (1, 0.06),
    "moved_beyond_what_is_booked": (1, 0.06),
    "back_as_keyed_in": (2, 0.1),
    "moves_excuse_nobody": (1, 0.06),
    "word_spends_nothing": (1, 0.1),
    "word_for_anybody": (1, 0.1),
    "word_is_a_double": (1, 0.1),
    "ruled_by_nobody": (1, 0.1),
    "undone_stays_known": (3, 0.1),
    "undone_stays_inside": (1, 0.1),
    "tax_of_parts_rounded_down": (3, 0.1),
    "till_gives_all_back": (1, 0.1),
    "exchanged_for_half": (1, 0.1),
    "exchange_buys_terms_off": (1, 0.1),
    "shown_binds_nobody": (5, 0.25),
    "office_owes_all": (1, 0.1),
    "rest_is_the_whole": (1, 0.1),
    "rest_is_forgotten": (1, 0.1),
    "office_ends_what_is_paid_back": (1, 0.06),
    "office_ends_grants_unasked": (4, 0.06),
    "nothing_paid_unheard": (1, 0.06),
    "granted_payout_accused": (1, 0.15),
    "grant_freed_after_its_end": (1, 0.06),
    "copy_brings_back_the_erased": (1, 0.06),
    "list_of_a_copy_goes_on": (3, 0.06),
    "copy_forgets_everybody": (1, 0.06),
    "erased_place_is_sold": (1, 0.06),
    "files_go_on_naming": (1, 0.1),
    "rule_waits_for_nobody": (1, 0.1),
    "rule_waits_for_ever": (1, 0.1),
    "paper_came_before_the_refund": (1, 0.1),
    "first_ruling_stays": (1, 0.1),
    "steps_are_believed": (1, 0.1),
    "steps_are_slewed": (1, 0.1),
    "steps_wait_a_minute": (1, 0.1),
    "hosts_begin_apart": (1, 0.1),
    "parts_in_memory_alone": (1, 0.06),
    "parts_given_back_stay": (2, 0.1),
    "move_waits_for_nobody": (1, 0.1),
    "payout_waits_for_nobody": (1, 0.1),
    "carried_before_its_till": (2, 0.1),
    "forgotten_grants_stay_so": (1, 0.1),
    "unread_answer_is_late": (2, 0.25),
    "removed_codes_stay": (1, 0.05),
    "over_and_open": (1, 0.1),
    "late_sales_forgotten": (2, 0.1),
    "late_payouts_unnamed": (1, 0.1),
    "gate_overrules_the_desk": (1, 0.1),
    "sold_again_unnamed": (1, 0.06),
    "lost_are_used": (1, 0.3),
    "kept_and_gone": (1, 0.06),
    "places_promised_for_nothing": (1, 0.2),
    "places_promised_and_kept": (5, 0.2),
    "full_is_used": (1, 0.1),
    "revoked_goes_on": (1, 0.1),
    "revoked_word_counts": (1, 0.1),
    "ruled_on_again": (1, 0.1),
    "accepted_for_nothing": (1, 0.1),
    "revoked_keeps_its_list": (1, 0.1),
    "erased_by_name": (2, 0.1),
    "others_passages_forgotten": (4, 0.1),
    "lost_home_stays": (1, 0.1),
    "homeless_is_everybodys": (1, 0.1),
    "taken_back_and_good": (1, 0.1),
    "revoked_comes_back": (1, 0.1),
    "revoked_places_given_anew": (27, 0.1),
    "zone_not_left": (1, 0.1),
    "first_place_alone": (5, 0.1),
    "any_type_will_do": (1, 0.1),
    "share_of_any_zone": (1, 0.1),
    "places_stay_away": (1, 0.1),
    "policy_of_the_morning": (2, 0.3),
    "leads_where_it_led": (1, 0.1),
    "places_left_behind_stay_there": (3, 0.1),
    "shares_left_behind_are_free": (1, 0.1),
    "granted_is_booked": (1, 0.1),
    "granted_counts_twice": (1, 0.1),
    "came_into_todays_zone": (2, 0.1),
    "granted_into_todays_zone": (1, 0.1),
    "believed_of_todays_zone": (1, 0.1),
    "opened_with_nothing": (1, 0.1),
    "given_back_for_nobody": (1, 0.1),
    "tier_given_back_for_nobody": (1, 0.1),
    "tier_given_and_forgotten": (1, 0.1),
    "out_of_sale_and_sold": (6, 0.1),
    "once_a_home": (1, 0.2),
    "home_knows_itself_alone": (3, 0.2),
    "home_not_asked": (1, 0.2),
    "passages_believed_among_gates": (1, 0.1),
    "good_on_any_tag": (1, 0.1),
    "taps_forgotten": (1, 0.1),
    "wristbands_prove_nothing": (1, 0.1),
    "lost_wristband_stays_good": (4, 0.1),
    "unsure_arm_is_closed": (1, 0.1),
    "nothing_said_is_nobody": (1, 0.1),
    "next_has_passed_at_once": (2, 0.1),
    "sensor_asked_seldom": (3, 0.1),
    "last_moment_is_too_late": (1, 0.1),
    "turned_back_and_used": (1, 0.1),
    "unopened_and_used": (1, 0.1),
    "nobody_is_believed_for_ever": (4, 0.25),
    "exit_of_nobody_counts": (1, 0.1),
    "exit_of_some_counts_for_all": (1, 0.1),
    "next_show_is_on": (1, 0.15),
    "first_show_stays_on": (1, 0.15),
    "passes_never_spent": (1, 0.15),
    "passes_unnamed": (1, 0.15),
    "found_sales_forgotten": (1, 0.15),
    "found_sales_uncounted": (20, 0.15),
    "oversold_unnamed": (1, 0.15),
    "debt_outlives_payment": (1, 0.1),
    "failed_for_good": (1, 0.04),
    "unsure_payout_is_failed": (1, 0.05),
    "failed_payout_is_gone": (1, 0.04),
    "late_money_kept": (1, 0.04),
    "stop_stops_nothing": (1, 0.04),
}
"""Where each bug shows for the least processor time: which of its seeds, and hours of open doors.

It only says where to begin. Any change of the product may move a seed's events, and a bug that
does not show there any more is looked for elsewhere; when hunts have become slow by that, note
here what they say at their end.
"""


class Hunt(msgspec.Struct, frozen=True):
    """What came of looking for one planted bug.

    Attributes:
        name: The bug's.
        worlds: How many worlds were tried.
        cost: Processor seconds.
        found: The world that showed it; the same world without the bug shows nothing.
        broken: A world that is broken without the bug as well.
        slip: What says that the bug's own code does not fit the product any more, or "".
    """

    name: str
    worlds: int
    cost: float
    found: WorldResult | None
    broken: WorldResult | None = None
    slip: str = ""


def hunt(image: ServerImage, name: str) -> Hunt:
    """Look for a bug, world after world; what shows must not show without it.

    Args:
        image: What servers start from.
        name: The bug's.
    """
    begun = time.process_time()
    bug = BUGS[name]
    broken: WorldResult | None = None
    tried = 0
    for seed, hours in worlds_of(bug):
        tried += 1
        result = run_world(image, seed, hours, planted=bug)
        if not result.violations:
            continue
        slip = find_slip(result)
        if slip:
            return Hunt(name, tried, time.process_time() - begun, None, broken, slip)
        control = run_world(image, seed, hours, planted=bug, is_switched_on=False)
        if not control.violations:
            return Hunt(name, tried, time.process_time() - begun, result, broken)
        broken = control
    return Hunt(name, tried, time.process_time() - begun, None, broken)


def worlds_of(bug: Planted) -> Iterator[tuple[str, float]]:
    """Give seeds and hours in which to look for a bug: what costs least comes first."""
    number, hours = SOONEST.get(bug.name, (1, min(bug.hours, SHORTEST)))
    tries = [
        (number, hours),
        *((other, hours) for other in range(1, SHORT_TRIES + 1)),
        *((other, bug.hours) for other in range(1, BUG_SEEDS_MAX + 1)),
    ]
    for other, length in dict.fromkeys(tries):
        yield f"{bug.name} {other}", length


def find_slip(result: WorldResult) -> str:
    """Return the fault by which a planted bug fails instead of being wrong, or "".

    A function of the product that has other parameters or another name by now makes every world
    of a bug show something, and nothing of it says that a checker would have found the bug.
    """
    faults = (one.text for one in result.violations if one.invariant == "fault")
    return next((text for text in faults if "TypeError" in text or "AttributeError" in text), "")
