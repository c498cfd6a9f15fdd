"""How many persons this device let in, and how many scans it turned away, per gate."""

from __future__ import annotations

from gatekeeper.store.kept_table import KeptTable
from shared.kernel.id_types import EventId, GateId


class GateCounts(KeptTable):
    """The table of counts; writes belong inside a transaction of the store."""

    def add(
        self, event_id: EventId, gate_id: GateId, *, admitted: int = 0, denied: int = 0
    ) -> None:
        """Add to a gate's counts; a negative number takes back."""
        self._connection.execute(
            "INSERT INTO gate_count VALUES (?, ?, ?, ?) ON CONFLICT (event_id, gate_id)"
            " DO UPDATE SET admitted=admitted+excluded.admitted, denied=denied+excluded.denied",
            (event_id, gate_id, admitted, denied),
        )

    def get(self, event_id: EventId, gate_id: GateId) -> tuple[int, int]:
        """Return a gate's persons admitted and scans turned away."""
        row = self._connection.execute(
            "SELECT admitted, denied FROM gate_count WHERE event_id=? AND gate_id=?",
            (event_id, gate_id),
        ).fetchone()
        return (0, 0) if row is None else (int(row[0]), int(row[1]))
