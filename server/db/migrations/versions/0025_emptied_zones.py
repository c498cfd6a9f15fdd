"""Let claims see when everybody had left a zone, so that what is granted afterwards follows it."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

_PLACES = {"stop": 0, "return": 1, "over": 2}
_EVACUATION, _ZONE, _PHASE, _EMPTIED, _ANNULLED = 0, 1, 2, 5, 6


def upgrade() -> None:
    op.add_column("event_feed", sa.Column("emptied", sa.Text(), nullable=False, server_default=""))
    connection = op.get_bind()
    told = sa.text("SELECT event_id, body FROM feed WHERE kind = 'evacuation' ORDER BY seq")
    newest: dict[str, dict[object, list[object]]] = {}
    for event_id, body in connection.execute(told):
        word = msgspec.msgpack.decode(bytes(body))
        word += [None] * (_EMPTIED - len(word) + 1)
        word += [False] * (_ANNULLED - len(word) + 1)
        by_name = newest.setdefault(event_id, {})
        known = by_name.get(word[_EVACUATION])
        if known is None or _rank(word) > _rank(known):
            by_name[word[_EVACUATION]] = word
    for event_id, words in newest.items():
        emptied: dict[str, int] = {}
        for word in words.values():
            zone_id, at = str(word[_ZONE]), word[_EMPTIED]
            if isinstance(at, int) and not word[_ANNULLED]:
                emptied[zone_id] = max(at, emptied.get(zone_id, at))
        connection.execute(
            sa.text("UPDATE event_feed SET emptied = :emptied WHERE event_id = :event_id"),
            {
                "emptied": ",".join(f"{zone}={at}" for zone, at in sorted(emptied.items())),
                "event_id": event_id,
            },
        )


def _rank(word: list[object]) -> tuple[bool, int, int]:
    at = word[_EMPTIED]
    place = _PLACES.get(str(word[_PHASE]), 2)
    return bool(word[_ANNULLED]), place, at if isinstance(at, int) else -1
