"""Every error answer of the server: RFC 9457 problem details, made in this file only.

`{"type", "title", "status", "detail", "errors": [{"field", "message"}], "request_id"}`. The
title is fixed for a type; the detail is for this occurrence. Neither ever holds an exception's
text, a statement, or what a client sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from server.database_errors import is_disk_full
from shared.kernel.errors import BadInput, GatekeeperError, Rejected, StoreFault
from shared.wire.work_reasons import WorkReason

TYPE_ROOT: Final = "/docs/problems/"
"""Where the server that answered explains its problem types; the `type` of a problem is an address
relative to the request's (RFC 9457, section 3.1.1), with its whole path."""
MEDIA_TYPE: Final = "application/problem+json"


class FieldError(msgspec.Struct, frozen=True):
    """One wrong field: its path, such as `lines[0].quantity`, and what is wrong.

    Attributes:
        because: What is wrong by a code with values, where that has one.
    """

    field: str
    message: str
    because: WorkReason | msgspec.UnsetType = msgspec.UNSET


class Change(msgspec.Struct, frozen=True):
    """Who changed something, and when; `by` is empty where that is not known any more."""

    by: str
    at: datetime


class ProblemBody(msgspec.Struct, frozen=True, kw_only=True):
    """The body of every error answer.

    Attributes:
        change: Of `changed-meanwhile`: the other one's change.
        because: The detail by a code with values, where it has one; codes are never renamed.
    """

    type: str
    title: str
    status: int
    detail: str
    errors: Sequence[FieldError] = ()
    request_id: str = ""
    change: Change | msgspec.UnsetType = msgspec.UNSET
    because: WorkReason | msgspec.UnsetType = msgspec.UNSET


TITLES: Final[dict[str, tuple[int, str]]] = {
    "bad-request": (400, "The request cannot be understood"),
    "invalid-fields": (422, "Some fields are wrong"),
    "unauthenticated": (401, "Sign in first"),
    "second-factor-needed": (401, "A code is needed as well as the password"),
    "second-factor-wrong": (401, "The second-factor code is wrong"),
    "unproven": (401, "The request is not proven to come from the device"),
    "forbidden": (403, "Your role does not allow this"),
    "second-factor-missing": (403, "This organization requires a second factor"),
    "device-revoked": (403, "This device has been revoked"),
    "not-found": (404, "Not found"),
    "method-not-allowed": (405, "This address does not accept that method"),
    "too-slow": (408, "The request took too long to arrive"),
    "conflict": (409, "This is not possible in the current state"),
    "plan-frozen": (409, "The plan is frozen: it has been handed to gates"),
    "quota-exceeded": (409, "There are too many of these already"),
    "sold-out": (409, "Not enough tickets are left"),
    "seat-taken": (409, "A seat you asked for is taken"),
    "no-mail-server": (409, "No mail server is set up"),
    "claim-id-reused": (409, "This claim id was already used for something else"),
    "gone": (410, "This is no longer available"),
    "changed-meanwhile": (412, "Someone changed this in the meantime"),
    "too-large": (413, "The request is too large"),
    "unsupported-media-type": (415, "This content type is not accepted here"),
    "too-many-requests": (429, "Too many requests"),
    "headers-too-large": (431, "The headers are too large"),
    "internal": (500, "Something went wrong on our side"),
    "unavailable": (503, "The server cannot answer at the moment"),
    "ledger-closed": (503, "The ledger is closed"),
    "ledger-behind": (503, "The ledger cannot grant claims at the moment"),
}
"""Each type's status and title. A type is never renamed; new ones are added."""

# The first type of each status is the general one.
_BY_STATUS: Final = {status: slug for slug, (status, _) in reversed(TITLES.items())}


_OF_PEOPLE: Final = {"unauthenticated", "second-factor-needed", "second-factor-wrong"}


class Problem(Rejected):
    """Raised anywhere below the routes to answer with a problem.

    Attributes:
        slug: The last part of the problem's `type`; a key of `TITLES`.
        errors: Wrong fields, if any.
        retry_after_s: Sent as `Retry-After`.
        change: The other one's change, where one came between.
        because: The detail by code, where it has one.
    """

    def __init__(
        self,
        slug: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        retry_after_s: int | None = None,
        change: Change | None = None,
        because: WorkReason | None = None,
    ) -> None:
        super().__init__(detail, problem=slug, status=TITLES[slug][0])
        self.slug = slug
        self.detail = detail
        self.errors = tuple(errors)
        self.retry_after_s = retry_after_s
        self.change = change
        self.because = because

    def __str__(self) -> str:
        """Say it in one sentence, wrong fields by name: a command line shows nothing else."""
        named = "; ".join(f"{one.field} {one.message}" for one in self.errors)
        return named or self.detail


def refuse(slug: str, code: str, **values: int | str) -> Problem:
    """Make a problem of a code's sentence, which desks say in their own language."""
    return for_reason(slug, WorkReason(code, values))


def for_reason(slug: str, because: WorkReason) -> Problem:
    """Make a problem of a reason that has a code."""
    return Problem(slug, str(because), because=because)


def wait_first(seconds: int) -> Problem:
    """Make the answer for whoever asks too fast."""
    because = WorkReason("pace.wait", {"count": seconds})
    return Problem("too-many-requests", str(because), retry_after_s=seconds, because=because)


def not_found(what: str) -> Problem:
    """Make the answer for what does not exist, or is another organization's."""
    return Problem("not-found", f"There is no such {what}.")


def wrong_field(field: str, message: str, because: WorkReason | None = None) -> Problem:
    """Make the answer for one wrong field."""
    error = FieldError(field, message, because or msgspec.UNSET)
    return Problem("invalid-fields", "Correct the named field.", errors=[error])


def wrong_fields(errors: Sequence[FieldError]) -> Problem:
    """Make the answer for several wrong fields."""
    return Problem("invalid-fields", "Correct the named fields.", errors=errors)


def slug_of_status(status: int) -> str:
    """Return the problem type for a bare HTTP status."""
    fallback = "bad-request" if status < 500 else "internal"
    return _BY_STATUS.get(status, fallback)


def problem_of_error(error: GatekeeperError) -> Problem:
    """Say one of our own errors as a problem."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Rejected):
        slug = error.problem if error.problem in TITLES else slug_of_status(error.status)
        return Problem(slug, str(error))
    if isinstance(error, BadInput):
        return Problem("bad-request", str(error))
    if isinstance(error, StoreFault):
        return problem_of_outage(error)
    return Problem("internal", "Report the request id to the operator.")


def problem_of_outage(error: BaseException) -> Problem:
    """Say that the database cannot be used; where its disk is full, what helps."""
    because = WorkReason("database.disk_full" if is_disk_full(error) else "database.busy")
    return Problem("unavailable", str(because), retry_after_s=2, because=because)


def encode_problem(problem: Problem, request_id: str) -> bytes:
    """Return the JSON body of a problem."""
    status, title = TITLES[problem.slug]
    return msgspec.json.encode(
        ProblemBody(
            type=TYPE_ROOT + problem.slug,
            title=title,
            status=status,
            detail=problem.detail,
            errors=problem.errors,
            request_id=request_id,
            change=problem.change or msgspec.UNSET,
            because=problem.because or msgspec.UNSET,
        )
    )


def problem_headers(problem: Problem) -> dict[str, str]:
    """Return the headers that go with a problem."""
    headers = {"content-type": MEDIA_TYPE}
    if problem.retry_after_s is not None:
        headers["retry-after"] = str(problem.retry_after_s)
    if problem.slug in _OF_PEOPLE:
        headers["www-authenticate"] = 'Bearer realm="gatekeeper"'
    return headers
