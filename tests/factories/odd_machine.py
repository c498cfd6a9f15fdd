"""`gatekeeper` on a machine whose clock is off, or whose battery is low.

`python -m tests.factories.odd_machine [--clock SECONDS] [--battery PERCENT] -- VERB …` is the
program itself; only what it reads of the machine is another's.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import Any

import msgspec

from gatekeeper import bootstrap, cli
from gatekeeper.system import System, SystemClock
from shared.kernel.instant import SECOND, Instant


class OddClock(SystemClock):
    """The machine's clock, set wrong.

    Args:
        seconds: By how much.
    """

    def __init__(self, seconds: int) -> None:
        self._off = seconds * SECOND

    def wall(self) -> Instant:
        """Return the wrong time."""
        return Instant(super().wall() + self._off)


def main() -> int:
    """Run the program on the odd machine."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clock", type=int, default=0)
    parser.add_argument("--battery", type=int)
    parser.add_argument("words", nargs="+")
    args = parser.parse_args()
    system = bootstrap.machine_system()
    changed: dict[str, Any] = {"clock": OddClock(args.clock)}
    if args.battery is not None:
        changed["read_battery"] = lambda: args.battery
    odd: System = msgspec.structs.replace(system, **changed)
    verb = importlib.import_module(f"gatekeeper.commands.{args.words[0]}")
    vars(verb)["machine_system"] = lambda: odd
    return cli.main(args.words)


if __name__ == "__main__":
    sys.exit(main())
