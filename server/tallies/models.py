"""Tables of the running counts."""

from __future__ import annotations

from sqlalchemy import Identity
from sqlalchemy.orm import Mapped, mapped_column

from server.db.model import Model
from server.db.tenancy import Scoped
from shared.kernel.id_types import EventId


class Tally(Scoped, Model):
    """A running count of an event.

    Attributes:
        stat: What is counted; a `Stat`.
        minute: Minutes since 1970 for what is counted by the minute; 0 for all of it.
        place: A gate, a tender or a ticket type, as the `Stat` says.
        scope: A zone, a verdict or a channel.
        what: A reason or a currency.
        count, amount: How many, and of how much together.
    """

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    stat: Mapped[str] = mapped_column(primary_key=True)
    minute: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    place: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(primary_key=True)
    what: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int]
    amount: Mapped[int]


class TallyNote(Scoped, Model):
    """What a transaction on PostgreSQL changed of running counts, until it is added to them.

    Rows are only inserted by who counts, so that nobody waits for a count that another changes;
    empty on SQLite, where one writes at a time. See `sources.counts_of_notes`.

    Attributes:
        stat: What is counted; with `place`, `scope`, `what`, `count`, `amount` as of a `Tally`.
        minute: 0 for what is not counted by the minute; else it counts for all time too.
        inside, surely_inside: By how many it changes who is inside the zone `scope`: by all that
            is known, by signed journals alone.
    """

    event_id: Mapped[EventId] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(Identity(), primary_key=True)
    stat: Mapped[str]
    minute: Mapped[int]
    place: Mapped[str]
    scope: Mapped[str]
    what: Mapped[str]
    count: Mapped[int]
    amount: Mapped[int]
    inside: Mapped[int] = mapped_column(server_default="0")
    surely_inside: Mapped[int] = mapped_column(server_default="0")
