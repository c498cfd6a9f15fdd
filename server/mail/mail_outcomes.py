"""What becomes of a mail that is handed over once, never again where it may have arrived. Pure."""

from __future__ import annotations

from typing import Final

from server.jobs.job_outcomes import Done, Failed, Outcome, Refused
from server.jobs.retry_delays_of_jobs_and_webhooks import delay_after
from server.mail.smtp import SILENT

OPEN: Final = frozenset({"waiting", "handing", "refused"})
"""What a mail's row tells while its job may still do something: one that was refused for good is
tried again where a person says so."""


def settle_handing(outcome: Outcome, attempts: int) -> tuple[str, Outcome]:
    """Say what a mail's row is to tell, and how its job ends.

    Args:
        outcome: Of handing it to the mail server.
        attempts: That failed before this one.

    Returns:
        `sent`, `doubtful` (it may have arrived: the job is done), `refused` for good, or
        `waiting` for another attempt; and the job's outcome.
    """
    match outcome:
        case Done():
            return "sent", outcome
        case Failed(said) if said == SILENT:
            return "doubtful", Done(said)
        case Failed() if delay_after(attempts + 1, 0) is None:
            return "refused", outcome
        case Refused():
            return "refused", outcome
        case _:
            return "waiting", outcome


def may_tell(told: str, then: str) -> bool:
    """Tell whether a mail's row may tell what the worker that handed it over has found out.

    Args:
        told: What the row tells. Its worker's lease may have ended meanwhile, and another have
            called it doubtful and its job done: then nobody makes another attempt.
        then: As `settle_handing` says.
    """
    return told == "handing" or (told == "doubtful" and then != "waiting")
