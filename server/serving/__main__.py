"""`python -m server.serving`: one worker process, as `server/serving/workers.py` starts it."""

from __future__ import annotations

from command_line.program import start_quickly

if __name__ == "__main__":
    start_quickly()
    from server.serving.worker import main

    main()
