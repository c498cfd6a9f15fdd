"""A till says who a sale of its was for; `POST /sync/v1/buyers`, JSON, answered with nothing."""

from __future__ import annotations

from typing import Annotated

import msgspec

from shared.journal.bounds import GivenKeyedIdOf, GivenKeyedName
from shared.kernel.id_types import EventId
from shared.manifest.sealed_names_for_search import HOLDER_NAME_SIZE_MAX

_Name = Annotated[
    str, msgspec.Meta(min_length=1, max_length=HOLDER_NAME_SIZE_MAX, pattern=r"^[^\x00]*$")
]


class BuyerNote(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who a sale was for. It travels beside the journal, whose entries name nobody.

    Attributes:
        event_id: Of the sale.
        sale_id: Of a sale of the till that says so.
        name: The guest's. The first one that comes stays.
    """

    event_id: GivenKeyedIdOf[EventId]
    sale_id: GivenKeyedName
    name: _Name
