"""What the desk tells beforehand and the office refuses is the same: no side imports the other."""

from __future__ import annotations

from typing import Any, Final, get_args, get_type_hints

import msgspec
import pytest

from gatekeeper.organizer import (
    audit,
    event_draft,
    guest_lists,
    holds,
    host_lists,
    organization,
    period,
    plan_fields,
    promotions,
    refund_rules,
    retention,
    schedules,
    series,
    ticket_design,
    till_stock,
    vouchers,
)
from gatekeeper.ui.organizer import trial_box
from server import background_limits_and_times as background_limits
from server import limits_and_times as limits
from server.events.pricing_terms import RefundRule
from server.events.recurring import DATES_MAX
from server.http.schema import Name, Text
from server.members.schemas import Address, LegalName, TaxNumber
from server.payments.schemas import Amount, VoucherNote
from server.persons import retention as server_retention
from server.ticketing.hold_routes import Quantity
from server.ticketing.promotion_routes import Uses
from server.ticketing.promotions import CODE_SIZE_MIN
from server.ticketing.selling_terms import GuestListTerms
from server.venues.schemas import Capacity


def bound(kind: Any, name: str) -> int:
    """Return a bound of an annotated kind of value."""
    found = next(one for one in get_args(kind) if isinstance(one, msgspec.Meta))
    limit = getattr(found, name)
    assert isinstance(limit, int)
    return limit


def field(struct: type[msgspec.Struct], name: str) -> Any:
    """Return the annotated kind of a struct's field."""
    return get_type_hints(struct, include_extras=True)[name]


PAIRS: Final = {
    "days that names are kept": (retention.DAYS_MAX, server_retention.DAYS_MAX),
    "a list's bytes": (guest_lists.LIST_SIZE_MAX, background_limits.IMPORT_FILE_MAX),
    "vouchers at once": (vouchers.AT_ONCE_MAX, limits.VOUCHERS_AT_ONCE_MAX),
    "a voucher's note": (vouchers.NOTE_MAX, bound(VoucherNote, "max_length")),
    "a voucher's worth": (vouchers.VALUE_MAX, bound(Amount, "le")),
    "a report's events": (period.EVENTS_MAX, background_limits.REPORT_EVENTS_NAMED_MAX),
    "a report's readers": (
        schedules.RECIPIENTS_MAX,
        background_limits.REPORT_RECIPIENTS_MAX,
    ),
    "the trail's lines": (audit.FILE_LINES_MAX, limits.AUDIT_LINES_MAX),
    "a picture's bytes": (ticket_design.PICTURE_MAX, limits.PICTURE_SENT_MAX),
    "a till's stock": (till_stock.SIZE_MAX, limits.STOCK_SIZE_MAX),
    "a promotion's code": (promotions.CODE_MIN, CODE_SIZE_MIN),
    "a promotion's uses": (promotions.USES_MAX, bound(Uses, "le")),
    "a zone's places": (plan_fields.COUNT_MAX, bound(Capacity, "le")),
    "an event's name": (event_draft.NAME_LENGTH_MAX, bound(Name, "max_length")),
    "a hold's name": (holds.NAME_MAX, bound(Name, "max_length")),
    "a hold's reason": (holds.REASON_MAX, bound(Text, "max_length")),
    "a hold's tickets": (holds.QUANTITY_MAX, bound(Quantity, "le")),
    "a series' dates": (series.TIMES_MAX, DATES_MAX),
    "an organization's legal name": (
        organization.TEXTS_MAX["legal_name"],
        bound(LegalName, "max_length"),
    ),
    "an organization's address": (
        organization.TEXTS_MAX["address"],
        bound(Address, "max_length"),
    ),
    "an organization's tax number": (
        organization.TEXTS_MAX["tax_number"],
        bound(TaxNumber, "max_length"),
    ),
    "a refund's fee": (refund_rules.FEE_MAX, bound(field(RefundRule, "fee_minor"), "le")),
    "a host's name": (host_lists.HOST_MAX, bound(field(GuestListTerms, "host"), "max_length")),
    "a guest's companions": (host_lists.PLUS_MAX, bound(field(GuestListTerms, "plus_max"), "le")),
    "a trial's entries": (trial_box.ENTRIES_MAX, limits.TRIAL_ENTRIES_MAX),
}


@pytest.mark.parametrize("what", PAIRS)
def test_the_desk_says_no_where_the_office_does(what: str) -> None:
    """Neither is somebody asked for less than is taken, nor sent away after they have waited."""
    desk, office = PAIRS[what]
    assert desk == office
