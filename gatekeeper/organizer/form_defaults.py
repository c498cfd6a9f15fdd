"""What the desk's forms propose until somebody says otherwise: hours, days, repetitions."""

from __future__ import annotations

from typing import Final

EVENING_HOURS_PROPOSED: Final = (0.0, 1.5, 5.0)
"""Of a new event's evening, after its doors open: doors, beginning and end."""
REPETITIONS_PROPOSED: Final = 8
"""How often a date is repeated."""
PLUS_PROPOSED: Final = 0
"""How many a guest on a list may bring."""
REPORT_HOUR_PROPOSED: Final = "08:00"
"""At which a report is mailed: it lies there when the office opens."""
NAMES_KEPT_DAYS_PROPOSED: Final = 90
"""After how many days from an event guests' names go, while the organization has no rule."""
API_KEY_DAYS_PROPOSED: Final = 365
"""After how many days a new key of a program ends."""
