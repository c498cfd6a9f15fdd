"""What is kept in tables of the journal's database, and reached by its one connection."""

from __future__ import annotations

import apsw


class KeptTable:
    """Reads and writes a table or two; writes belong inside a transaction of the store."""

    def __init__(self, connection: apsw.Connection) -> None:
        """Use the journal database's connection."""
        self._connection = connection
