"""How long, and how many of, the records that go by themselves are kept; what else there is stays.

`docs/operations.md`, "What grows", tells those who run a server. How long the names of guests
stay is each organization's own word: `server/persons/retention.py`.
"""

from __future__ import annotations

from typing import Final

from shared.kernel.instant import DAY, HOUR, Duration

JOBS_KEPT: Final[Duration] = 30 * DAY
"""How long a job that is done can be looked at."""
DEAD_JOBS_KEPT: Final[Duration] = 366 * DAY
"""How long one that failed can be tried again: what it is about may stand still without it."""
WEBHOOK_KEPT: Final[Duration] = 30 * DAY
"""How long webhooks' messages, deliveries and attempts can be looked at."""
DENIED_CLAIMS_KEPT: Final[Duration] = 24 * HOUR
"""How long a refused claim's answer is kept for retries; decided anew, it is the same but for
what has changed since."""
ENROLMENT_CODES_KEPT: Final[Duration] = 90 * DAY
"""How long after its end a code's row is kept, used or not; the next one's issue sweeps them."""
TICKET_FILES_KEPT: Final[Duration] = DAY
"""How long finished files of tickets can be fetched: whoever has them has the tickets."""
REPORT_RUNS_KEPT: Final = 30
"""Of each schedule of reports, the latest, with what became of each mail."""
