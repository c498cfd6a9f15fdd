"""`python -m server.serving`: one worker process, as `server/serving/workers.py` starts it."""

from __future__ import annotations

import sys

from command_line.exit_statuses import run_to_status
from command_line.program import start_quickly


def _work() -> int:
    from server.serving.worker import main

    return main()


if __name__ == "__main__":
    start_quickly()
    sys.exit(run_to_status("gatekeeper-server", _work))
