"""The first process of a server watches: it must not weigh what its workers weigh."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[4]
HEAVY: Final = {"sqlalchemy", "litestar", "uvicorn", "babel", "structlog", "alembic"}


def test_what_watches_and_copies_loads_neither_database_nor_handlers() -> None:
    """`serve` and its copies: 55 MB of a database came in once by one function of a side file."""
    program = (
        "import sys; import server.commands.serve;"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert "cryptography" in loaded  # it says what it loads
    assert HEAVY.isdisjoint(loaded)
