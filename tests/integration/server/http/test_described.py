"""What the API's description says of answers is so, whatever is asked."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable

from tests.factories.described import MODES, Asker, ask, coverage_of, make_asker, read_operations
from tests.factories.office import (
    Office,
    RecordingFeed,
    SetUsage,
    open_app,
    open_office,
    test_settings,
)
from tests.factories.strength import sized
from tests.factories.upkeep import note_copy
from tests.fakes.entropy import SeededEntropy

COVERED_EVERY: Final = sized(4, 1)
"""Of so many operations one is asked by the coverage phase."""
COVERED_MAX: Final = sized(2, 10_000)
"""Requests of the coverage phase for an operation: a few hundred at most are all."""
MADE_MAX: Final = sized(3, None)
"""Sound and damaged ones each, of which these are taken."""
FUZZED_EVERY: Final = sized(40, 1)
"""Of so many operations one is fuzzed."""
FUZZED: Final = sized(4, 40)
"""Requests for each of them, sound ones and as many others."""
PARTS: Final = sized(1, 24)
"""Tests that share the operations, so that none of them takes as long as one that hangs."""
SEED: Final = 1


class Template:
    """A server's database with one of everything, as it is before each operation that writes.

    What an operation does (removing things, ending sessions) is nothing to the next one.
    """

    def __init__(self, office: Office, asker: Asker, document: dict[str, Any], url: str) -> None:
        self.asker, self.document, self._url = asker, document, url
        self._clock, self._folder = office.clock, office.settings.data_folder
        self.is_changed = False

    def keep(self) -> None:
        """Keep the database as it is now."""
        shutil.copyfile(self._folder / "gatekeeper.db", self._folder / "kept.db")

    @asynccontextmanager
    async def serving(self, name: str) -> AsyncIterator[httpx.AsyncClient]:
        """Serve a fresh copy."""
        self.is_changed = False
        shutil.copyfile(self._folder / "kept.db", self._folder / "gatekeeper.db")
        note_copy(self._url)
        async with open_app(
            test_settings(self._url, self._folder),
            self._clock,
            SeededEntropy(name),
            changes=RecordingFeed(),
            usage=SetUsage(),
        ) as served:
            yield served.client

    async def note(self, answer: httpx.Response) -> None:
        """Note whether the copy is as it was: what is refused changes nothing."""
        self.is_changed |= answer.is_success and answer.request.method != "GET"


async def make_template(url: str, folder: Path) -> Template:
    """Make it."""
    async with open_office(test_settings(url, folder)) as office:
        asker = await make_asker(office)
        document = (await office.call("GET", "/docs/openapi.json")).json()
        template = Template(office, asker, document, url)
    template.keep()
    return template


@pytest.fixture(scope="module")
def template(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Template:
    """Give the database that each operation starts from."""
    folder = tmp_path_factory.mktemp("described")
    shutil.copyfile(migrated_sqlite, folder / "gatekeeper.db")
    return asyncio.run(make_template(f"sqlite:///{folder / 'gatekeeper.db'}", folder))


@pytest.mark.parametrize("part", range(PARTS))
async def test_the_coverage_phase_finds_nothing_that_is_not_described(
    part: int, template: Template
) -> None:
    """No 5xx; each status, content type, header and body as the description has it."""
    found: list[str] = []
    asked = 0
    left = read_operations(template.document)[part :: COVERED_EVERY * PARTS]
    while left:
        async with template.serving(left[0].label) as client:
            client.event_hooks["response"] = [template.note]
            while left and not template.is_changed:
                operation = left.pop(0)
                cases = list(coverage_of(operation, MADE_MAX))
                step = max(1, -(-len(cases) // COVERED_MAX))
                for case in cases[asked % step :: step]:  # begins elsewhere each time
                    found += await ask(client, case, template.asker)
                    asked += 1
    assert asked > 100
    assert found == [], "\n".join(found)


@pytest.mark.parametrize("part", range(PARTS))
def test_fuzzing_finds_nothing_that_is_not_described(part: int, template: Template) -> None:
    """Requests drawn from the description, sound and damaged."""
    with asyncio.Runner() as runner:
        found: list[str] = []
        for operation in read_operations(template.document)[part :: FUZZED_EVERY * PARTS]:
            serving = template.serving(f"fuzzed {operation.label}")
            client = runner.run(serving.__aenter__())
            try:
                for mode in MODES:
                    strategy = operation.as_strategy(generation_mode=mode)
                    found += fuzz(runner, client, strategy, template.asker)
            finally:
                runner.run(serving.__aexit__(None, None, None))
    assert found == [], "\n".join(found)


def fuzz(
    runner: asyncio.Runner, client: httpx.AsyncClient, strategy: Any, asker: Asker
) -> list[str]:
    """Draw requests and send them; no time counts, so that slow machines find the same."""
    found: list[str] = []

    @seed(SEED)
    @settings(
        max_examples=FUZZED,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def draw(case: Any) -> None:
        found.extend(runner.run(ask(client, case, asker)))

    with suppress(Unsatisfiable):  # nothing can be wrong with a request without a part
        draw()
    return found
