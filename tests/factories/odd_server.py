"""`gatekeeper-server` on a machine whose clock is off.

`python -m tests.factories.odd_server --clock SECONDS -- VERB …` is the program itself; only what
it reads of the machine is another's.
"""

from __future__ import annotations

import argparse
import sys

from command_line import clock_and_randomness
from server import cli
from shared.kernel.instant import SECOND, Instant


def main() -> int:
    """Run the program on the odd machine."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clock", type=int, required=True)
    parser.add_argument("words", nargs="+")
    args = parser.parse_args()

    class OddClock(clock_and_randomness.SystemClock):
        """The machine's clock, set wrong."""

        def wall(self) -> Instant:
            """Return the wrong time."""
            return Instant(super().wall() + args.clock * SECOND)

    vars(clock_and_randomness)["SystemClock"] = OddClock
    return cli.main(args.words)


if __name__ == "__main__":
    sys.exit(main())
