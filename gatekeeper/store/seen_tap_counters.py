"""The highest tap counter that this device has seen of each NFC tag that counts its taps."""

from __future__ import annotations

import apsw

from gatekeeper.store.kept_table import fetch_rows


class TapCounters:
    """The table of counters. Fulfils `gatekeeper.readers.nfc.tag_presenting.SunCounters`.

    A counter holds from the moment it is remembered; it becomes durable in the transaction of the
    scan that it belongs to, so that a tap costs one commit and not two. If power fails in between,
    nobody was answered on it.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        """Use the journal database's connection."""
        self._connection = connection
        self._fresh: dict[bytes, int] = {}

    def highest(self, uid: bytes) -> int | None:
        """Return the highest counter seen, or None."""
        rows = fetch_rows(self._connection, "SELECT counter FROM tap_counter WHERE uid=?", (uid,))
        known = [row[0] for row in rows]
        if uid in self._fresh:
            known.append(self._fresh[uid])
        return max(known, default=None)

    def remember(self, uid: bytes, counter: int) -> None:
        """Take a counter; one below the highest changes nothing."""
        self._fresh[uid] = max(counter, self._fresh.get(uid, counter))

    def save(self) -> None:
        """Write what was remembered; inside a transaction, and again if that one fails."""
        for uid, counter in self._fresh.items():
            self._connection.execute(
                "INSERT INTO tap_counter VALUES (?, ?)"
                " ON CONFLICT (uid) DO UPDATE SET counter=max(counter, excluded.counter)",
                (uid, counter),
            )

    def settle(self) -> None:
        """Take note that the transaction that saved the counters is durable."""
        self._fresh.clear()
