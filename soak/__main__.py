"""`python -m soak`: soak a server on SQLite, and one on PostgreSQL with two workers."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from command_line.exit_statuses import run_to_status
from soak.plan import Size
from soak.run import Soak
from tests.factories.postgres import run_cluster
from tests.factories.running_server import RunningServer


def main() -> int:
    """Print one JSON line for each database; 1 if a promise was broken."""
    default = Size()
    parser = argparse.ArgumentParser(prog="python -m soak", description=__doc__)
    parser.add_argument(
        "databases", nargs="*", metavar="DATABASE", help="sqlite, postgresql; both by default"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lanes", type=int, default=default.lanes)
    parser.add_argument("--tickets", type=int, default=default.tickets)
    parser.add_argument("--seconds", type=float, default=default.seconds)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep all files in this folder")
    args = parser.parse_args()
    if min(args.lanes, args.tickets) < 1 or not 0 < args.seconds < math.inf:
        parser.error("lanes, tickets and seconds must be above 0")
    databases = args.databases or ["sqlite", "postgresql"]
    for kind in databases:
        if kind not in {"sqlite", "postgresql"}:
            parser.error(f"no such database: {kind}")
        if args.keep is not None and (args.keep / kind).exists():
            parser.error(f"{args.keep / kind} is there already; name another folder")
    share = args.seconds / default.seconds
    size = Size(
        lanes=args.lanes,
        tickets=args.tickets,
        seconds=args.seconds,
        server_kills=max(1, round(default.server_kills * share)),
        lane_kills=max(1, round(default.lane_kills * share * args.lanes / default.lanes)),
        cuts=max(1, round(default.cuts * share)),
    )
    violations = 0
    for kind in databases:
        summary = _soak(kind, args.seed, size, args.keep)
        print(json.dumps({"seed": args.seed, **summary}), flush=True)
        for violation in summary["violations"]:
            print(f"soak: VIOLATION {violation}", file=sys.stderr)
        violations += len(summary["violations"])
    return 1 if violations else 0


def _soak(kind: str, seed: int, size: Size, keep: Path | None) -> dict[str, Any]:
    with contextlib.ExitStack() as stack:
        if keep is None:
            made = stack.enter_context(tempfile.TemporaryDirectory(prefix="gatekeeper-soak-"))
            folder = Path(made)
        else:
            folder = keep / kind
            folder.mkdir(parents=True)
        server = stack.enter_context(_served(kind, folder))
        return asyncio.run(Soak(server, folder, seed, size).run())


@contextlib.contextmanager
def _served(kind: str, folder: Path) -> Iterator[RunningServer]:
    with contextlib.ExitStack() as stack:
        server = RunningServer(folder / "server")
        if kind == "postgresql":
            cluster = stack.enter_context(run_cluster(is_durable=True))
            server.database, server.workers = cluster.create_database().url, 2
        server.start()
        stack.callback(server.stop)
        yield server


if __name__ == "__main__":
    sys.exit(run_to_status("soak", main))
