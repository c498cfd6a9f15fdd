"""From when on a gate, a till and the desk's board say that a disk or a battery is low."""

from __future__ import annotations

from typing import Final

FREE_BYTES_MIN: Final = 500_000_000
"""Free on the disk: an evening's journal and a new manifest, many times over."""
DISK_LOW_BYTES: Final = 100_000_000
"""Left of the disk: some hours of scans. From then on a gate's screen asks for more, before it has
to stop with holders before it."""
BATTERY_MIN: Final = 20
"""Percent at which a machine without a cable needs one: about an hour of a tablet's."""
