"""What every test gets: real services on demand, a manual clock, seeded bytes, hidden windows."""

from __future__ import annotations

import atexit
import gc
import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

from gatekeeper.ui.garbage_collection import collect_when_due
from gatekeeper.wording.wall_clocks import ORGANIZATION_CLOCK, VENUE_CLOCK
from tests.factories.compiled_once import compile_once
from tests.factories.display import display
from tests.factories.late_connections import (
    close_late_connections,
    name_tests_in_connections,
)
from tests.factories.memory_disk import use_memory_disk
from tests.factories.migrated_files import sharing_with_workers
from tests.factories.order_of_files import mix
from tests.factories.pcsc_socket import use_own_service
from tests.factories.postgres import (
    postgres_cluster,
    postgres_database,
    postgres_database_url,
    postgres_tables,
    served_postgres,
)
from tests.factories.programs import Choice, TestedPart
from tests.factories.quick import (
    draw_without_reading_sources,
    hash_quickly,
    quiet_logs,
    read_roots_once,
)
from tests.factories.strength import Strength
from tests.fakes.clock import ManualClock
from tests.fakes.entropy import SeededEntropy

__all__ = [
    "display",
    "postgres_cluster",
    "postgres_database",
    "postgres_database_url",
    "postgres_tables",
    "served_postgres",
]

NEW_OBJECTS_MAX = 20_000
"""After so many more objects the collector of garbage looks at the new ones."""

# Before pytest chooses where its folders stand.
use_memory_disk()
use_own_service()

# Hundreds of programs start in a run: where the machine asks to keep no compiled modules, each
# would compile all of them anew, and each test process every test.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# At its usual pace the collector of garbage takes a fifth of the processor in tests of the server.
gc.set_threshold(NEW_OBJECTS_MAX)

# Windows inside the test process are drawn into memory; tests of the whole program ask for
# `display`. This must stand before anything creates a QApplication.
os.environ["QT_QPA_PLATFORM"] = "offscreen"

# Programs speak the system's language until another is chosen; tests read English.
os.environ["LC_ALL"] = "C.UTF-8"

FOLDER: Final = Path(__file__).parent
MARKS: Final = {
    "adversaries": "integration",
    "e2e": "integration",
    "integration": "integration",
    "simulation": "simulation",
    "ui": "ui",
}
"""What each test of a folder is marked as; a few are marked as more in their own file."""
EXAMPLES: Final = {"sample": 30, "whole": 100}
"""Of a property that names no number of its own."""

# The machine is shared, so a slow example is no failure.
for _name, _examples in EXAMPLES.items():
    settings.register_profile(
        _name,
        deadline=None,
        max_examples=_examples,
        suppress_health_check=[HealthCheck.too_slow],
    )


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a long run take both databases everywhere."""
    parser.addoption(
        "--databases",
        choices=("needed", "both"),
        default="needed",
        help="needed: tests marked either_database run on SQLite only; both: on both",
    )
    parser.addoption(
        "--whole",
        action="store_true",
        help="try all of what is otherwise a sample, on both databases, and start every program"
        " anew, without what an earlier one has loaded",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Be as strong as this run asks for, before the tests' files are read."""
    Strength.is_whole = config.getoption("--whole")
    Choice.is_warm = not Strength.is_whole
    subprocess.Popen = TestedPart  # type: ignore[misc] # what the product itself starts is warm too
    quiet_logs()
    close_late_connections()
    name_tests_in_connections()
    if not Strength.is_whole:
        read_roots_once()
        draw_without_reading_sources()
        hash_quickly()
    if not hasattr(config, "workerinput"):  # the workers of this run inherit it
        sharing = ExitStack()
        sharing.enter_context(sharing_with_workers())
        config.add_cleanup(sharing.close)
        if config.getoption("numprocesses", None):
            compile_once(config)
    settings.load_profile("whole" if Strength.is_whole else "sample")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark a test by what those of its folder need."""
    folder = item.path.relative_to(FOLDER).parts[0]
    if mark := MARKS.get(folder):
        item.add_marker(mark)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what depends on no database, and order the rest for processes that share it."""
    if config.getoption("--databases") != "both" and not Strength.is_whole:
        left_out = [item for item in items if _is_left_out(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if not _is_left_out(item)]
    if hasattr(config, "workerinput"):
        items[:] = mix(items)


def _is_left_out(item: pytest.Item) -> bool:
    """Tell whether a test on PostgreSQL depends on no database.

    Whatever statement those tests run, another still runs on PostgreSQL; those about locks, races,
    refused statements and strange values all do.
    """
    if item.get_closest_marker("either_database") is None:
        return False
    called = getattr(item, "callspec", None)  # none where there is nothing to choose
    values = () if called is None else called.params.values()
    return not {"postgres", "postgresql"}.isdisjoint(
        value for value in values if isinstance(value, str)
    )


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Look for no garbage while modules are loaded and tests collected: all of it stays."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what stays to the end: modules and tests.

    The interpreter gets all back when it ends: else the barcode library names what it takes for
    leaked. Not before: pytest looks for garbage twice then, for a second each time.
    """
    gc.freeze()
    atexit.register(gc.unfreeze)


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Collect garbage where windows live: once one is open, the interpreter does not by itself."""
    if not gc.isenabled():
        collect_when_due()


@pytest.fixture(scope="module", autouse=True)
def _desk_clocks() -> Iterator[None]:
    """Leave no file the time zone of an event that another one's desk had open."""
    yield
    for clock in (VENUE_CLOCK, ORGANIZATION_CLOCK):
        clock.turn_to("UTC")


@pytest.fixture
def clock() -> ManualClock:
    """Give a clock that moves only when told."""
    return ManualClock()


@pytest.fixture
def entropy() -> SeededEntropy:
    """Give bytes that are the same in every run."""
    return SeededEntropy()
