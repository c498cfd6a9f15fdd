"""The main process of a server with two workers that may be silent for few seconds only.

`python -m tests.factories.impatient_server --port PORT --silent-max SECONDS` is what
`gatekeeper-server serve` comes to; an operator's gives its workers a minute.
"""

from __future__ import annotations

import argparse
import sys

from server.serving.workers import Listening, Workers


def main() -> int:
    """Serve until it is told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--silent-max", type=float, required=True)
    args = parser.parse_args()
    where = Listening("127.0.0.1", args.port)
    return Workers(where, 2, silent_max_s=args.silent_max).run()


if __name__ == "__main__":
    sys.exit(main())
