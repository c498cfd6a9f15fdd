"""The one place that turns exceptions into problem answers."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response
from litestar.exceptions import HTTPException, InternalServerException, ValidationException
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.database_errors import database_name_of, is_busy, is_unavailable
from server.http.asgi import LOG_FIELDS, REQUEST_ID
from server.http.database_outage import is_outage
from server.http.logs import log
from server.http.parameters import asked_parameters
from server.http.validation_messages import words_of
from server.problem_answers import (
    MEDIA_TYPE,
    FieldError,
    Problem,
    encode_problem,
    problem_headers,
    problem_of_error,
    problem_of_outage,
    slug_of_status,
    wrong_fields,
)
from shared.kernel.errors import GatekeeperError

BUSY: Final = "Someone else is changing this right now; nothing was changed. Try again."
_DETAILS = {
    "not-found": "There is nothing at this address.",
    "method-not-allowed": "See the Allow header for the methods it takes.",
    "unauthenticated": "Send a valid access token or API key.",
    "forbidden": "Ask an owner of the organization.",
    "too-large": "Send less at once.",
    "internal": "Report the request id to the operator.",
}

_CUT_OFF = "client disconnected prematurely"
"""What the framework calls a request that ended before its body did; it has no type of its own."""


def answer_problem_response(request: Request[Any, Any, Any], problem: Problem) -> Response[bytes]:
    """Make the response of a problem, and note its type for the log line."""
    fields = request.scope.get(LOG_FIELDS)
    if isinstance(fields, dict):
        fields["problem"] = problem.slug
    headers = problem_headers(problem)
    del headers["content-type"]
    request_id: str = request.scope.get(REQUEST_ID, "")  # type: ignore[assignment]  # own key
    return Response(
        encode_problem(problem, request_id),
        status_code=problem.status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def on_own_error(request: Request[Any, Any, Any], error: GatekeeperError) -> Response[bytes]:
    """Answer an error of our own tree."""
    problem = problem_of_error(error)
    if problem.status >= 500 and not isinstance(error, Problem):
        _log_failure(request, "request.failed", error)
    return answer_problem_response(request, problem)


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Answer the framework's own refusals, without its internal texts."""
    if isinstance(error, ValidationException):
        problem = _problem_of_validation(request, error)
    elif isinstance(error, InternalServerException) and error.detail == _CUT_OFF:
        problem = Problem("bad-request", "The request ended before its body did.")
    else:
        slug = slug_of_status(error.status_code)
        problem = Problem(slug, _DETAILS.get(slug, "Check the request."))
    if problem.status >= 500:
        _log_failure(request, "request.failed", error)
    response = answer_problem_response(request, problem)
    for name, value in (error.headers or {}).items():
        if name.lower() in {"allow", "retry-after"}:
            response.headers[name] = value
    return response


def _problem_of_validation(request: Request[Any, Any, Any], error: ValidationException) -> Problem:
    if isinstance(error.__cause__, KeyError):  # a parameter that is not there
        missing = FieldError(str(error.__cause__.args[0])[:64], "is missing")
        return Problem("invalid-fields", "Correct the named field.", errors=[missing])
    asked = asked_parameters(request.route_handler)
    extra = error.extra if isinstance(error.extra, list) else []
    found = []
    for item in extra:
        if isinstance(item, dict):
            key, message = str(item.get("key", ""))[:64], str(item.get("message", ""))
            # The framework names a parameter as the code does, not as the query must.
            name, field = asked.get(key, (key, None))
            found.append(FieldError(name, words_of(message, None if field is None else field.raw)))
    return wrong_fields(found)


def on_database_error(request: Request[Any, Any, Any], error: DBAPIError) -> Response[bytes]:
    """Answer a database that is busy, full or gone with 503, a refused row with 409."""
    if is_unavailable(error):
        is_contended = is_busy(error)
        _log_failure(request, f"database.{'busy' if is_contended else 'unavailable'}", error)
        busy = Problem("unavailable", BUSY, retry_after_s=2)
        return answer_problem_response(request, busy if is_contended else problem_of_outage(error))
    if isinstance(error, IntegrityError):
        _log_failure(request, "database.refused", error)
        return answer_problem_response(
            request, Problem("conflict", "This conflicts with what is stored.")
        )
    return on_unexpected(request, error)


def on_pool_timeout(request: Request[Any, Any, Any], error: PoolTimeout) -> Response[bytes]:
    """Answer a server that is out of connections."""
    _log_failure(request, "database.pool_exhausted", error)
    detail = "The server is busy; try again."
    return answer_problem_response(request, Problem("unavailable", detail, retry_after_s=2))


def on_connection_error(request: Request[Any, Any, Any], error: OSError) -> Response[bytes]:
    """Answer a database server that cannot be reached."""
    _log_failure(request, "database.unreachable", error)
    detail = "The database cannot be reached at the moment; try again."
    return answer_problem_response(request, Problem("unavailable", detail, retry_after_s=2))


def problem_of_layer(error: Exception) -> Problem:
    """Say what a layer around the framework has raised as the framework's handlers would."""
    if isinstance(error, GatekeeperError):
        return problem_of_error(error)
    is_busy_or_gone = isinstance(error, DBAPIError) and is_unavailable(error)
    if is_busy_or_gone or isinstance(error, ConnectionError | TimeoutError) or is_outage(error):
        return problem_of_outage(error)
    return Problem("internal", _DETAILS["internal"])


def on_unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer a bug of ours: logged with its traceback, told without.

    Or a database that is gone, by an error of its driver's own.
    """
    _log_failure(request, "request.failed", error)
    if is_outage(error):
        return answer_problem_response(request, problem_of_outage(error))
    return answer_problem_response(request, Problem("internal", _DETAILS["internal"]))


def _log_failure(request: Request[Any, Any, Any], name: str, error: Exception) -> None:
    asked = request.scope.get(REQUEST_ID, "")
    log().error(name, request_id=asked, reason=database_name_of(error), exc_info=error)
