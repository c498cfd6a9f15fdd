"""A `psql` that stays for more statements: to start one for each costs 20 ms."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_END: Final = "-- that is all --"


class PostgresFault(Exception):
    """PostgreSQL is missing, does not start, or refuses; the text says why or what to do."""


def psql_words(binaries: Path) -> list[str | Path]:
    """Return what starts one that reads statements and stops at the first that fails."""
    return [binaries / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]


class Psql:
    """One session with a database.

    Args:
        binaries: PostgreSQL's.
        environment: How it connects.
        told: The file into which it writes warnings and what went wrong.
    """

    def __init__(self, binaries: Path, environment: Mapping[str, str], told: Path) -> None:
        self._told = told
        self._turn = threading.Lock()
        with told.open("wb") as faults:
            self._process = subprocess.Popen(
                psql_words(binaries),
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=faults,
                text=True,
            )

    def ask(self, sql: str) -> str:
        """Run statements, each on its own, and return what is printed.

        Raises:
            PostgresFault: with PostgreSQL's own words; the session has ended.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        said: list[str] = []
        with self._turn:
            try:
                self._process.stdin.write(f"{sql}\n\\echo '{_END}'\n")
                self._process.stdin.flush()
            except OSError:
                pass  # it has ended, and has told why
            else:
                for line in self._process.stdout:
                    if line.rstrip("\n") == _END:
                        return "".join(said)
                    said.append(line)
        self.close()
        raise PostgresFault(self._told.read_text())

    def close(self) -> None:
        """End the session."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):  # what it was still to be told, nobody hears
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
