"""From configuration, ticket row and uses to one decision: what gates and server share."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from shared.admission.decide import decide_admission
from shared.admission.facts import Direction, ScanFacts, UseFact
from shared.admission.reasons import Reason
from shared.credential.keyring import KeyStatus, TicketKey
from shared.kernel.errors import BadInput
from shared.kernel.id_types import (
    ClaimId,
    DeviceId,
    GateId,
    OccurrenceId,
    TicketId,
    TicketTypeId,
    ZoneId,
)
from shared.kernel.instant import DAY, HOUR, MINUTE
from shared.manifest.event_config import OccurrenceConfig, TicketTypeConfig, ZoneConfig
from shared.manifest.fact_building import EventIndex
from shared.manifest.presenting import Presented, present_text
from shared.manifest.tickets import TicketClass, TicketRow
from tests.factories.house import (
    DOORS,
    EVENT,
    START,
    make_config,
    make_digits,
    make_keyring,
    make_ticket_key,
)

IN = ScanFacts(
    gate_id=GateId("gt_north"),
    direction=Direction.IN,
    at=DOORS + MINUTE,
    claim_id=ClaimId("claim-1"),
)
ROW = TicketRow(TicketId(42), TicketClass(ticket_type_code=1, state="paid"))


def decide(
    text: str,
    row: TicketRow | None = ROW,
    uses: tuple[UseFact, ...] = (),
    scan: ScanFacts = IN,
    **world: Any,
) -> Reason:
    """Decide one scan in a small world."""
    keys: tuple[TicketKey, ...] = world.pop("keys", ())
    index = EventIndex(make_config(**world))
    presented = present_text(text, make_keyring(*keys), event_id=EVENT)
    facts = index.build_facts(presented, row, scan)
    return facts if isinstance(facts, Reason) else decide_admission(*facts, scan, uses).reason


def make_row(ticket_id: TicketId = TicketId(42), **facts: Any) -> TicketRow:
    """Return ticket 42's row with changed facts."""
    return TicketRow(ticket_id, msgspec.structs.replace(ROW.facts, **facts))


def test_listed_ticket_is_admitted_once() -> None:
    """The plain story: first scan green, second used."""
    use = UseFact(
        claim_id=ClaimId("claim-0"), zone_id=ZoneId("zn_1"), direction=Direction.IN, at=DOORS
    )
    assert decide(make_digits(TicketId(42))) is Reason.OK
    assert decide(make_digits(TicketId(42)), uses=(use,)) is Reason.ALREADY_USED


def test_use_in_another_zone_does_not_count() -> None:
    """A zone is the scope of a use."""
    use = UseFact(
        claim_id=ClaimId("claim-0"), zone_id=ZoneId("zn_other"), direction=Direction.IN, at=DOORS
    )
    assert decide(make_digits(TicketId(42)), uses=(use,)) is Reason.OK


def test_signed_ticket_without_a_row_is_judged_by_what_is_signed() -> None:
    """A walk-up sold at a cut-off till is admitted; outside its signed window it is not."""
    assert decide(make_digits(TicketId(42)), None) is Reason.OK
    late = make_digits(TicketId(42), valid_until=DOORS - HOUR)
    assert decide(late, None) is Reason.EXPIRED


def test_ticket_of_another_event_is_told_so() -> None:
    """The keyring knows the house's other events."""
    other = make_ticket_key(event_id="ev_other")
    assert decide(make_digits(TicketId(42)), None, keys=(other,)) is Reason.WRONG_EVENT


def test_superseded_credential_is_refused_and_a_newer_one_admitted() -> None:
    """A reissue withdraws the earlier code, also before the gate has heard of the newer one."""
    assert decide(make_digits(TicketId(42)), make_row(generation=1)) is Reason.SUPERSEDED
    assert decide(make_digits(TicketId(42), generation=1), make_row(generation=1)) is Reason.OK
    assert decide(make_digits(TicketId(42), generation=2), make_row(generation=1)) is Reason.OK


@pytest.mark.parametrize("state", ["cancelled", "payment_expired"])
def test_void_ticket_stays_void_under_a_newer_credential(state: str) -> None:
    """I8: nothing is issued anew for a void ticket, so whoever signed this had no right to."""
    assert (
        decide(make_digits(TicketId(42), generation=2), make_row(state=state)) is Reason.CANCELLED
    )


def test_compromised_key_vouches_for_listed_tickets_only() -> None:
    """After a theft of the key only the manifest's own tickets pass, at their generation."""
    stolen = make_ticket_key(status=KeyStatus.COMPROMISED)
    assert decide(make_digits(TicketId(42)), keys=(stolen,)) is Reason.OK
    assert decide(make_digits(TicketId(43)), None, keys=(stolen,)) is Reason.UNKNOWN_TICKET
    assert decide(make_digits(TicketId(42), generation=1), keys=(stolen,)) is Reason.SUPERSEDED


def test_key_of_unpaid_tickets_vouches_for_listed_tickets_only() -> None:
    """What was printed for a debt passes by its row alone, which knows whether it was paid."""
    unpaid = make_ticket_key(is_listed_only=True)
    assert decide(make_digits(TicketId(42)), keys=(unpaid,)) is Reason.OK
    assert (
        decide(make_digits(TicketId(42)), make_row(state="pending"), keys=(unpaid,))
        is Reason.UNPAID
    )
    assert decide(make_digits(TicketId(43)), None, keys=(unpaid,)) is Reason.UNKNOWN_TICKET
    assert decide(make_digits(TicketId(42), generation=1), keys=(unpaid,)) is Reason.SUPERSEDED


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ({}, Reason.OK),
        ({"status": KeyStatus.COMPROMISED}, Reason.UNPAID),
        ({"is_listed_only": True}, Reason.UNPAID),
        ({"issuer_device_id": DeviceId("dv_till")}, Reason.UNPAID),
    ],
)
def test_what_is_signed_as_paid_was_paid_since_its_row(
    key: dict[str, Any], reason: Reason
) -> None:
    """Only what is paid is signed by an event's own key; a gate may not have heard of it yet."""
    keys = (make_ticket_key(**key),)
    assert decide(make_digits(TicketId(42)), make_row(state="pending"), keys=keys) is reason


def test_keys_window_bounds_the_tickets() -> None:
    """A key that admits no longer makes its tickets expired."""
    ended = make_ticket_key(admits_until=DOORS)
    early = make_ticket_key(admits_from=START)
    assert decide(make_digits(TicketId(42)), keys=(ended,)) is Reason.EXPIRED
    assert decide(make_digits(TicketId(42)), None, keys=(early,)) is Reason.NOT_YET_VALID


def test_row_says_more_than_the_credential() -> None:
    """State, block and exact window come from the row."""
    assert decide(make_digits(TicketId(42)), make_row(state="cancelled")) is Reason.CANCELLED
    assert decide(make_digits(TicketId(42)), make_row(blocked=True)) is Reason.BLOCKED
    assert decide(make_digits(TicketId(42)), make_row(valid_until=DOORS)) is Reason.EXPIRED


def test_imported_code_needs_its_row() -> None:
    """A barcode from elsewhere is good if the ledger lists it."""
    assert decide("TKT-20260704-ABCD1234", None) is Reason.UNKNOWN_TICKET
    assert decide("TKT-20260704-ABCD1234", make_row(is_imported=True)) is Reason.OK


def test_unknown_ticket_type_is_refused() -> None:
    """A type that the event does not have admits nowhere."""
    assert decide(make_digits(TicketId(42), ticket_type_code=9), None) is Reason.WRONG_TICKET_TYPE
    assert (
        decide(make_digits(TicketId(42)), make_row(ticket_type_code=9)) is Reason.WRONG_TICKET_TYPE
    )


def test_zone_takes_only_its_types() -> None:
    """A zone for some types refuses the others."""
    zone = ZoneConfig(id=ZoneId("zn_1"), name="VIP", ticket_type_ids=(TicketTypeId("tt_2"),))
    assert decide(make_digits(TicketId(42)), zones=(zone,)) is Reason.WRONG_TICKET_TYPE


def test_forged_code_needs_no_facts() -> None:
    """A flaw answers by itself."""
    assert decide("0" * 200) is Reason.MALFORMED


def test_family_ticket_counts_persons() -> None:
    """Four persons on one code, chosen at the gate."""
    family = make_row(ticket_type_code=2, persons=4)
    three = UseFact(
        claim_id=ClaimId("claim-0"),
        zone_id=ZoneId("zn_1"),
        direction=Direction.IN,
        at=DOORS,
        count=3,
    )
    two = msgspec.structs.replace(IN, count=2)
    assert decide(make_digits(TicketId(42)), family, (three,)) is Reason.OK
    assert decide(make_digits(TicketId(42)), family, (three,), two) is Reason.ALREADY_USED


def test_same_claim_again_is_not_refused_by_itself() -> None:
    """A retry meets its own first try."""
    use = UseFact(
        claim_id=ClaimId("claim-1"), zone_id=ZoneId("zn_1"), direction=Direction.IN, at=DOORS
    )
    assert decide(make_digits(TicketId(42)), uses=(use,)) is Reason.OK


def test_zones_rule_is_asked() -> None:
    """The rule tree travels as JSON text."""
    closed = ZoneConfig(id=ZoneId("zn_1"), name="Arena", rule='{"const": false}')
    assert decide(make_digits(TicketId(42)), zones=(closed,)) is Reason.RULES_DENIED


@pytest.mark.parametrize("rule", ["{", '{"fact": "moon"}', "[" * 100_000])
def test_rule_that_cannot_be_read_is_named(rule: str) -> None:
    """A bad rule is found when the configuration arrives, not at the first scan."""
    with pytest.raises(BadInput):
        EventIndex(make_config(zones=(ZoneConfig(id=ZoneId("zn_1"), name="Arena", rule=rule),)))


def test_unknown_gate_is_bad_input() -> None:
    """Nobody scans at a gate that the event does not have."""
    with pytest.raises(BadInput, match="gt_moon"):
        decide(make_digits(TicketId(42)), scan=msgspec.structs.replace(IN, gate_id="gt_moon"))


def test_rules_use_the_occurrence_that_is_on() -> None:
    """A zone open to all nights judges `event:start` by the night of the scan."""
    nights = (
        OccurrenceConfig(OccurrenceId("oc_1"), "Friday", START - 24 * HOUR),
        OccurrenceConfig(OccurrenceId("oc_2"), "Saturday", START),
    )
    rule = '{"fact": "now", "cmp": "before", "value": "event:start"}'
    world: dict[str, Any] = {
        "occurrences": nights,
        "zones": (ZoneConfig(id=ZoneId("zn_1"), name="Arena", rule=rule),),
    }
    assert decide(make_digits(TicketId(42)), **world) is Reason.OK
    after = msgspec.structs.replace(IN, at=START - 20 * HOUR)
    assert decide(make_digits(TicketId(42)), scan=after, **world) is Reason.RULES_DENIED


def test_ticket_of_one_night_is_refused_on_the_other() -> None:
    """The type's occurrence binds where the zone serves one."""
    friday = TicketTypeConfig(
        id=TicketTypeId("tt_1"), code=1, name="Friday", occurrence_id=OccurrenceId("oc_fri")
    )
    saturday = ZoneConfig(id=ZoneId("zn_1"), name="Arena", occurrence_id=OccurrenceId("oc_1"))
    world: dict[str, Any] = {"ticket_types": (friday,), "zones": (saturday,)}
    assert decide(make_digits(TicketId(42)), **world) is Reason.WRONG_EVENT


@pytest.mark.parametrize(
    ("zone_date", "issuer", "reason"),
    [
        ("oc_1", None, Reason.OK),
        ("oc_2", None, Reason.SUPERVISOR),
        ("oc_2", "dv_till", Reason.OK),
    ],
)
def test_the_hours_of_a_type_for_all_dates_name_none_of_them(
    zone_date: str, issuer: str | None, reason: Reason
) -> None:
    """Though they lie within one; a till sells its types as they are, for no date besides."""
    hours: dict[str, Any] = {"valid_from": START, "valid_until": START + HOUR}
    kind = TicketTypeConfig(id=TicketTypeId("tt_1"), code=1, name="Any night", **hours)
    nights = (
        OccurrenceConfig(OccurrenceId("oc_1"), "One", START, START + 6 * HOUR, DOORS),
        OccurrenceConfig(OccurrenceId("oc_2"), "Two", START + 3 * HOUR, START + 5 * HOUR),
    )
    zone = ZoneConfig(id=ZoneId("zn_1"), name="Hall", occurrence_id=OccurrenceId(zone_date))
    key = make_ticket_key(issuer_device_id=None if issuer is None else DeviceId(issuer))
    told = decide(
        make_digits(TicketId(42), **hours),
        None,
        scan=msgspec.structs.replace(IN, at=START + MINUTE),
        keys=(key,),
        ticket_types=(kind,),
        occurrences=nights,
        zones=(zone,),
    )
    assert told is reason


def test_ticket_type_is_told_only_of_proven_codes() -> None:
    """The screen names a type only where the code is genuine or listed."""
    index = EventIndex(make_config())
    genuine = present_text(make_digits(TicketId(42)), make_keyring(), event_id=EVENT)
    listed = index.ticket_type(genuine, ROW)
    signed = index.ticket_type(genuine, None)
    assert listed is not None
    assert listed.name == "Standing"
    assert signed == listed
    assert index.ticket_type(Presented(ticket_id=TicketId(5)), None) is None


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"blocked": True}, Reason.BLOCKED),
        ({"state": "pending_approval"}, Reason.UNPAID),
        ({"state": "pending"}, Reason.OK),
        ({"state": "cancelled"}, Reason.CANCELLED),
        ({"valid_from": START + HOUR}, Reason.SUPERVISOR),
        ({"valid_until": DOORS - HOUR}, Reason.SUPERVISOR),
        ({"ticket_type_code": 2}, Reason.SUPERVISOR),
        ({}, Reason.OK),
    ],
)
def test_newer_credential_does_not_shake_off_what_its_row_says(
    facts: dict[str, Any], reason: Reason
) -> None:
    """A block stands; where type or window differ, both must allow it."""
    types = (
        TicketTypeConfig(id=TicketTypeId("tt_1"), code=1, name="Standard"),
        TicketTypeConfig(id=TicketTypeId("tt_2"), code=2, name="Crew"),
    )
    zone = ZoneConfig(id=ZoneId("zn_1"), name="Arena", ticket_type_ids=(TicketTypeId("tt_1"),))
    code = make_digits(TicketId(42), generation=3)
    said = decide(code, make_row(**facts), ticket_types=types, zones=(zone,))
    assert said is reason


def test_newer_credential_and_row_that_both_turn_away_turn_away() -> None:
    """Nobody is bothered where no side would let the holder in."""
    late = make_row(valid_from=START + HOUR)
    code = make_digits(TicketId(42), generation=3, valid_from=START + 2 * HOUR)
    assert decide(code, late) is Reason.NOT_YET_VALID


def test_ticket_of_another_occurrence_is_not_let_in_by_a_newer_credential() -> None:
    """What was reissued is for the occurrence that its row names."""
    days = (
        OccurrenceConfig(OccurrenceId("oc_1"), "One", START),
        OccurrenceConfig(OccurrenceId("oc_2"), "Two", START + DAY),
    )
    zone = ZoneConfig(id=ZoneId("zn_1"), name="Arena", occurrence_id=OccurrenceId("oc_1"))
    row = make_row(occurrence_id="oc_2")
    said = decide(make_digits(TicketId(42), generation=3), row, occurrences=days, zones=(zone,))
    assert said is Reason.WRONG_EVENT


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({}, Reason.SUPERVISOR),
        ({"valid_from": DOORS}, Reason.SUPERVISOR),
        ({"valid_from": DOORS, "valid_until": START + 2 * HOUR}, Reason.OK),
        ({"valid_from": DOORS - 3 * DAY, "valid_until": START + 3 * DAY}, Reason.SUPERVISOR),
        ({"valid_from": START + DAY, "valid_until": START + DAY + HOUR}, Reason.NOT_YET_VALID),
    ],
)
def test_ticket_without_a_row_says_for_which_of_several_occurrences_it_is(
    claims: dict[str, Any], reason: Reason
) -> None:
    """A signature does not tell tonight's ticket from tomorrow's; its window may."""
    days = (
        OccurrenceConfig(OccurrenceId("oc_1"), "One", START, START + 6 * HOUR, DOORS),
        OccurrenceConfig(
            OccurrenceId("oc_2"), "Two", START + DAY, START + DAY + 6 * HOUR, DOORS + DAY
        ),
    )
    zone = ZoneConfig(id=ZoneId("zn_1"), name="Arena", occurrence_id=OccurrenceId("oc_1"))
    said = decide(make_digits(TicketId(42), **claims), None, occurrences=days, zones=(zone,))
    assert said is reason


def test_ticket_without_a_row_is_let_in_where_its_type_has_one_occurrence() -> None:
    """The type, or an event of one evening, says for when it is."""
    days = (
        OccurrenceConfig(OccurrenceId("oc_1"), "One", START),
        OccurrenceConfig(OccurrenceId("oc_2"), "Two", START + DAY),
    )
    zone = ZoneConfig(id=ZoneId("zn_1"), name="Arena", occurrence_id=OccurrenceId("oc_1"))
    tonight = (
        TicketTypeConfig(
            id=TicketTypeId("tt_1"), code=1, name="Tonight", occurrence_id=OccurrenceId("oc_1")
        ),
    )
    tomorrow = (
        TicketTypeConfig(
            id=TicketTypeId("tt_1"), code=1, name="Tomorrow", occurrence_id=OccurrenceId("oc_2")
        ),
    )
    code = make_digits(TicketId(42))
    assert decide(code, None, occurrences=days[:1], zones=(zone,)) is Reason.OK
    assert decide(code, None, occurrences=days, zones=(zone,), ticket_types=tonight) is Reason.OK
    said = decide(code, None, occurrences=days, zones=(zone,), ticket_types=tomorrow)
    assert said is Reason.WRONG_EVENT
