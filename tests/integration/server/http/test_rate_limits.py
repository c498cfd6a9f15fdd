"""Rate limits over real databases: exact, shared by all workers, not fooled by headers."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from shared.kernel.instant import MINUTE, SECOND, Duration
from tests.factories.office import Office, open_office, test_settings


@pytest.mark.either_database
async def test_the_rate_limit_holds_and_names_its_end(database_url: str, tmp_path: Path) -> None:
    """Exactly the limit passes at once; unrouted addresses count; health and sync do not."""
    settings = test_settings(database_url, tmp_path, rate_limit_per_minute=10, workers=2)
    async with open_office(settings) as office:
        answers = await asyncio.gather(
            *(office.call("GET", f"/api/v1/nowhere/{n}") for n in range(25))
        )
        assert (await office.call("GET", "/health/live")).status_code == 200
        assert (await office.call("GET", "/sync/v1/nowhere")).status_code == 404
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(404) == 10
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.headers["content-type"] == "application/problem+json"


async def test_the_rate_limit_is_one_for_all_workers(database_url: str, tmp_path: Path) -> None:
    """Two processes' worth of applications over one database share one counter."""
    settings = test_settings(database_url, tmp_path, rate_limit_per_minute=10, workers=2)
    async with open_office(settings) as first, open_office(settings) as second:
        answers = await asyncio.gather(
            *((first if n % 2 else second).call("GET", "/api/v1/nowhere") for n in range(40))
        )
    assert sum(answer.status_code == 404 for answer in answers) == 10


async def test_a_clock_that_was_set_back_shuts_nobody_out(
    database_url: str, tmp_path: Path
) -> None:
    """The limit begins anew, once, and holds by the time that it is now."""
    settings = test_settings(database_url, tmp_path, rate_limit_per_minute=2, workers=2)
    async with open_office(settings) as office:
        for back in (0, 60 * MINUTE):
            office.clock.step_wall(Duration(-back))
            office.clock.advance(MINUTE)
            answers = [(await office.call("GET", "/api/v1/x")).status_code for _ in range(3)]
            assert answers == [404, 404, 429]


async def test_one_process_counts_whatever_its_wall_clock_does(
    database_url: str, tmp_path: Path
) -> None:
    """Set back by more than hosts differ, and by less than makes a counter begin anew."""
    settings = test_settings(database_url, tmp_path, rate_limit_per_minute=5)
    async with open_office(settings) as office:
        assert (await office.call("GET", "/api/v1/x")).status_code == 404
        office.clock.step_wall(Duration(-100 * SECOND))
        answers = [(await office.call("GET", "/api/v1/x")).status_code for _ in range(5)]
        assert answers == [404, 404, 404, 404, 429]
        office.clock.step_wall(Duration(60 * MINUTE))
        assert (await office.call("GET", "/api/v1/x")).status_code == 429


async def test_a_forged_forwarded_address_changes_nothing(
    database_url: str, tmp_path: Path
) -> None:
    """Only a configured proxy's word about the client counts, and only its own part of it."""
    limited = {"rate_limit_per_minute": 2}

    async def statuses(office: Office, forwarded: list[str]) -> list[int]:
        return [
            (await office.call("GET", "/api/v1/x", headers={"x-forwarded-for": value})).status_code
            for value in forwarded
        ]

    async with open_office(test_settings(database_url, tmp_path, **limited)) as office:
        forged = [f"198.51.100.{n}" for n in range(4)]
        assert await statuses(office, forged) == [404, 404, 429, 429]
    trusting = test_settings(
        database_url, tmp_path, trusted_proxies=frozenset({"127.0.0.1"}), **limited
    )
    async with open_office(trusting) as behind:
        # What stands left of the last hop may be invented.
        prefixed = [f"203.0.113.{n}, 198.51.100.7" for n in range(3)]
        assert await statuses(behind, prefixed) == [404, 404, 429]
