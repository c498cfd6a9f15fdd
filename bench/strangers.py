"""Claims of enrolled gates while a stranger does what it can with one host."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any, Final

from bench.claims import claim_requests
from bench.senders import senders_of
from bench.server_process import seed, serve
from bench.writing_figures import Figure, at_most, percentile
from tests.factories.strangers import (
    HALF_A_BODY,
    NOTHING,
    WHOLE_REQUEST,
    bad_enrolments,
    push_of,
    siege,
    timed_claims,
)

P99_BUDGET_MS: Final = 100.0
CLAIMS: Final = 400
FRESH_EVERY: Final = 10
TIMEOUT_S: Final = 10.0
ENROLMENTS: Final = 10_000
ENROLMENTS_AT_ONCE: Final = 16

Siege = Callable[[int], AbstractContextManager[Any]]


def _guess(port: int, has_begun: Event) -> None:
    async def guess() -> None:
        async with bad_enrolments(port, ENROLMENTS, ENROLMENTS_AT_ONCE):
            has_begun.set()

    asyncio.run(guess())


@contextmanager
def _guessing(port: int) -> Iterator[None]:
    """Guess at enrolment codes until all are answered; as a program of its own, as strangers are.

    In a thread of this program the claims' clock would wait for the guesses' interpreter as well.
    """
    programs = multiprocessing.get_context("spawn")
    has_begun = programs.Event()
    stranger = programs.Process(target=_guess, args=(port, has_begun))
    stranger.start()
    try:
        assert has_begun.wait(60), "no guess was answered"
        yield
    finally:
        stranger.join()
        assert stranger.exitcode == 0, stranger.exitcode


def measure(folder: Path, kind: str, database: str) -> list[Figure]:
    """Measure claims under each siege on one kind of database."""
    workers = 1 if kind == "SQLite" else 2
    sieges: dict[str, Siege] = {
        "nobody": lambda port: siege(port, 0, NOTHING),
        "1,100 silent sockets": lambda port: siege(port, 1_100, NOTHING),
        "1,100 unfinished bodies": lambda port: siege(port, 1_100, HALF_A_BODY),
        "2,500 idle sockets": lambda port: siege(port, 2_500, WHOLE_REQUEST),
        "200 slow WebSockets": lambda port: siege(port, 200, push_of(senders[1])),
        f"{ENROLMENTS:,} bad enrolments": _guessing,
    }
    load = seed(folder, database, tickets=(len(sieges) + 1) * CLAIMS, gates=1, devices=2)
    senders = senders_of(load)
    figures = []
    with serve(folder, database, workers) as served:
        tickets = ((code, load["gates"]) for code in load["codes"])
        requests = claim_requests(senders, tickets)
        for name, begin in sieges.items():
            with begin(served.port):
                asked = [next(requests) for _ in range(CLAIMS)]
                taken = timed_claims(
                    served.port, asked, fresh_every=FRESH_EVERY, timeout_s=TIMEOUT_S
                )
            figures.append(_figure(f"claims p99, {kind}, {name}", taken))
    return figures


def _figure(name: str, taken: list[float | None]) -> Figure:
    answered = sorted(TIMEOUT_S if one is None else one for one in taken)
    lost = taken.count(None)
    note = f"p50 {percentile(answered, 0.5) * 1e3:.1f} ms; {lost} of {len(taken)} not answered"
    p99 = percentile(answered, 0.99) * 1e3
    return at_most(name, p99, "ms", P99_BUDGET_MS, len(taken), note)
