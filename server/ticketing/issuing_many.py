"""Issuing very many tickets of one type: constants go once, ids as one array per statement.

A million rows take seconds. COPY is no way: PostgreSQL refuses it under row-level security.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import msgspec
from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import BigInteger, Text

from server.db.column_types import ticket_id_to_sql
from server.db.unit import Unit
from server.events.events_and_dates import touch_plan
from server.ticketing.finding_and_changing_tickets import draw_manual_codes, new_ticket_ids
from server.ticketing.inventory import take_stock
from server.ticketing.models import TicketType
from shared.kernel.id_types import TicketId

BATCH: Final = 50_000
BULK_MAX: Final = 5_000_000

_COLUMNS: Final = (
    "INSERT INTO ticket (event_id, ticket_id, organization_id, order_id, ticket_type_id,"
    " occurrence_id, variant, state, blocked, generation, valid_from, valid_until, persons,"
    " home_device_id, manual_code, updated_seq, created_at)"
    " SELECT :event_id, {id}, :organization_id, NULL, :ticket_type_id, :occurrence_id,"
    " NULL, 'paid', :blocked, 1, :valid_from, :valid_until, :persons, NULL, {code}, 0,"
    " :created_at FROM {source}"
)
_SQLITE: Final = text(
    _COLUMNS.format(
        id="json_extract(drawn.value, '$[0]')",
        code="json_extract(drawn.value, '$[1]')",
        source="json_each(:pairs) drawn",
    )
)
_POSTGRES: Final = text(
    _COLUMNS.format(
        id="drawn.id",
        code="drawn.code",
        source="unnest(:ids, :codes) AS drawn (id, code)",
    )
).bindparams(
    bindparam("ids", type_=ARRAY(BigInteger)),
    bindparam("codes", type_=ARRAY(BigInteger)),
    *(
        bindparam(name, type_=Text)
        for name in (
            "event_id",
            "organization_id",
            "ticket_type_id",
            "occurrence_id",
        )
    ),
    *(
        bindparam(name, type_=BigInteger)
        for name in ("valid_from", "valid_until", "persons", "created_at")
    ),
)


async def issue_many(
    unit: Unit,
    ticket_type: TicketType,
    count: int,
    *,
    has_manual_codes: bool = False,
) -> AsyncIterator[list[TicketId]]:
    """Issue `count` paid tickets of no order and yield their ids, batch by batch, each in order.

    They are not announced one by one: the plan's version is raised, and gates fetch a new
    manifest. Their stock is taken first.

    Raises:
        Problem: `sold-out`.
    """
    assert 0 < count <= BULK_MAX
    await touch_plan(unit, ticket_type.event_id)  # the event before its stock, like whoever sells
    await take_stock(unit, ticket_type.event_id, ticket_type.id, count)
    # Past the scoping of queries: the organization is named in the statement.
    connection = await unit.session.connection()
    is_sqlite = connection.dialect.name == "sqlite"
    constants = {
        "event_id": ticket_type.event_id,
        "organization_id": unit.organization_id,
        "ticket_type_id": ticket_type.id,
        "occurrence_id": ticket_type.occurrence_id,
        "blocked": False,
        "valid_from": ticket_type.valid_from,
        "valid_until": ticket_type.valid_until,
        "persons": ticket_type.persons,
        "created_at": unit.now,
    }
    left = count
    while left:
        size = min(left, BATCH)
        drawn = new_ticket_ids(unit.entropy, size)
        ids = [ticket_id_to_sql(ticket_id) for ticket_id in drawn]
        codes: list[int | None] = [None] * size
        if has_manual_codes:
            codes = list(await draw_manual_codes(unit, ticket_type.event_id, size))
        if is_sqlite:
            pairs = msgspec.json.encode(list(zip(ids, codes, strict=True))).decode()
            await connection.execute(_SQLITE, constants | {"pairs": pairs})
        else:
            await connection.execute(_POSTGRES, constants | {"ids": ids, "codes": codes})
        left -= size
        yield drawn
