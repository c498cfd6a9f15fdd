"""What the rooms of the server are, as the documents, the linter and the statements have it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from server.db.model import Model
from server.tables import load_metadata

_ROOT: Final = Path(__file__).resolve().parents[3]
_SERVER: Final = _ROOT / "server"
_DOCUMENT: Final = _ROOT / "docs" / "architecture.md"
_GROUND: Final = "db"
"""Its tables (the ledger's epoch, who must offer a journal again) lie under all rooms."""

_WORD: Final = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+(\w+)")
_MADE: Final = frozenset({"lookup"})
"""Functions whose first argument is a table's name."""
_HINTS: Final = frozenset({"FROM", "JOIN", "UPDATE", "INTO", *_MADE})
"""A file in which none of them stands says nothing of tables: it needs no syntax tree."""

ELSEWHERE: Final = {
    ("devices/home_places.py", "home_move"): "a lost home is no place; homes stand above the plan",
    ("devices/rosters.py", "gate"): "asked every moment of each event, in one bare statement",
    ("feed/appending.py", "event"): "the counter's row is made of the event's, as the last lock",
    ("feed/rows.py", "event"): "each claim's transaction reads where all stands in one go",
    ("feed/rows.py", "device"): "each claim's transaction reads where all stands in one go",
    ("homes/abandoned_asks.py", "ticket_use"): "of all that homes gave, the few not used",
    (
        "journals/tickets_listed_late.py",
        "conflict",
    ): "of what is named, the few that a list explains by now",
    ("journals/tickets_listed_late.py", "ticket"): "as above, every quarter of a minute",
    ("lost_devices/what_devices_may_hold.py", "ticket"): "a million by home and use in one pass",
    ("lost_devices/what_devices_may_hold.py", "ticket_use"): "as above",
    ("ledger/ledger_statements.py", "event_feed"): "numbers, uses and feed in one round trip",
    ("ledger/ledger_statements.py", "feed"): "numbers, uses and feed in one round trip",
    ("ledger/ledger_statements.py", "ticket"): "of a key's uses, the few that no row explains",
    (
        "plans/earlier_plans.py",
        "event",
    ): "what is kept is what the event's row says in that moment",
    ("publishing/ticket_columns.py", "ticket"): "a million rows by the database's own driver",
    ("start_up/ended_list.py", "signing_key"): "the process that copies a server loads no tables",
    ("start_up/ended_list.py", "device"): "as above",
    ("tallies/rows.py", "gate"): "a gate that is none of the event's counts as none",
    ("tallies/triggers.py", "gate"): "as above, when all is counted anew",
    ("tallies/triggers.py", "journal_entry"): "what was denied, when all is counted anew",
    ("tallies/triggers.py", "ticket_use"): "the database counts its rows as they are written",
    (
        "reconciliation/conflicts_and_sides.py",
        "ticket_use",
    ): "a gate settles no side unread by it",
}
"""Statements that name another room's table, and why they may."""


def _owners() -> dict[str, str]:
    """Say which room has which table."""
    load_metadata()
    modules = {mapper.local_table: mapper.class_.__module__ for mapper in Model.registry.mappers}
    return {str(table): module.split(".")[1] for table, module in modules.items()}


def _texts(tree: ast.Module) -> Iterator[str]:
    """Yield the strings of a module that may be statements, those of one f-string apart."""
    prose = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            prose.add(id(node.value))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            table = node.args[0]
            if node.func.id in _MADE and isinstance(table, ast.Constant):
                yield f"FROM {table.value!s}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in prose:
            yield str(node.value) if isinstance(node.value, str) else ""


def foreign_tables(root: Path, owners: dict[str, str]) -> set[tuple[str, str]]:
    """Find, by file, the tables of other rooms that statements name."""
    found = set()
    for path in root.glob("*/**/*.py"):
        name = path.relative_to(root)
        if name.parts[0] == "commands" or "migrations" in name.parts:
            continue
        text = path.read_text()
        if not any(hint in text for hint in _HINTS):
            continue
        for said in _texts(ast.parse(text)):
            for table in _WORD.findall(said):
                if owners.get(table, _GROUND) not in {_GROUND, name.parts[0]}:
                    found.add((str(name), table))
    return found


def test_statements_name_only_tables_of_their_own_room() -> None:
    """A room that reads another's table by a bare statement goes round its rules unseen."""
    assert foreign_tables(_SERVER, _owners()) == set(ELSEWHERE)


def test_a_statement_over_another_rooms_table_is_found(tmp_path: Path) -> None:
    """In a string, in a part of a longer one, and as the table of a look-up."""
    room = tmp_path / "orders"
    room.mkdir()
    (room / "rows.py").write_text(
        '"""Reads FROM zone in prose."""\n'
        'ONE = "SELECT 1 FROM ticket_order o JOIN device d ON d.id = o.id"\n'
        'TWO = f"{ONE} UNION SELECT 1 FROM ticket"\n'
        'THREE = lookup("ticket_use", "claim_id", "claim_id", "text", given=3)\n'
        'FOUR = "UPDATE ledger SET epoch = 1"\n'
    )
    found = {table for _, table in foreign_tables(tmp_path, _owners())}
    assert found == {"device", "ticket", "ticket_use"}


def test_the_document_names_every_room() -> None:
    """Each folder has its line in the tables of rooms, and no line is of a room that is gone."""
    for part in ("shared", "server"):
        said = _DOCUMENT.read_text().split(f"\n`{part}/`, ")[1].split("\n`")[0]
        rows = re.findall(r"^\| (`.*?) \|", said, re.MULTILINE)
        named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
        assert named == {path.parent.name for path in (_ROOT / part).glob("*/__init__.py")}, part
