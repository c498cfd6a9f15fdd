"""What was given to printers, and what became of it: one row for each job.

A job has a transaction of its own: a sale stands whatever becomes of its paper.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final

import msgspec

from gatekeeper.store.kept_table import KeptTable, fetch_rows
from gatekeeper.store.single_values import read_bytes, write_bytes
from shared.kernel.instant import Instant


class JobState(StrEnum):
    """What is known of a job."""

    QUEUED = "queued"
    """Nothing of it was sent yet."""
    PRINTING = "printing"
    """It is being sent, or its answer is awaited."""
    PRINTED = "printed"
    OUT_OF_PAPER = "out_of_paper"
    """Nothing of it was sent: the printer has no paper."""
    HALF_PRINTED = "half_printed"
    """A part of it may be on paper."""
    GONE = "gone"
    """Nothing of it was sent: the printer cannot be used now; the reason says why."""
    UNKNOWN = "unknown"
    """All of it was sent, and nothing says whether it was printed."""
    DROPPED = "dropped"
    """Somebody said that it is no longer needed."""


WAITING: Final = frozenset({JobState.QUEUED, JobState.OUT_OF_PAPER, JobState.GONE})
"""Nothing was sent: the job is sent again by itself."""
ASKING: Final = frozenset({JobState.HALF_PRINTED, JobState.UNKNOWN})
"""Only a person can tell whether the paper is good."""


class PrintJob(msgspec.Struct, frozen=True, kw_only=True):
    """A paper that a till was to print, and what is known of it.

    Attributes:
        number: From 1, per till.
        about: What it belongs to: a sale's id, a shift's id, a ticket's id.
        kind: Of the document: `ticket`, `receipt`, `report` or `badge`.
        document: As `gatekeeper.printing.documents` encodes it; empty once it was forgotten.
        printer: What it is printed by, as it was set up.
        state: What is known.
        reason: Why it is in this state, or "".
        copy: 0 for the first print; a further one is marked as copy 1, 2 …
        sends: How often bytes were sent.
        made_at: When it was asked for.
        changed_at: When its state changed last.
        confirmed_by: `printer`, `cashier`, `picture` where it was drawn for a display, or "" while
            nobody has confirmed it.
    """

    number: int
    about: str
    kind: str
    document: bytes
    printer: str
    state: JobState = JobState.QUEUED
    reason: str = ""
    copy: int = 0
    sends: int = 0
    made_at: Instant
    changed_at: Instant
    confirmed_by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done about it."""
        return self.state not in _ENDED


_ENDED: Final = frozenset({JobState.PRINTED, JobState.DROPPED})
_SETUP: Final = "printer_setup"
_COLUMNS: Final = (
    "number, about, kind, document, printer, state, reason, copy, sends, made_at, changed_at,"
    " confirmed_by"
)


class PrintJobs(KeptTable):
    """The table of jobs; writes belong inside a transaction of the store."""

    def add(
        self, *, about: str, kind: str, document: bytes, printer: str, at: Instant, copy: int = 0
    ) -> int:
        """Add a job that is queued; return its number."""
        rows = fetch_rows(
            self._connection,
            "INSERT INTO print_job (about, kind, document, printer, state, reason, copy, sends,"
            " made_at, changed_at, confirmed_by) VALUES (?, ?, ?, ?, 'queued', '', ?, 0, ?, ?, '')"
            " RETURNING number",
            (about, kind, document, printer, copy, at, at),
        )
        return int(rows[0][0])

    def put(self, job: PrintJob) -> None:
        """Keep what has become of a job."""
        self._connection.execute(
            "UPDATE print_job SET document=?, printer=?, state=?, reason=?, copy=?, sends=?,"
            " changed_at=?, confirmed_by=? WHERE number=?",
            (
                job.document,
                job.printer,
                job.state.value,
                job.reason,
                job.copy,
                job.sends,
                job.changed_at,
                job.confirmed_by,
                job.number,
            ),
        )

    def get(self, number: int) -> PrintJob | None:
        """Return a job, or None."""
        found = self._read("WHERE number=?", (number,))
        return found[0] if found else None

    def list_open(self) -> list[PrintJob]:
        """Return the jobs about which something is still to be done, oldest first."""
        return self._read("WHERE state NOT IN ('printed', 'dropped') ORDER BY number", ())

    def list_about(self, about: str) -> list[PrintJob]:
        """Return the jobs of a sale, a shift or a ticket, oldest first."""
        return self._read("WHERE about=? ORDER BY number", (about,))

    def forget(self, *, keep: int) -> None:
        """Remove jobs about which nothing is to be done, except the newest ones."""
        self._connection.execute(
            "DELETE FROM print_job WHERE state IN ('printed', 'dropped')"
            " AND number <= (SELECT max(number) FROM print_job) - ?",
            (keep,),
        )

    def may_have_forgotten(self, at: Instant, *, keep: int) -> bool:
        """Tell whether a job that was made at a time may be among those that were removed."""
        rows = fetch_rows(
            self._connection,
            "SELECT min(number) > 1 AND made_at >= ? FROM print_job"
            " WHERE number > (SELECT max(number) FROM print_job) - ?",
            (at, keep),
        )
        return bool(rows[0][0])

    def read_setup(self) -> bytes | None:
        """Return the till's printer as it was set up, or None."""
        return read_bytes(self._connection, _SETUP)

    def write_setup(self, setup: bytes) -> None:
        """Keep the till's printer."""
        write_bytes(self._connection, _SETUP, setup)

    def _read(self, where: str, bindings: tuple[Any, ...]) -> list[PrintJob]:
        rows = fetch_rows(
            self._connection,
            f"SELECT {_COLUMNS} FROM print_job {where}",  # noqa: S608 - our own words
            bindings,
        )
        return [_job(row) for row in rows]


def _job(row: tuple[Any, ...]) -> PrintJob:
    number, about, kind, document, printer, state, reason, copy, sends, made, changed, by = row
    return PrintJob(
        number=number,
        about=about,
        kind=kind,
        document=document,
        printer=printer,
        state=JobState(state),
        reason=reason,
        copy=copy,
        sends=sends,
        made_at=Instant(made),
        changed_at=Instant(changed),
        confirmed_by=by,
    )
