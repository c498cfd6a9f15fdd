"""What a card terminal was asked for: written before it is asked, whatever dies in between."""

from __future__ import annotations

from gatekeeper.store.kept_table import KeptTable, fetch_rows
from gatekeeper.store.single_values import read_bytes, read_number, write_bytes, write_number

_SETUP = "terminal_setup"
_DAY = "terminal_day"
_SETTLED = "terminal_settled"


class CardAttempts(KeptTable):
    """The table of attempts; writes belong inside a transaction of the store."""

    def put(self, name: str, record: bytes, *, is_open: bool) -> None:
        """Keep an attempt, or what became of it.

        Args:
            name: Of the payment, for good.
            record: What its owner wants back.
            is_open: Nobody knows yet what became of it.
        """
        self._connection.execute(
            "INSERT INTO card_attempt (name, record, is_open) VALUES (?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET record=excluded.record, is_open=excluded.is_open",
            (name, record, int(is_open)),
        )

    def get(self, name: str) -> bytes | None:
        """Return an attempt's record, or None where nothing was ever asked under that name."""
        rows = fetch_rows(
            self._connection, "SELECT record FROM card_attempt WHERE name=?", (name,)
        )
        return bytes(rows[0][0]) if rows else None

    def get_newest(self) -> bytes | None:
        """Return the record of the attempt that was kept first most lately, or None."""
        rows = fetch_rows(
            self._connection, "SELECT record FROM card_attempt ORDER BY rowid DESC LIMIT 1", ()
        )
        return bytes(rows[0][0]) if rows else None

    def list_open(self) -> list[bytes]:
        """Return the attempts of which nobody knows what became of them, the oldest first."""
        rows = fetch_rows(
            self._connection, "SELECT record FROM card_attempt WHERE is_open=1 ORDER BY rowid", ()
        )
        return [bytes(record) for (record,) in rows]

    def read_setup(self) -> bytes | None:
        """Return the till's terminal as it was set up; None for none, b"" for none any more."""
        return read_bytes(self._connection, _SETUP)

    def write_setup(self, setup: bytes) -> None:
        """Keep the till's terminal."""
        write_bytes(self._connection, _SETUP, setup)

    def read_day(self) -> bytes | None:
        """Return what the terminal has settled for a shift, or None."""
        return read_bytes(self._connection, _DAY)

    def write_day(self, day: bytes) -> None:
        """Keep what the terminal has settled."""
        write_bytes(self._connection, _DAY, day)

    def note_settled(self) -> None:
        """Keep that the terminal settles all that it was asked for until now."""
        ((newest,),) = fetch_rows(
            self._connection, "SELECT coalesce(max(rowid), 0) FROM card_attempt", ()
        )
        write_number(self._connection, _SETTLED, newest)

    def is_settled(self, name: str) -> bool:
        """Tell whether the terminal was let settle its day since it was asked for a payment."""
        settled = read_number(self._connection, _SETTLED) or 0
        query = "SELECT rowid <= ? FROM card_attempt WHERE name=?"
        return any(
            is_before for (is_before,) in fetch_rows(self._connection, query, (settled, name))
        )
