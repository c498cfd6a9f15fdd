"""Instants and durations as mypy tells them apart; when the program runs, both are plain `int`.

The stub beside this file says which sums and differences have a meaning: an instant and a duration
give an instant, two instants a duration, two instants have no sum.
"""

from __future__ import annotations

Instant = int
"""Microseconds since 1970-01-01T00:00:00Z."""

Duration = int
"""Microseconds; may be negative."""
