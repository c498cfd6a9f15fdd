"""Let claims see which zones are being evacuated, and let the limit of guesses begin low."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa
from alembic import op

from server.db.migrations.column_helpers import JSON

revision = "0017"
down_revision = "0016"

_GUESSES = "manual_guesses_per_minute"
_FORMER_GUESSES = 20
"""What the setting said while it did nothing; no organizer has chosen by it."""

_PLACES = {"stop": 0, "return": 1, "over": 2}


def upgrade() -> None:
    op.add_column("event_feed", sa.Column("stopped", sa.Text(), nullable=False, server_default=""))
    connection = op.get_bind()
    latest: dict[str, dict[str, list[object]]] = {}
    told = sa.text("SELECT event_id, body FROM feed WHERE kind = 'evacuation' ORDER BY seq")
    for event_id, body in connection.execute(told):
        word = msgspec.msgpack.decode(bytes(body))
        by_name = latest.setdefault(event_id, {})
        known = by_name.get(word[0])
        if known is None or _PLACES.get(str(known[2]), 2) <= _PLACES.get(word[2], 2):
            by_name[word[0]] = word
    for event_id, words in latest.items():
        current: dict[str, tuple[object, ...]] = {}
        for word in words.values():
            if word[2] in {"stop", "return"}:
                place = (word[4], word[0], word[2])
                current[str(word[1])] = max(current.get(str(word[1]), place), place)
        zones = sorted(zone for zone, (_, _, phase) in current.items() if phase == "stop")
        connection.execute(
            sa.text("UPDATE event_feed SET stopped = :zones WHERE event_id = :event_id"),
            {"zones": ",".join(zones), "event_id": event_id},
        )
    _begin_low(connection)


def _begin_low(connection: sa.Connection) -> None:
    """Forget the number that stood in each event's policy by default."""
    events = sa.table("event", sa.column("id", sa.Text()), sa.column("policy", JSON))
    for event_id, policy in connection.execute(sa.select(events.c.id, events.c.policy)).all():
        if policy.get(_GUESSES) == _FORMER_GUESSES:
            said = {key: value for key, value in policy.items() if key != _GUESSES}
            changed = sa.update(events).where(events.c.id == event_id).values(policy=said)
            connection.execute(changed)
