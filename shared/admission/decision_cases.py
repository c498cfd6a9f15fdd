"""Read decision cases, the JSON in which organizers and tests write scans down.

The format is `docs/specs/admission.md`, section 7. Fields that it does not name are ignored, and
told; an optional field that is absent or null has its default; a wrong type is refused by case and
field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from shared.admission.decide import Decision, decide_admission
from shared.admission.facts import (
    CredentialKind,
    Direction,
    EventTimes,
    GateRules,
    Medium,
    ScanFacts,
    TicketFacts,
    TicketState,
    UseFact,
    ZoneRules,
)
from shared.admission.json_fields import Fields, as_list, wrong
from shared.admission.organizer_rule_parsing import parse_rule
from shared.admission.reasons import Reason
from shared.kernel.errors import BadInput
from shared.kernel.id_types import ClaimId, GateId, OccurrenceId, ZoneId

_SAME_ANSWER = frozenset({Reason.OK, Reason.REENTRY})
"""Where only these differ, either is right."""


class Expectation(msgspec.Struct, frozen=True):
    """What a case's author holds to be right; None: no opinion."""

    admit: bool | None
    reason: Reason | None

    def is_met_by(self, decision: Decision) -> bool:
        """Tell whether the decision is as expected."""
        if self.admit is not None and self.admit is not decision.admit:
            return False
        return (
            self.reason is None
            or self.reason is decision.reason
            or {self.reason, decision.reason} <= _SAME_ANSWER
        )


class DecisionCase(msgspec.Struct, frozen=True, kw_only=True):
    """One case: its own id, the facts, and what is expected, if anything is.

    Attributes:
        unknown: The path of each field that was ignored, and that of the nearest known, if any.
    """

    id: str | int
    rules: GateRules
    ticket: TicketFacts
    scan: ScanFacts
    prior_scans: tuple[UseFact, ...] = ()
    expected: Expectation | None = None
    unknown: tuple[tuple[str, str | None], ...] = ()

    def decide(self) -> Decision:
        """Ask the one decision."""
        return decide_admission(self.rules, self.ticket, self.scan, self.prior_scans)


def list_cases(document: object) -> Sequence[object]:
    """Find the raw cases in a decoded document: a list, or an object with `cases`.

    Raises:
        BadInput: if it is neither.
    """
    if isinstance(document, Mapping):
        return as_list(document.get("cases"), "cases")
    return as_list(document, "the file")


def parse_case(raw: object, position: int) -> DecisionCase:
    """Read one raw case.

    Args:
        raw: An element of `list_cases`.
        position: Its place in the file, from 1, to name it by where it has no id.

    Raises:
        BadInput: names the case and the field.
    """
    name = f"case {position}"
    try:
        fields = Fields(raw, "")
        case_id = _case_id(fields)
        name = f"case {case_id!r}"
        return _case(case_id, fields)
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from None


def _occurrence(fields: Fields) -> OccurrenceId | None:
    found = fields.text_or_none("occurrence")
    return None if found is None else OccurrenceId(found)


def _case(case_id: str | int, fields: Fields) -> DecisionCase:
    event, scan = fields.within("event"), fields.within("scan")
    case = DecisionCase(
        id=case_id,
        rules=GateRules(
            times=_event_times(event),
            zone=_zone_rules(fields.within("zone")),
            only_way=_only_way(scan),
            event_state=event.text_or_none("state") or "",
        ),
        ticket=_ticket_facts(fields.within("ticket")),
        scan=_scan(scan),
        prior_scans=tuple(_prior_scan(one) for one in fields.each_within("prior_scans")),
        expected=_expectation(fields.within_or_none("expected")),
    )
    return msgspec.structs.replace(case, unknown=tuple(fields.unknown()))


def _case_id(fields: Fields) -> str | int:
    raw = fields.get("id")
    if isinstance(raw, str) and raw:
        return raw
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    raise wrong("id", "text or a whole number", raw)


def _expectation(expected: Fields | None) -> Expectation | None:
    if expected is None:
        return None
    admit, reason = expected.get("admit"), expected.get("reason")
    return Expectation(
        admit=None if admit is None else expected.flag("admit"),
        reason=None if reason is None else expected.choice("reason", Reason.OK),
    )


def _event_times(fields: Fields) -> EventTimes:
    timezone = fields.text("timezone")
    starts_at = fields.instant_or_none("starts_at")
    ends_at = fields.instant_or_none("ends_at")
    doors_at = fields.instant_or_none("doors_at")
    try:
        return EventTimes(
            timezone=timezone, starts_at=starts_at, ends_at=ends_at, doors_at=doors_at
        )
    except BadInput as error:
        raise BadInput(f"{fields.path('timezone')}: {error}") from None


def _ticket_facts(fields: Fields) -> TicketFacts:
    known = fields.flag("known", default=True)
    credential = fields.choice("credential", CredentialKind.SIGNED_VALID)
    # Of a code that is nobody's there is nothing to say; any other ticket has an event and type.
    is_some_ticket = known or credential is CredentialKind.SIGNED_VALID
    medium = fields.within_or_none("medium")
    state = fields.choice("state", TicketState.PAID)  # of the row: no credential says it
    return TicketFacts(
        known=known,
        event=fields.text("event") if is_some_ticket else fields.text_or_none("event") or "",
        ticket_type=fields.text("ticket_type")
        if is_some_ticket
        else fields.text_or_none("ticket_type") or "",
        occurrence=_occurrence(fields),
        variant=fields.text_or_none("variant"),
        state=state if known else TicketState.PAID,
        valid_from=fields.instant_or_none("valid_from"),
        valid_until=fields.instant_or_none("valid_until"),
        blocked=fields.flag("blocked"),
        revoked=fields.flag("revoked"),
        credential=credential,
        medium=None if medium is None else _medium(medium),
        persons=fields.persons("persons"),
    )


def _medium(fields: Fields) -> Medium:
    return Medium(active=fields.flag("active"), expires_at=fields.instant_or_none("expires_at"))


def _zone_rules(fields: Fields) -> ZoneRules:
    rule = fields.get("rule")
    return ZoneRules(
        event=fields.text("event"),
        occurrence=_occurrence(fields),
        ticket_types=fields.ids_or_none("ticket_types"),
        admit_pending=fields.flag("admit_pending"),
        multiple_entries=fields.flag("multiple_entries"),
        reentry_after_exit=fields.flag("reentry_after_exit"),
        rule=None if rule is None else parse_rule(rule, fields.path("rule")),
        strict_anti_passback=fields.flag("strict_anti_passback"),
    )


def _prior_scan(fields: Fields) -> UseFact:
    zone = fields.get("zone")
    if zone not in (None, "same", "other"):
        raise wrong(fields.path("zone"), "same or other", zone)
    return UseFact(
        direction=fields.choice("direction", Direction.IN),
        at=fields.instant("at"),
        zone_id=ZoneId(zone if zone == "other" else ""),
        claim_id=ClaimId(fields.text_or_none("scan_id") or ""),
        annulled=fields.flag("annulled"),
        count=fields.persons("count"),
    )


def _scan(fields: Fields) -> ScanFacts:
    return ScanFacts(
        direction=fields.choice("direction", Direction.IN),
        at=fields.instant("at"),
        gate_id=GateId(fields.text_or_none("gate") or ""),
        claim_id=ClaimId(fields.text_or_none("scan_id") or ""),
        count=fields.persons("count"),
        forced=fields.flag("forced"),
        pending_acknowledged=fields.flag("pending_acknowledged"),
    )


def _only_way(fields: Fields) -> Direction | None:
    if fields.get("gate_direction") in (None, "both"):
        return None
    return fields.choice("gate_direction", Direction.IN)
