"""What a fiscal signer answered for each sale: durable before the receipt is printed."""

from __future__ import annotations

from gatekeeper.store.kept_table import KeptTable, fetch_rows


class FiscalOutcomes(KeptTable):
    """The table of outcomes; writes belong inside a transaction of the store.

    A row without an outcome is a sale for which the signer was being asked.
    """

    def ask(self, about: str, handle: bytes) -> None:
        """Take note that the signer is about to be asked."""
        self._connection.execute(
            "INSERT INTO fiscal_outcome (about, handle, outcome, late) VALUES (?, ?, NULL, NULL)"
            " ON CONFLICT (about) DO NOTHING",
            (about, handle),
        )

    def settle(self, about: str, outcome: bytes) -> None:
        """Keep the outcome; the first one stands."""
        self._connection.execute(
            "UPDATE fiscal_outcome SET outcome=? WHERE about=? AND outcome IS NULL",
            (outcome, about),
        )

    def add_late(self, about: str, answer: bytes) -> None:
        """Keep what the signer said after the receipt was settled without it."""
        self._connection.execute("UPDATE fiscal_outcome SET late=? WHERE about=?", (answer, about))

    def get(self, about: str) -> bytes | None:
        """Return a sale's outcome, or None where there is none yet."""
        rows = fetch_rows(
            self._connection, "SELECT outcome FROM fiscal_outcome WHERE about=?", (about,)
        )
        return rows[0][0] if rows else None

    def list_asked(self) -> list[tuple[str, bytes]]:
        """Return sale and handle of each that was asked for and has no outcome."""
        rows = fetch_rows(
            self._connection,
            "SELECT about, handle FROM fiscal_outcome WHERE outcome IS NULL ORDER BY about",
        )
        return [(about, handle) for about, handle in rows]
