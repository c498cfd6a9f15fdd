"""Runs a program that must not outlive the one that wanted it, however that one ends.

    python -m gatekeeper.demo.leash FOLDER PROGRAM ARGUMENTS…

The program runs until standard input says `end`, or ends: whoever started this holds the other
side of that pipe, and the system closes it for a process that was killed. In that case nobody else
is left to tidy up, so FOLDER is removed as well, unless it is empty text.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from typing import Final

END: Final = b"end\n"
_STOP_TIMEOUT_S: Final = 10


def main() -> int:
    """Run the program; returns its exit status."""
    folder, *command = sys.argv[1:]
    is_over = threading.Event()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        for number in (signal.SIGINT, signal.SIGTERM):
            # Who holds the pipe decides when it is over.
            signal.signal(number, signal.SIG_IGN)
        watching = threading.Thread(target=_watch, args=(process, folder, is_over), daemon=True)
        watching.start()
        status = process.wait()
        if is_over.is_set():
            watching.join()
    return status


def _watch(process: subprocess.Popen[bytes], folder: str, is_over: threading.Event) -> None:
    """Wait for the end of standard input, and end the program."""
    # Past Python's buffer, whose lock would be held when the program ends first.
    is_asked = os.read(sys.stdin.fileno(), len(END)) == END
    is_over.set()
    process.terminate()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
    if not is_asked and folder:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
