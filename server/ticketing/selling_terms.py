"""How a ticket type is sold beside its list price, as the organizer sets it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

import msgspec

from server.http.body_and_answer_types import Moment
from shared.field_limits import (
    AMOUNT_MAX,
    COMPANIONS_MAX,
    HOST_NAME_SIZE_MAX,
    NAME_SIZE_MAX,
    PLACES_MAX,
)
from shared.seating.seat_map import LABEL_SIZE_MAX

_Minor = Annotated[int, msgspec.Meta(ge=0, le=AMOUNT_MAX)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=1_000)]
_Label = Annotated[str, msgspec.Meta(min_length=1, max_length=LABEL_SIZE_MAX)]
_Labels = Annotated[tuple[_Label, ...], msgspec.Meta(max_length=100)]
_Places = Annotated[int, msgspec.Meta(ge=1, le=PLACES_MAX)]
_Key = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=20,
        pattern="^[a-z0-9][a-z0-9-]*$",
        description="names it for good, in small letters, digits and hyphens, such as early-bird",
    ),
]


PUBLIC_CHANNELS: Final = frozenset({"web"})
"""Whatever is sold by these is bound to what the public may buy; the rest is the staff's."""


class Visibility(StrEnum):
    """To whom a ticket type is sold."""

    PUBLIC = "public"
    STAFF = "staff"
    CODE = "code"


class Tier(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """A price for a time, or for so many tickets.

    Attributes:
        key: Unique within the type; what was counted under a key stays with it.
        name: Shown on screens.
        price_minor: What a ticket costs under it.
        starts_at: From when on it holds; null for always.
        ends_at: Until when, that instant not included; null for always.
        count: For how many tickets; null for any number.
    """

    key: _Key
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_SIZE_MAX)]
    price_minor: _Minor
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    count: _Places | None = None


class SeatTerms(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """Which of the event's seats a type's tickets are for.

    Attributes:
        categories: Of the seats; all where there are none here.
        sections: Of the seats, likewise.
    """

    categories: _Labels = ()
    sections: _Labels = ()


class GuestListTerms(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """What makes a type the list of somebody's guests: they pay nothing, its limit is the list's.

    Attributes:
        host: Whose guests.
        plus_max: So many may come with each of them.
    """

    host: Annotated[str, msgspec.Meta(min_length=1, max_length=HOST_NAME_SIZE_MAX)]
    plus_max: Annotated[int, msgspec.Meta(ge=0, le=COMPANIONS_MAX)] = 0


class SellingTerms(msgspec.Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """How a ticket type is sold; kept as JSON, fields are only added, with defaults.

    Attributes:
        tiers: The first that holds is taken, else the list price.
        fee_minor: Added for each ticket; no discount takes from it.
        tax_basis_points: Tax contained in price and fee: 1,900 are 19 %.
        order_min: Fewer in one order are not sold.
        order_max: More in one order are not sold; null for no such bound.
        seats: Each ticket has a seat of these; null for tickets without reserved seats.
        visibility: Who may buy it: the public, only staff and tills, or whoever has a code for it.
        guest_list: Makes it a guest list, for staff and tills; null for a type that is sold.
    """

    tiers: Annotated[tuple[Tier, ...], msgspec.Meta(max_length=20)] = ()
    fee_minor: _Minor = 0
    tax_basis_points: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    order_min: _Count = 1
    order_max: _Count | None = None
    visibility: Visibility = Visibility.PUBLIC
    seats: SeatTerms | None = None
    guest_list: GuestListTerms | None = None


def selling_to_json(selling: SellingTerms) -> object:
    """Return what the type's `selling` column holds."""
    return msgspec.to_builtins(selling)


def selling_from_json(value: object) -> SellingTerms:
    """Read the type's `selling` column."""
    return msgspec.convert(value, SellingTerms)
