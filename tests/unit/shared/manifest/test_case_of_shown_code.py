"""What a code stands for and who decides on it: the one answer of gates and ledger."""

from __future__ import annotations

import msgspec
import pytest

from shared.admission.checks_of_capacity_knowledge_and_clock import Circumstances
from shared.admission.decide import Decision
from shared.admission.facts import Direction, ScanFacts, UseFact
from shared.admission.offline_policy import MayAdmit, OfflinePolicy, Rung
from shared.admission.reasons import Reason
from shared.credential.keyring import HomeRange, IdRange
from shared.credential.manual_code import format_manual_code
from shared.kernel.id_types import ClaimId, DeviceId, EventId, GateId, TicketId, ZoneId
from shared.kernel.instant import MINUTE, Instant
from shared.manifest.case_of_shown_code import Case, Rows, open_case, rule
from shared.manifest.event_config import EntryPause
from shared.manifest.fact_building import EventIndex
from shared.manifest.presenting import (
    Presented,
    foreign_ticket_id,
    present_found,
    present_text,
)
from shared.manifest.tickets import TicketClass, TicketRow
from tests.factories.house import (
    DOORS,
    EVENT,
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
OUT = ScanFacts(
    gate_id=GateId("gt_north"),
    direction=Direction.OUT,
    at=DOORS + MINUTE,
    claim_id=ClaimId("claim-1"),
)
MANUAL = 123_456_789


class Listed(msgspec.Struct):
    """A side's rows."""

    rows: dict[TicketId, TicketRow]

    def find(self, ticket_id: TicketId) -> TicketRow | None:
        """Find by id."""
        return self.rows.get(ticket_id)

    def find_manual(self, code: int) -> TicketRow | None:
        """Find by manual code."""
        return next((row for row in self.rows.values() if row.manual_code == code), None)


def listed(*rows: TicketRow) -> Rows:
    """List some tickets."""
    return Listed({row.ticket_id: row for row in rows})


def opened(text: str, *rows: TicketRow, index: EventIndex | None = None) -> Case:
    """Open the case of a text."""
    presented = present_text(text, make_keyring(), event_id=EVENT)
    return open_case(index or EventIndex(make_config()), presented, listed(*rows))


def decided(case: Case, reason: Reason) -> Case:
    """Decide a case by word."""
    return msgspec.structs.replace(case, decision=Decision(reason=reason))


def test_code_finds_its_own_kind_of_ticket_only() -> None:
    """A signed code finds no imported ticket; a foreign one no other; a picked one finds both."""
    foreign = foreign_ticket_id("SHOP-1", EVENT)
    signed, imported = (
        TicketClass(ticket_type_code=1, state="paid"),
        TicketClass(ticket_type_code=1, state="paid", is_imported=True),
    )
    assert opened(make_digits(TicketId(42)), TicketRow(TicketId(42), signed)).row is not None
    assert opened(make_digits(TicketId(42)), TicketRow(TicketId(42), imported)).row is None
    assert opened("SHOP-1", TicketRow(foreign, imported)).ticket_id == foreign
    assert opened("SHOP-1", TicketRow(foreign, signed)).ticket_id is None
    index = EventIndex(make_config())
    for facts in (signed, imported):
        case = open_case(
            index, present_found(TicketId(42)), listed(TicketRow(TicketId(42), facts))
        )
        assert case.row is not None


def test_manual_code_is_one_however_it_came_in() -> None:
    """A text of a manual code's form finds its ticket, or is a guess that missed."""
    row = TicketRow(TicketId(42), TicketClass(ticket_type_code=1, state="paid"), MANUAL)
    hit = opened(format_manual_code(MANUAL), row)
    missed = opened(format_manual_code(MANUAL + 1), row)
    assert (hit.ticket_id, hit.is_manual, hit.is_missed_guess) == (42, True, False)
    assert (missed.ticket_id, missed.is_manual, missed.is_missed_guess) == (None, True, True)
    assert not opened("SHOP-1", row).is_manual


@pytest.mark.parametrize(
    ("policy", "home", "expected"),
    [
        (OfflinePolicy.OPEN, None, MayAdmit.THIS_DEVICE),
        (OfflinePolicy.HOME, "dv_1", MayAdmit.THIS_DEVICE),
        (OfflinePolicy.HOME, "dv_2", MayAdmit.HOME),
        (OfflinePolicy.HOME, None, MayAdmit.LEDGER),
        (OfflinePolicy.CLOSED, "dv_1", MayAdmit.LEDGER),
    ],
)
def test_cut_off_device_may_admit_by_the_policy(
    policy: OfflinePolicy, home: DeviceId | None, expected: MayAdmit
) -> None:
    """A ticket without a home is the ledger's under `home`."""
    case = Case(presented=Presented(), policy=policy, home_device_id=home)
    assert case.may_admit(Rung.OFFLINE, DeviceId("dv_1")) is expected


def test_policy_that_nobody_knows_leaves_the_ledger_alone_to_decide() -> None:
    """A later version's policy never lets an older gate admit by itself."""
    index = EventIndex(msgspec.structs.replace(make_config(), offline_policy="by_vote"))
    case = opened(make_digits(TicketId(42)), index=index)
    assert case.may_admit(Rung.OFFLINE, DeviceId("dv_1")) is MayAdmit.LEDGER


def test_home_is_the_rows_and_else_the_keys() -> None:
    """What the row says is newer than the range that the key was given."""
    config = msgspec.structs.replace(make_config(), offline_policy="home")
    index = EventIndex(config)
    key = make_ticket_key(homes=(HomeRange(IdRange(), DeviceId("dv_key"), 3),))
    presented = present_text(make_digits(TicketId(42)), make_keyring(key), event_id=EVENT)
    unlisted = open_case(index, presented, listed())
    assert (unlisted.home_device_id, unlisted.home_number) == ("dv_key", 3)
    row = TicketRow(
        TicketId(42),
        TicketClass(
            ticket_type_code=1, state="paid", home_device_id=DeviceId("dv_row"), home_number=4
        ),
    )
    known = open_case(index, presented, listed(row))
    assert (known.home_device_id, known.home_number) == ("dv_row", 4)
    assert known.home_other_than(DeviceId("dv_row")) is None
    assert known.home_other_than(DeviceId("dv_key")) == "dv_row"


def test_evacuation_lets_nobody_in_and_everybody_out() -> None:
    """Nobody's word opens an evacuated zone, and who was not seen coming may leave."""
    index = EventIndex(make_config())
    case = opened(
        make_digits(TicketId(42)),
        TicketRow(TicketId(42), TicketClass(ticket_type_code=1, state="paid")),
    )
    stopped = rule(index, case, (), IN, is_stopped=True)
    assert stopped.weigh(Circumstances(is_granted=True)).reason is Reason.RULES_DENIED
    # A wrong clock is no excuse: nobody is asked whether the holder may come in all the same.
    assert stopped.weigh(Circumstances(clock_trusted=False)).reason is Reason.RULES_DENIED
    assert rule(index, case, (), OUT, is_stopped=True).decision.reason is Reason.EXIT
    retry = UseFact(claim_id=IN.claim_id, zone_id=ZoneId("zn_1"), direction=Direction.IN, at=DOORS)
    assert rule(index, case, (retry,), IN, is_stopped=True).decision.is_retry


def test_pause_lets_nobody_in_and_keeps_nobody_inside() -> None:
    """Holders are told to wait, whatever else is said of their tickets; an evacuation is first."""
    index = EventIndex(make_config())
    row = TicketRow(TicketId(42), TicketClass(ticket_type_code=1, state="paid"))
    case = opened(make_digits(TicketId(42)), row)
    paused = rule(index, case, (), IN, paused_at=DOORS)
    assert (paused.stop, paused.paused_at) == ("paused", DOORS)
    for moment in (Circumstances(is_granted=True), Circumstances(clock_trusted=False)):
        assert paused.weigh(moment).reason is Reason.RULES_DENIED
    out = rule(index, case, (), OUT, paused_at=DOORS)
    assert (out.decision.reason, out.stop) == (Reason.EXIT, "")
    retry = UseFact(claim_id=IN.claim_id, zone_id=ZoneId("zn_1"), direction=Direction.IN, at=DOORS)
    again = rule(index, case, (retry,), IN, paused_at=DOORS)
    assert (again.decision.is_retry, again.stop) == (True, "")
    stopped = rule(index, case, (), IN, is_stopped=True, paused_at=DOORS)
    assert (stopped.stop, stopped.paused_at) == ("evacuation", None)


def test_a_gate_is_paused_by_itself_or_with_its_zone() -> None:
    """Since the earlier of the two; another gate of the zone is not."""
    config = make_config()
    gate = config.gates[0]
    pauses = (EntryPause(gate.id, Instant(DOORS + MINUTE)), EntryPause(gate.zone_id, DOORS))
    by_gate, by_zone, by_both = (
        EventIndex(msgspec.structs.replace(config, pauses=some))
        for some in (pauses[:1], pauses[1:], pauses)
    )
    assert EventIndex(config).paused_since(gate) is None
    assert by_gate.paused_since(gate) == DOORS + MINUTE
    assert by_zone.paused_since(gate) == by_both.paused_since(gate) == DOORS
    other = msgspec.structs.replace(gate, id=GateId("gt_other"))
    assert by_gate.paused_since(other) is None
    assert by_zone.paused_since(other) == DOORS


def test_undecided_case_is_a_persons() -> None:
    """Whoever forgets to ask the rules lets nobody in."""
    row = TicketRow(TicketId(42), TicketClass(ticket_type_code=1, state="paid"))
    case = opened(make_digits(TicketId(42)), row)
    assert case.decision.reason is Reason.SUPERVISOR
    assert not case.weigh(Circumstances(is_granted=True)).admit


def test_a_case_without_its_ticket_tells_nobody_whose_the_code_is() -> None:
    """As if no ticket answered to it; what was shown and where it leads stay."""
    home = TicketClass(ticket_type_code=1, state="paid", home_device_id=DeviceId("dv_2"))
    index = EventIndex(make_config())
    case = opened(make_digits(TicketId(42)), TicketRow(TicketId(42), home), index=index)
    case = rule(index, case, (), IN)
    hidden = case.without_ticket()
    bare = Case(presented=case.presented)
    for field in ("presented", "row", "ticket_id", "kind", "policy", "home_device_id"):
        assert getattr(hidden, field) == getattr(bare, field), field
    assert (hidden.zone_id, hidden.decision) == (case.zone_id, case.decision)


def test_nobody_may_override_what_is_forged_foreign_or_withdrawn() -> None:
    """A supervisor's word stands against a debt, and against no missing signature."""
    row = TicketRow(TicketId(42), TicketClass(ticket_type_code=1, state="paid"))
    case = opened(make_digits(TicketId(42)), row)
    assert decided(case, Reason.UNPAID).may_override(EVENT)
    assert not decided(case, Reason.CANCELLED).may_override(EVENT)
    assert not decided(case, Reason.BLOCKED).may_override(EventId("ev_other"))
    assert not decided(opened("hello", row), Reason.UNKNOWN_TICKET).may_override(EVENT)
    missed = opened(format_manual_code(MANUAL), row)
    assert decided(missed, Reason.UNKNOWN_TICKET).may_override(EVENT)
