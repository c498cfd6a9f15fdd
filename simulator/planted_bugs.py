"""The planted bugs by name: at the gate, among gates, at the server, and on the disk beneath."""

from __future__ import annotations

from typing import Final

from simulator.planted import Planted
from simulator.planted_called_back import CALLED_BACK_BUGS
from simulator.planted_called_off import CALLED_OFF_BUGS
from simulator.planted_crossed import CROSSED_BUGS
from simulator.planted_door import DOOR_BUGS
from simulator.planted_editions import EDITION_BUGS
from simulator.planted_emptied import EMPTIED_BUGS
from simulator.planted_ended import ENDED_BUGS
from simulator.planted_erased import ERASED_BUGS
from simulator.planted_fair import FAIR_BUGS
from simulator.planted_gate import GATE_BUGS
from simulator.planted_given_away import GIVEN_AWAY_BUGS
from simulator.planted_guest_names import GUEST_NAME_BUGS
from simulator.planted_hours import HOURS_BUGS
from simulator.planted_imported import IMPORTED_BUGS
from simulator.planted_lan import LAN_BUGS
from simulator.planted_limits import LIMIT_BUGS
from simulator.planted_listed import LISTED_BUGS
from simulator.planted_mailed import MAILED_BUGS
from simulator.planted_money import MONEY_BUGS
from simulator.planted_moved_devices import MOVED_BUGS
from simulator.planted_older_copies import OLDER_COPIES_BUGS
from simulator.planted_overridden import OVERRIDDEN_BUGS
from simulator.planted_paid_back import PAID_BACK_BUGS
from simulator.planted_paper import PAPER_BUGS
from simulator.planted_passed_on import PASSED_ON_BUGS
from simulator.planted_relay import RELAY_BUGS
from simulator.planted_replaced import REPLACED_BUGS
from simulator.planted_rights import RIGHTS_BUGS
from simulator.planted_room import ROOM_BUGS
from simulator.planted_seated import SEATED_BUGS
from simulator.planted_series import SERIES_BUGS
from simulator.planted_server import SERVER_BUGS
from simulator.planted_switched import SWITCHED_BUGS
from simulator.planted_tagged import TAGGED_BUGS
from simulator.planted_take_over import TAKE_OVER_BUGS
from simulator.planted_tenders import TENDERS_BUGS
from simulator.planted_terms import TERMS_BUGS
from simulator.planted_tiers import TIER_BUGS
from simulator.planted_turnstiles import TURNSTILE_BUGS
from simulator.planted_vouchers_and_codes import VOUCHER_AND_CODE_BUGS

_ALL: Final = (
    *GATE_BUGS,
    *LAN_BUGS,
    *LIMIT_BUGS,
    *ROOM_BUGS,
    *RELAY_BUGS,
    *RIGHTS_BUGS,
    *SERVER_BUGS,
    *FAIR_BUGS,
    *MONEY_BUGS,
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
    *OLDER_COPIES_BUGS,
    *REPLACED_BUGS,
    *CROSSED_BUGS,
    *SWITCHED_BUGS,
    *TAGGED_BUGS,
    *TURNSTILE_BUGS,
)
BUGS: Final[dict[str, Planted]] = {bug.name: bug for bug in _ALL}
assert len(BUGS) == len(_ALL), "two bugs have one name, and one of them would never be looked for"
