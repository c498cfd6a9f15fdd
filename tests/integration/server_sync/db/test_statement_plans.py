"""Statements that run with each upload, claim or page find their rows by an index."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import TextClause
from sqlalchemy.dialects import sqlite

import server
from server.db.hot_path_statements import Statement
from server.settings import read_settings
from server.start_up.migrating import migrate
from shared.kernel.instant import Instant
from tests.fakes.entropy import SeededEntropy

WHOLE: Final = re.compile(
    r"SCAN (?:feed|ticket|ticket_use|u)\b"
    r"|SEARCH (?:feed|ticket|ticket_use|u) USING .* \((?:event_id|organization_id)=\?\)"
    r"|SEARCH feed USING .* \(event_id=\? AND seq<\?\)"
    r"|(?:SCAN till_shift|SEARCH till_shift USING .* \(organization_id=\?\))"
)
"""A step that reads an event's feed, tickets or uses from end to end, or from the first on; or all
shifts of an organization."""
LARGE: Final = re.compile(r"\b(?:feed|ticket|ticket_use|till_shift)\b")
VERBS: Final = ("SELECT", "WITH", "UPDATE", "DELETE", "INSERT")
_SEVERAL: Final = re.compile(r"\(__\[POSTCOMPILE_\w+\]\)")
RARE: Final = {
    "COUNT_PRESENCE": "who is inside is counted anew where a limit or a plan has changed",
    "READ_TICKETS_OF_ZONE": "an organizer rules on an evacuation",
    "READ_ZONE": "a zone's evacuation ends, or its room is looked at again",
}
"""What may, and when that happens."""


def _statements() -> Iterator[tuple[str, str]]:
    for module in pkgutil.walk_packages(server.__path__, "server."):
        if ".migrations" in module.name or module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            sql = value.sqlite if isinstance(value, Statement) else ""
            if isinstance(value, TextClause):
                sql = _SEVERAL.sub("(?)", str(value.compile(dialect=sqlite.dialect())))
            is_of_both = not name.endswith("_POSTGRES")
            if is_of_both and sql.startswith(VERBS) and LARGE.search(sql):
                yield name, sql


async def test_no_statement_of_every_day_reads_an_event_from_end_to_end(tmp_path: Path) -> None:
    """Else each upload would take longer the longer the evening was."""
    file = tmp_path / "plans.db"
    environment = {"GATEKEEPER_DATA": str(tmp_path)}
    await migrate(
        read_settings(environment, SeededEntropy(), database=f"sqlite:///{file}"), Instant(0)
    )
    found: dict[str, str] = {}
    with sqlite3.connect(file) as connection:
        for name, sql in _statements():
            numbered = [int(n) for n in re.findall(r"\?(\d+)", sql)]
            values = ("[]",) * max(numbered, default=sql.count("?"))
            for *_, step in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values):
                if WHOLE.search(step):
                    found[name] = step
    assert found.keys() == RARE.keys(), found
