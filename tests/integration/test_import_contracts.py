"""The import contracts of pyproject.toml fail when they are broken.

A contract that never fails looks the same as one that is kept. So each is run against a small
skeleton of the tree, once as it should be and once with a violation planted.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]

HTTP_ROOMS = "Only gatekeeper.sync and the organizer's desk speak HTTP at the gate"

_SKELETON = {
    "shared/kernel/ids.py": "import hashlib\nimport zlib\nimport datetime\n",
    "shared/credential/codec.py": "import shared.kernel.ids\n",
    "shared/admission/decide.py": "import zoneinfo\nimport shared.credential.codec\n",
    "shared/manifest/signed_document.py": "import shared.admission.decide\n",
    "shared/journal/entry.py": "import shared.manifest.signed_document\n",
    "shared/wire/push.py": "import msgspec\nimport shared.journal.entry\n",
    "gatekeeper/cli.py": "import gatekeeper.ui.window\n",
    "gatekeeper/gate/lane.py": "import shared.wire.push\nimport gatekeeper.store.database\n",
    "gatekeeper/store/database.py": "import apsw\n",
    "gatekeeper/sync/server_over_http.py": "import httpx\nimport gatekeeper.gate.lane\n",
    "gatekeeper/ui/pages/page.py": "",
    "gatekeeper/ui/window.py": "import PySide6.QtWidgets\nimport gatekeeper.ui.pages.page\n",
    "server/app.py": "import litestar\nimport server.orders.routes\n",
    "server/exchange/routes.py": "import server.journals.posting\n",
    "server/journals/posting.py": "import server.claims.deciding\n",
    "server/claims/deciding.py": "import server.ledger.rows\n",
    "server/ledger/rows.py": "import server.feed.rows\n",
    "server/feed/rows.py": "",
    "server/orders/models.py": "import sqlalchemy\n",
    "server/orders/placing_orders.py": "import server.orders.models\nimport shared.wire.push\n",
    "server/orders/routes.py": "import litestar\nimport server.orders.placing_orders\n",
    "server/serving/workers.py": "import server.app\nimport server.exchange.routes\n",
}

_PLANTED = [
    ("shared/kernel/ids.py", "import server.app", "Two applications over one domain"),
    ("server/app.py", "import gatekeeper.cli", "Two applications over one domain"),
    ("gatekeeper/cli.py", "import server.app", "Two applications over one domain"),
    ("shared/kernel/ids.py", "import shared.wire.push", "Rooms of the domain"),
    ("shared/credential/codec.py", "import shared.admission.decide", "Rooms of the domain"),
    ("shared/lounge/chair.py", "", "Rooms of the domain"),
    ("shared/kernel/ids.py", "import time", "The domain is pure"),
    ("shared/admission/decide.py", "from os import path", "The domain is pure"),
    ("shared/wire/push.py", "import sqlalchemy.orm", "The domain is pure"),
    ("gatekeeper/store/database.py", "import gatekeeper.gate.lane", "Rooms of the gate"),
    ("gatekeeper/gate/lane.py", "import gatekeeper.sync.server_over_http", "Rooms of the gate"),
    ("gatekeeper/readers/wedge.py", "import gatekeeper.store.database", "Rooms of the gate"),
    ("gatekeeper/presenters/page.py", "import gatekeeper.ui.window", "Rooms of the gate"),
    ("gatekeeper/lounge/chair.py", "", "Rooms of the gate"),
    ("gatekeeper/ui/pages/page.py", "import gatekeeper.ui.window", "No circles at the gate"),
    ("server/feed/rows.py", "import server.ledger.rows", "Rooms of the server"),
    ("server/ledger/rows.py", "import server.claims.deciding", "Rooms of the server"),
    (
        "server/venues_and_gates/venues_zones_and_gates.py",
        "import server.orders.placing_orders",
        "Rooms of the server",
    ),
    ("server/lounge/chair.py", "", "Rooms of the server"),
    ("server/feed/rows.py", "import server.ledger.rows", "No circles at the server"),
    ("gatekeeper/gate/lane.py", "from PySide6 import QtCore", "Qt stays in gatekeeper.ui"),
    ("server/app.py", "import PySide6", "Qt stays in gatekeeper.ui"),
    (
        "gatekeeper/ui/window.py",
        "import sqlite3",
        "Only gatekeeper.store opens the gate's database",
    ),
    ("gatekeeper/gate/lane.py", "import apsw", "Only gatekeeper.store opens the gate's database"),
    ("gatekeeper/gate/lane.py", "import httpx", HTTP_ROOMS),
    ("gatekeeper/cli.py", "import websockets", HTTP_ROOMS),
    ("server/orders/placing_orders.py", "import litestar", "Services and tables know no HTTP"),
    (
        "server/orders/models.py",
        "from litestar.dto import DTOData",
        "Services and tables know no HTTP",
    ),
]

_EACH_IN_A_FORK = """
import os, sys
from importlinter.cli import lint_imports_command

for tree in sys.stdin:
    if child := os.fork():
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        print(f"ended with {status}", flush=True)
        continue
    os.chdir(tree.rstrip())
    sys.argv[1:] = ["--no-cache"]
    lint_imports_command()
"""
_ENDED = re.compile(r"^ended with (\d+)$", re.MULTILINE)


def _write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    for folder in path.relative_to(root).parents:
        if folder != Path():
            (root / folder / "__init__.py").touch()
    path.write_text(text)


def _named_files() -> Iterator[str]:
    """Name the files that a contract is about by their own names."""
    rules = tomllib.loads((_ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    for contract in rules["contracts"]:
        for module in contract.get("source_modules", ()):
            path = module.replace(".", "/") + ".py"
            if (_ROOT / path).is_file():
                yield path


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """Make a small tree with one file per room, under this project's own contracts."""
    for name, text in _SKELETON.items():
        _write(tmp_path, name, text)
    for path in _named_files():
        if not (tmp_path / path).exists():
            _write(tmp_path, path, "")
    shutil.copy(_ROOT / "pyproject.toml", tmp_path)
    return tmp_path


class Linter:
    """The linter, loaded once: it looks at each tree in a fork, which has imported nothing of it.

    Args:
        process: Runs `_EACH_IN_A_FORK`.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def broken_contracts(self, tree: Path) -> list[str]:
        """Run it over a tree and return the names of the contracts that it calls broken."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(tree, file=self._process.stdin, flush=True)
        said = ""
        while (end := _ENDED.search(said)) is None:
            line = self._process.stdout.readline()
            assert line, said
            said += line
        broken = re.findall(r"^(.+) BROKEN(?: \(.*\))?$", said, flags=re.MULTILINE)
        assert int(end[1]) == (1 if broken else 0), said
        assert "Contracts: " in said, said
        return broken


@pytest.fixture(scope="module")
def linter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Linter]:
    """Give the linter, away from this project's own tree."""
    with subprocess.Popen(
        [sys.executable, "-c", _EACH_IN_A_FORK],
        cwd=tmp_path_factory.mktemp("linter"),
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "200"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield Linter(process)


def test_contracts_hold_when_the_tree_is_in_order(linter: Linter, skeleton: Path) -> None:
    """The skeleton, in which each room imports what it may, breaks nothing."""
    assert linter.broken_contracts(skeleton) == []


@pytest.mark.parametrize(("name", "line", "contract"), _PLANTED)
def test_contract_is_broken_when_a_violation_is_planted(
    linter: Linter, skeleton: Path, name: str, line: str, contract: str
) -> None:
    """One forbidden import, or a room without a place, breaks the contract that forbids it."""
    _write(skeleton, name, f"{_SKELETON.get(name, '')}{line}\n")
    assert contract in linter.broken_contracts(skeleton)
