"""Which fields each thing of a plan has in a form, and of what shape. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec

from gatekeeper.organizer.prepare.guest_list_terms import GUEST_LIST
from gatekeeper.organizer.prepare.plan_client import PlanKind
from shared.field_limits import PLACES_MAX


class Shape(StrEnum):
    """How a field is filled in."""

    TEXT = "text"
    TIMEZONE = "timezone"
    NUMBER = "number"
    LIMIT = "limit"
    PRICE = "price"
    PERCENT = "percent"
    YES = "yes"
    MOMENT = "moment"
    CHOICE = "choice"
    ONE_OF = "one_of"
    MANY = "many"
    RULE = "rule"
    TIERS = "tiers"
    REFUNDS = "refunds"
    COUNTRY = "country"
    HOST = "host"
    QUESTIONS = "questions"


class FieldSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a form.

    Attributes:
        path: As `merging_edits.flatten` has it.
        default: What it is where the server has not said it yet.
        choices: Of `CHOICE`: the API's words, or None.
        of: Of `ONE_OF` and `MANY`: the kind of thing that is chosen.
        is_needed: Never empty.
    """

    path: str
    shape: Shape
    default: Any = None
    choices: tuple[str | None, ...] = ()
    of: PlanKind | None = None
    least: int = 0
    most: int = PLACES_MAX
    is_needed: bool = False


_NAME: Final = FieldSpec(path="name", shape=Shape.TEXT, default="", is_needed=True)
_DATE: Final = FieldSpec(path="occurrence_id", shape=Shape.ONE_OF, of=PlanKind.DATE)
_ROUNDINGS: Final = ("sum_by_net_keep_gross", "sum_by_net", "line")
_POLICIES: Final = ("open", "home", "supervisor", "closed")

SPECS: Final[Mapping[PlanKind, tuple[FieldSpec, ...]]] = {
    PlanKind.EVENT: (
        _NAME,
        FieldSpec(path="timezone", shape=Shape.TIMEZONE, is_needed=True),
        FieldSpec(path="policy.offline_policy", shape=Shape.CHOICE, choices=_POLICIES),
        FieldSpec(path="policy.names_at_gates", shape=Shape.YES, default=False),
        FieldSpec(path="policy.stewards_may_search", shape=Shape.YES, default=False),
        FieldSpec(path="policy.claim_budget_ms", shape=Shape.NUMBER, default=0, most=10_000),
        FieldSpec(
            path="pricing.tax_rounding",
            shape=Shape.CHOICE,
            default=_ROUNDINGS[0],
            choices=_ROUNDINGS,
        ),
        FieldSpec(path="pricing.country", shape=Shape.COUNTRY),
        FieldSpec(path="pricing.refunds", shape=Shape.REFUNDS, default=[]),
        FieldSpec(path="pricing.transfers", shape=Shape.YES, default=True),
        FieldSpec(path="pricing.transfers_until", shape=Shape.MOMENT),
    ),
    PlanKind.DATE: (
        _NAME,
        FieldSpec(path="doors_at", shape=Shape.MOMENT),
        FieldSpec(path="starts_at", shape=Shape.MOMENT, is_needed=True),
        FieldSpec(path="ends_at", shape=Shape.MOMENT),
    ),
    PlanKind.ZONE: (
        _NAME,
        FieldSpec(path="capacity", shape=Shape.LIMIT),
        _DATE,
        FieldSpec(path="ticket_type_ids", shape=Shape.MANY, of=PlanKind.TYPE),
        FieldSpec(path="reentry_after_exit", shape=Shape.YES, default=True),
        FieldSpec(path="multiple_entries", shape=Shape.YES, default=False),
        FieldSpec(path="strict_anti_passback", shape=Shape.YES, default=False),
        FieldSpec(path="admit_pending", shape=Shape.YES, default=False),
        FieldSpec(path="rule", shape=Shape.RULE),
    ),
    PlanKind.GATE: (
        _NAME,
        FieldSpec(path="zone_id", shape=Shape.ONE_OF, of=PlanKind.ZONE, is_needed=True),
        FieldSpec(path="direction", shape=Shape.CHOICE, choices=("both", "in", "out")),
        FieldSpec(path="lanes", shape=Shape.NUMBER, default=1, least=1, most=100),
    ),
    PlanKind.TYPE: (
        _NAME,
        FieldSpec(path="price_minor", shape=Shape.PRICE, default=0),
        FieldSpec(path="quantity_limit", shape=Shape.LIMIT),
        _DATE,
        FieldSpec(path="persons", shape=Shape.NUMBER, default=1, least=1, most=1_000),
        FieldSpec(path="check_id", shape=Shape.YES, default=False),
        FieldSpec(path="questions", shape=Shape.QUESTIONS, default=[]),
        FieldSpec(path="offline_policy", shape=Shape.CHOICE, choices=(None, *_POLICIES)),
        FieldSpec(path="sales_from", shape=Shape.MOMENT),
        FieldSpec(path="sales_until", shape=Shape.MOMENT),
        FieldSpec(path="valid_from", shape=Shape.MOMENT),
        FieldSpec(path="valid_until", shape=Shape.MOMENT),
        FieldSpec(path="selling.tiers", shape=Shape.TIERS, default=[]),
        FieldSpec(path="selling.fee_minor", shape=Shape.PRICE, default=0),
        FieldSpec(path="selling.tax_basis_points", shape=Shape.PERCENT, default=0, most=10_000),
        FieldSpec(path="selling.order_min", shape=Shape.NUMBER, default=1, least=1, most=1_000),
        FieldSpec(path="selling.order_max", shape=Shape.LIMIT, least=1, most=1_000),
        FieldSpec(
            path="selling.visibility",
            shape=Shape.CHOICE,
            default="public",
            choices=("public", "staff", "code"),
        ),
        FieldSpec(path=GUEST_LIST, shape=Shape.HOST),
    ),
    PlanKind.VENUE: (
        _NAME,
        FieldSpec(path="timezone", shape=Shape.TIMEZONE, is_needed=True),
        FieldSpec(path="address", shape=Shape.TEXT, default=""),
    ),
}
"""The form of each kind, in its order."""


def find_spec(kind: PlanKind, path: str) -> FieldSpec | None:
    """Return a field of a kind's form; None for one that only the API sets."""
    return next((spec for spec in SPECS[kind] if spec.path == path), None)
