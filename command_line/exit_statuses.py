"""Every ending of a program as an exit status, and nothing but one sentence for a person.

Exit status: 0 done, 1 the answer is no, 2 wrong usage, 3 something failed; as shells have it, 130
after an interrupt and 141 when whoever read our output went away.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from shared.kernel.errors import BadInput, EnvironmentFault, GatekeeperError, Rejected
from shared.kernel.os_errors import words_of_system
from shared.kernel.text_in_line import keep_in_line

EXIT_DONE: Final = 0
EXIT_NO: Final = 1
EXIT_WRONG_USE: Final = 2
EXIT_BROKEN: Final = 3
EXIT_INTERRUPTED: Final = 130
EXIT_READER_GONE: Final = 141

_PRIVATE_UMASK: Final = 0o077
"""What a program of ours makes holds keys, names or PINs sooner or later: for its owner only."""
TRACEBACK_VARIABLE: Final = "GATEKEEPER_TRACEBACK"
"""Set to 1, it shows where in the program an unforeseen error came from."""

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_OUR_OWN: Final = frozenset(
    {"", "bench", "command_line", "gatekeeper", "server", "shared", "simulator", "soak"}
)


def run_to_status(name: str, act: Callable[[], int]) -> int:
    """Run a program and return its exit status; whatever happens, nobody sees a traceback.

    Args:
        name: By which the program is called, said before each sentence.
        act: The program; what it returns is its status.
    """
    try:
        _open_what_is_closed()
        _write_utf8()
        os.umask(_PRIVATE_UMASK)
        status = act()
        sys.stdout.flush()
    except SystemExit as stop:  # argparse has said what is wrong
        return stop.code if isinstance(stop.code, int) else EXIT_WRONG_USE
    except BrokenPipeError:
        _forget_stdout()
        return EXIT_READER_GONE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except GatekeeperError as error:
        say_line(name, str(error))
        return _status_of(error)
    except Exception as error:  # noqa: BLE001 - the composition root: nobody sees a traceback
        return _report_unforeseen(name, error)
    return status


def _status_of(error: GatekeeperError) -> int:
    if isinstance(error, BadInput):
        return EXIT_WRONG_USE
    return EXIT_NO if isinstance(error, Rejected) else EXIT_BROKEN


def _report_unforeseen(name: str, error: Exception) -> int:
    """Say that something broke which no verb foresaw, and how to see more."""
    if isinstance(error, ModuleNotFoundError):
        error = _missing_library(error)
    if os.environ.get(TRACEBACK_VARIABLE) == "1":
        import traceback

        traceback.print_exception(error)
    if isinstance(error, OSError):
        advice = "; free some space" if error.errno in _FULL else ""
        say_line(name, words_of_system(error) + advice)
    elif isinstance(error, GatekeeperError):
        say_line(name, str(error))
    else:
        # A database's further lines quote its statement, its values and the row that it refused.
        first = str(error).strip().partition("\n")[0]
        what = f"{type(error).__name__}: {first}" if first else type(error).__name__
        say_line(name, f"a bug in the program: {what} ({TRACEBACK_VARIABLE}=1 shows where)")
    return EXIT_BROKEN


def _missing_library(error: ModuleNotFoundError) -> Exception:
    """Turn an absent library into advice; an absent module of our own is our bug."""
    library = (error.name or "").partition(".")[0]
    if library in _OUR_OWN:
        return error
    # No index has this project: what is called the same there is somebody else's.
    return EnvironmentFault(
        f"{library} is not installed; run `make setup` in the folder that the program was"
        " installed from, or see its README.md for how to install one part"
    )


def say_line(name: str, sentence: str) -> None:
    """Write one line for a person to standard error.

    What others chose in it (a file's name, a server's words) commands no terminal. Where it lies
    on a full disk, or nobody reads it, the line is lost: nothing that answers may die of it. It
    goes past Python's buffer, which would keep it and fail again at the end.
    """
    line = f"{name}: {' '.join(keep_in_line(sentence).split())}\n"
    try:
        handle = sys.stderr.fileno()
    except (OSError, ValueError, AttributeError):  # no file of the system's is behind it
        print(line, end="", file=sys.stderr)
        return
    with contextlib.suppress(OSError):
        os.write(handle, line.encode("utf-8", "backslashreplace"))


def _open_what_is_closed() -> None:
    """Let who was started without standard streams read nothing, and be read by nobody."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            stream = Path(os.devnull).open(mode, encoding="utf-8")  # noqa: SIM115 - for good
            setattr(sys, name, stream)


def _write_utf8() -> None:
    """Write JSON as UTF-8 whatever the locale says (RFC 8259, section 8.1)."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def _forget_stdout() -> None:
    """Let the interpreter flush what is left of the output nowhere, without a complaint."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
