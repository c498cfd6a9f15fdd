"""`python -m bench`: measure everything, print it, and write `build/bench.json`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bench import (
    camera,
    claims,
    conflicts,
    gate,
    growth,
    imports,
    ingest,
    kiosk,
    kiosk_shift,
    lan,
    live,
    printing,
    push,
    seats,
    simulation,
    strangers,
)
from bench.writing_figures import Figure, say, write
from command_line.exit_statuses import run_to_status
from tests.factories.postgres import run_cluster

OUTPUT: Final = Path("build/bench.json")
ONLY_ASKED: Final = {"growth", "shift"}
_PARTS_HELP: Final = (
    "gate, claims, strangers, ingest, push, seats, camera, kiosk, lan, live, printing, simulation:"
    " all by default; growth and shift only when named"
)


def main() -> int:
    """Run the parts asked for; 1 if a figure is over its budget."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help=_PARTS_HELP)
    asked = set(parser.parse_args().parts)
    figures: list[Figure] = []
    parts: dict[str, Callable[[Path], list[Figure]]] = {
        "gate": _gate,
        "claims": _claims,
        "strangers": _strangers,
        "ingest": _ingest,
        "push": _push,
        "seats": _seats,
        "growth": _growth,
        "camera": camera.measure,
        "kiosk": kiosk.measure,
        "lan": lan.measure,
        "printing": printing.measure,
        "import": imports.measure,
        "live": _live,
        "shift": kiosk_shift.measure,
        "simulation": simulation.measure,
    }
    if unknown := asked - set(parts):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are: {', '.join(parts)}")
    for name, measure in parts.items():
        if name not in (asked or set(parts) - ONLY_ASKED):
            continue
        print(f"-- {name}", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="gatekeeper-bench-") as folder:
            measured = measure(Path(folder))
        for figure in measured:
            say(figure)
        figures += measured
    write(figures, OUTPUT)
    over = [figure.name for figure in figures if not figure.ok]
    print(f"{len(figures)} figures, {len(over)} over budget; see {OUTPUT}", file=sys.stderr)
    return 1 if over else 0


def _gate(folder: Path) -> list[Figure]:
    figures = gate.measure(folder)
    with run_cluster(is_durable=True) as cluster:
        database = cluster.create_database()
        return figures + gate.measure_publishing(folder, "PostgreSQL", database.url)


def _claims(folder: Path) -> list[Figure]:
    sqlite = claims.measure(
        folder, "SQLite", f"sqlite:///{folder}/claims.db", f"sqlite+aiosqlite:///{folder}/bare.db"
    )
    with run_cluster(is_durable=True) as cluster:
        database, bare = cluster.create_database(), cluster.create_database()
        bare_url = bare.url.replace("postgresql://", "postgresql+asyncpg://")
        return sqlite + claims.measure(folder, "PostgreSQL", database.url, bare_url)


def _strangers(folder: Path) -> list[Figure]:
    figures = strangers.measure(folder, "SQLite", f"sqlite:///{folder}/strangers.db")
    with run_cluster(is_durable=True) as cluster:
        database = cluster.create_database()
        return figures + strangers.measure(folder, "PostgreSQL", database.url)


def _ingest(folder: Path) -> list[Figure]:
    figures = ingest.measure(folder, "SQLite", f"sqlite:///{folder}/ingest.db")
    with run_cluster(is_durable=True) as cluster:
        database = cluster.create_database()
        return figures + ingest.measure(folder, "PostgreSQL", database.url)


def _seats(folder: Path) -> list[Figure]:
    figures = seats.measure(folder, "SQLite", f"sqlite:///{folder}/seats.db", 1)
    with run_cluster(is_durable=True) as cluster:
        for workers in (1, 4):
            database = cluster.create_database()
            figures += seats.measure(folder, "PostgreSQL", database.url, workers)
    return figures


def _push(folder: Path) -> list[Figure]:
    figures = push.measure(folder, "SQLite", f"sqlite:///{folder}/push.db")
    figures += conflicts.measure(folder, "SQLite", f"sqlite:///{folder}/conflicts.db")
    with run_cluster(is_durable=True) as cluster:
        database, other = cluster.create_database(), cluster.create_database()
        figures += push.measure(folder, "PostgreSQL", database.url)
        return figures + conflicts.measure(folder, "PostgreSQL", other.url)


def _live(folder: Path) -> list[Figure]:
    figures = live.measure(folder, "SQLite", f"sqlite:///{folder}/live.db")
    with run_cluster(is_durable=True) as cluster:
        return figures + live.measure(folder, "PostgreSQL", cluster.create_database().url)


def _growth(folder: Path) -> list[Figure]:
    with run_cluster(is_durable=True) as cluster:
        return growth.measure(folder, lambda: cluster.create_database().url)


if __name__ == "__main__":
    sys.exit(run_to_status("bench", main))
