"""The short way for claims: past the framework, straight to the queue of claims.

A claim costs about 0.3 ms of processor; routing, dependency injection and response objects would
take another half of that, at the rate of a whole venue's gates. It is the only way in, with one
limit and one way to say what is wrong: the framework's own route stands for the API's description.
"""

from __future__ import annotations

from typing import Final

from litestar import Litestar
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.claims.claim_body import read_claim
from server.claims.claim_queue import ClaimQueue
from server.database_errors import is_unavailable
from server.devices.proofs import asking_device, read_body
from server.http.asgi import LOG_FIELDS, App, Receive, Scope, Send, answer_problem
from server.problem_answers import Problem, problem_of_error, problem_of_outage
from shared.kernel.errors import GatekeeperError

CLAIMS_SIZE_MAX: Final = 2_000_000
"""Bytes; an absurd code is answered, up to a point, like any other that is no ticket."""

PATH: Final = "/sync/v1/claims"
_PARTS: Final = PATH.split("/")[1:]


class ClaimFastPath:
    """Answers `POST /sync/v1/claims` itself and passes everything else on."""

    def __init__(self, app: App, framework: Litestar) -> None:
        self._app = app
        self._state = framework.state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a claim, or pass on."""
        if not _is_claim(scope):
            await self._app(scope, receive, send)
            return
        scope["path_template"] = PATH
        claims: ClaimQueue = self._state["claims"]
        try:
            device = asking_device(scope)
            request = read_claim(await read_body(receive, CLAIMS_SIZE_MAX))
            answer = await claims.claim(device, request)
        except GatekeeperError as error:
            await _answer(scope, send, problem_of_error(error))
        except (DBAPIError, PoolTimeout) as error:
            if isinstance(error, DBAPIError) and not is_unavailable(error):
                raise
            await _answer(scope, send, problem_of_outage(error))
        else:
            headers = [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(answer)).encode()),
            ]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": answer})


def _is_claim(scope: Scope) -> bool:
    """Whether a request is a claim, in every spelling of the path that the framework takes."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    path: str = scope["path"]
    return path == PATH or [part for part in path.split("/") if part] == _PARTS


async def _answer(scope: Scope, send: Send, problem: Problem) -> None:
    scope.get(LOG_FIELDS, {})["problem"] = problem.slug
    await answer_problem(scope, send, problem)
