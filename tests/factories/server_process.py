"""Real server processes, as an operator runs them, over a data folder of the test's own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.factories import programs

STOP_SECONDS = 30


def environment_of(folder: Path, **more: str) -> dict[str, str]:
    """Make an environment with a data folder of its own."""
    root = str(Path(__file__).resolve().parents[2])
    return {"PATH": "/usr/bin:/bin", "PYTHONPATH": root, "GATEKEEPER_DATA": str(folder)} | more


def run_verb(environment: dict[str, str], *words: str) -> str:
    """Run a verb of gatekeeper-server to its end, and return its lines."""
    done = programs.run(
        [programs.SERVER, *words], environment=environment, seconds=240, is_text=True, feed=""
    )
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


@contextmanager
def served(environment: dict[str, str], workers: int) -> Iterator[str]:
    """Run the server as an operator would; gives its address."""
    words = ["serve", "--port", "0", "--workers", str(workers)]
    with programs.start(
        [programs.SERVER, *words],
        environment=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        is_text=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["listening"]
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def seeded(environment: dict[str, str], folder: Path, **counts: int) -> dict[str, Any]:
    """Make a load event, and return what was exported."""
    file = folder / "load.json"
    words = [word for name, count in counts.items() for word in (f"--{name}", str(count))]
    run_verb(environment, "seed", *words, "--export", str(file))
    load: dict[str, Any] = json.loads(file.read_text())
    return load
