"""The planted bugs by name: at the gate, among gates, at the server, and on the disk beneath."""

from __future__ import annotations

from typing import Final

from simulator.planted_bugs.called_back_places import CALLED_BACK_BUGS
from simulator.planted_bugs.called_off_events import CALLED_OFF_BUGS
from simulator.planted_bugs.changed_staff import STAFF_BUGS
from simulator.planted_bugs.changed_zone_limits import LIMIT_BUGS
from simulator.planted_bugs.counted_prices import TIER_BUGS
from simulator.planted_bugs.devices_moved_within_zone import MOVED_BUGS
from simulator.planted_bugs.devices_of_ended_events import ENDED_BUGS
from simulator.planted_bugs.devices_sent_to_other_zones import CROSSED_BUGS
from simulator.planted_bugs.dishonest_relay import RELAY_BUGS
from simulator.planted_bugs.door_questions import DOOR_BUGS
from simulator.planted_bugs.ended_keys_and_copied_events import EDITION_BUGS
from simulator.planted_bugs.entries_a_day_put_back import A_DAY_BUGS
from simulator.planted_bugs.erased_guests import ERASED_BUGS
from simulator.planted_bugs.evacuations import EMPTIED_BUGS
from simulator.planted_bugs.false_holds import FALSE_HOLDS_BUGS
from simulator.planted_bugs.gate_and_disk import GATE_BUGS
from simulator.planted_bugs.gates_led_into_other_zones import REZONED_BUGS
from simulator.planted_bugs.guest_names import GUEST_NAME_BUGS
from simulator.planted_bugs.hung_claims import HUNG_CLAIM_BUGS
from simulator.planted_bugs.imported_tickets import IMPORTED_BUGS
from simulator.planted_bugs.lan import LAN_BUGS
from simulator.planted_bugs.lists_taken_back import TAKEN_BACK_BUGS
from simulator.planted_bugs.lost_tills import LOST_TILLS_BUGS
from simulator.planted_bugs.mails import MAILED_BUGS
from simulator.planted_bugs.manual_codes_read_from_list import LISTED_BUGS
from simulator.planted_bugs.moved_tenders import TENDERS_BUGS
from simulator.planted_bugs.older_copies_of_folders import OLDER_COPIES_BUGS
from simulator.planted_bugs.online_payments import ONLINE_BUGS
from simulator.planted_bugs.overrides import OVERRIDDEN_BUGS
from simulator.planted_bugs.paper_lists import PAPER_BUGS
from simulator.planted_bugs.parked_baskets import PARKED_BUGS
from simulator.planted_bugs.passes_over_shows import PASSES_BUGS
from simulator.planted_bugs.places_given_back import ROOM_BUGS
from simulator.planted_bugs.planted_bug import Planted
from simulator.planted_bugs.refund_terms import TERMS_BUGS
from simulator.planted_bugs.refunds_at_till_and_office import PAID_BACK_BUGS
from simulator.planted_bugs.replaced_devices import REPLACED_BUGS
from simulator.planted_bugs.reserved_seats import SEATED_BUGS
from simulator.planted_bugs.running_counts import RUNNING_COUNT_BUGS
from simulator.planted_bugs.second_event import FAIR_BUGS
from simulator.planted_bugs.server import SERVER_BUGS
from simulator.planted_bugs.single_dates_and_lists import SERIES_BUGS
from simulator.planted_bugs.slow_server_disk import SLOW_DISK_BUGS
from simulator.planted_bugs.steady_clock import STEADY_CLOCK_BUGS
from simulator.planted_bugs.switched_policies import SWITCHED_BUGS
from simulator.planted_bugs.tags import TAGGED_BUGS
from simulator.planted_bugs.take_over import TAKE_OVER_BUGS
from simulator.planted_bugs.tickets_passed_on import PASSED_ON_BUGS
from simulator.planted_bugs.tickets_with_hours import HOURS_BUGS
from simulator.planted_bugs.tills_and_money import MONEY_BUGS
from simulator.planted_bugs.tills_of_server_put_back import RESENT_BUGS
from simulator.planted_bugs.turnstiles import TURNSTILE_BUGS
from simulator.planted_bugs.unasked_releases import GIVEN_AWAY_BUGS
from simulator.planted_bugs.vouchers_and_codes import VOUCHER_AND_CODE_BUGS
from simulator.planted_bugs.zone_shares_and_homes import RIGHTS_BUGS

_ALL: Final = (
    *GATE_BUGS,
    *LAN_BUGS,
    *LIMIT_BUGS,
    *ROOM_BUGS,
    *RELAY_BUGS,
    *RIGHTS_BUGS,
    *SERVER_BUGS,
    *HUNG_CLAIM_BUGS,
    *SLOW_DISK_BUGS,
    *STEADY_CLOCK_BUGS,
    *FAIR_BUGS,
    *MONEY_BUGS,
    *PARKED_BUGS,
    *RUNNING_COUNT_BUGS,
    *VOUCHER_AND_CODE_BUGS,
    *GUEST_NAME_BUGS,
    *CALLED_OFF_BUGS,
    *SERIES_BUGS,
    *EDITION_BUGS,
    *PAPER_BUGS,
    *TAKE_OVER_BUGS,
    *TIER_BUGS,
    *SEATED_BUGS,
    *DOOR_BUGS,
    *MOVED_BUGS,
    *GIVEN_AWAY_BUGS,
    *FALSE_HOLDS_BUGS,
    *IMPORTED_BUGS,
    *PASSED_ON_BUGS,
    *LISTED_BUGS,
    *EMPTIED_BUGS,
    *MAILED_BUGS,
    *HOURS_BUGS,
    *TENDERS_BUGS,
    *OVERRIDDEN_BUGS,
    *TERMS_BUGS,
    *PAID_BACK_BUGS,
    *ERASED_BUGS,
    *CALLED_BACK_BUGS,
    *ENDED_BUGS,
    *ONLINE_BUGS,
    *OLDER_COPIES_BUGS,
    *REPLACED_BUGS,
    *CROSSED_BUGS,
    *SWITCHED_BUGS,
    *TAGGED_BUGS,
    *TURNSTILE_BUGS,
    *PASSES_BUGS,
    *LOST_TILLS_BUGS,
    *STAFF_BUGS,
    *REZONED_BUGS,
    *TAKEN_BACK_BUGS,
    *RESENT_BUGS,
    *A_DAY_BUGS,
)
BUGS: Final[dict[str, Planted]] = {bug.name: bug for bug in _ALL}
assert len(BUGS) == len(_ALL), "two bugs have one name, and one of them would never be looked for"
