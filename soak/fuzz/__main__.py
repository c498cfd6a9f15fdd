"""`python -m soak.fuzz`: send hostile inputs to everything that reads strangers' data."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
from concurrent.futures import ProcessPoolExecutor

import msgspec

from command_line.exit_statuses import run_to_status
from soak.fuzz.running import run_part, sum_up


def main() -> int:
    """Print one JSON line; 1 if anything was admitted, raised or too slow."""
    parser = argparse.ArgumentParser(prog="python -m soak.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=10_000_000)
    parser.add_argument("--pictures", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args()
    if min(args.inputs, args.pictures) < 0 or args.jobs < 1:
        parser.error("inputs and pictures must not be below 0, and jobs not below 1")
    parts = [
        (f"{args.seed}/{job}", args.inputs // args.jobs, args.pictures // args.jobs)
        for job in range(args.jobs)
    ]
    with ProcessPoolExecutor(args.jobs, multiprocessing.get_context("spawn")) as pool:
        reports = list(pool.map(run_part, *zip(*parts, strict=True)))
    whole = sum_up(reports)
    print(json.dumps({"seed": args.seed, **msgspec.to_builtins(whole)}), flush=True)
    for finding in whole.findings:
        print(f"fuzz: {finding}", file=sys.stderr)
    return 1 if whole.findings else 0


if __name__ == "__main__":
    sys.exit(run_to_status("soak.fuzz", main))
