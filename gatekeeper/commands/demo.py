"""`gatekeeper demo`: the whole story on this machine, with or without a window."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from command_line.program import Subparsers

_EPILOG = """example:
  gatekeeper demo --headless --seed 7

The last line of the headless demo is one JSON object: what was admitted, denied, sold, lost, and
how many double uses were found, with five sample codes and the keyring that verifies them.
"""


def add_parser(subparsers: Subparsers) -> None:
    """Describe the verb."""
    parser = subparsers.add_parser(
        "demo",
        help="the whole story on this machine: two gates, a till, a cut cable",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--headless", action="store_true", help="tell it as text, open no window")
    parser.add_argument("--seed", type=int, default=1, help="which tickets are copied (default 1)")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep the server's and devices' folders here"
    )


def run(args: argparse.Namespace) -> int:
    """Tell the story; with a window, then open the north gate's kiosk."""
    if args.keep is not None:
        args.keep.mkdir(parents=True, exist_ok=True)
        return _play(args, args.keep)
    with tempfile.TemporaryDirectory(prefix="gatekeeper-demo-") as folder:
        return _play(args, Path(folder))


def _play(args: argparse.Namespace, folder: Path) -> int:
    import msgspec

    from gatekeeper.bootstrap import machine_system
    from gatekeeper.demo.story import run_headless

    if not args.headless:
        from gatekeeper.demo.window import run_with_window

        return run_with_window(folder, machine_system(), args.seed)
    summary = run_headless(folder, machine_system(), args.seed)
    sys.stdout.write(msgspec.json.encode(summary).decode() + "\n")
    is_whole = (
        summary.converged
        and summary.lost_scans == 0
        and summary.double_uses == summary.conflicts > 0
        and summary.walkups_admitted == summary.walkups_sold
    )
    return 0 if is_whole else 1
