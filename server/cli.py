"""The `gatekeeper-server` command: finds the verb, runs it, turns every ending into a status.

Only the module of the verb that runs is imported. A verb is a module of `server.commands` with
`add_parser(subparsers)` and `run(args) -> int`; `-` in its name is `_` in the module's.

Exit status: 0 done, 1 the answer is no, 2 wrong use, 3 something broke; as shells have it, 130
after an interrupt and 141 when whoever read our output went away.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Protocol, cast

from shared.kernel.errors import BadInput, EnvironmentFault, GatekeeperError, Rejected

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - argparse names it nowhere else

EXIT_DONE: Final = 0
EXIT_NO: Final = 1
EXIT_WRONG_USE: Final = 2
EXIT_BROKEN: Final = 3
EXIT_INTERRUPTED: Final = 130
EXIT_READER_GONE: Final = 141

TRACEBACK_VARIABLE: Final = "GATEKEEPER_TRACEBACK"
"""Set to 1, it shows where in the program an unforeseen error came from."""

VERBS: Final = {
    "serve": "run the server, creating and migrating what is missing",
    "init": "create the data folder, its secrets and the database",
    "migrate": "bring the database to this program's version",
    "backup": "write a copy of the database to a file",
    "restore": "put a copy back, and open a higher ledger epoch",
    "epoch": "look at the ledger's epoch, or open a higher one after the database went back",
    "create-admin": "make an account that runs the installation",
    "openapi": "print the API's description",
    "seed": "make a load event through the real services",
}

_EPILOG: Final = """\
example:
  gatekeeper-server serve --port 8000

`gatekeeper-server VERB --help` explains a verb. Exit status: 0 done, 1 the answer is no,
2 wrong use, 3 something broke.
"""


class Verb(Protocol):
    """What a module of `server.commands` offers."""

    def add_parser(self, subparsers: Subparsers) -> None:
        """Describe the verb's arguments, with an example in its help."""
        ...

    def run(self, args: argparse.Namespace) -> int:
        """Do it and return the exit status; JSON lines go to standard output, nothing else."""
        ...


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit status.

    Args:
        arguments: Those after the program's name; the process's own by default.
    """
    try:
        status = _run_verb(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        return EXIT_READER_GONE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except GatekeeperError as error:
        _say(str(error))
        return _status_of(error)
    except Exception as error:  # noqa: BLE001 - the composition root: nobody sees a traceback
        return _report_unforeseen(error)
    return status


def _run_verb(arguments: list[str]) -> int:
    wanted = next((argument for argument in arguments if not argument.startswith("-")), None)
    parser = argparse.ArgumentParser(
        prog="gatekeeper-server",
        description="The office behind the gates: sells, publishes, admits, reconciles.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=_version())
    subparsers = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    verb: Verb | None = None
    for name, line in VERBS.items():
        module = f"server.commands.{name.replace('-', '_')}"
        if importlib.util.find_spec(module) is None:
            continue
        if name == wanted:
            verb = _import_verb(module)
            verb.add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=line)
    try:
        args = parser.parse_args(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else EXIT_WRONG_USE
    assert verb is not None, "argparse lets only a verb of the list through"
    return verb.run(args)


def _import_verb(module: str) -> Verb:
    try:
        return cast("Verb", importlib.import_module(module))
    except ModuleNotFoundError as error:
        raise _missing_library(error) from error


def _missing_library(error: ModuleNotFoundError) -> Exception:
    """Turn an absent library into advice; an absent module of our own is our bug."""
    library = (error.name or "").partition(".")[0]
    if library in {"", "gatekeeper", "shared", "server"}:
        return error
    extra = "server,postgres" if library == "asyncpg" else "server"
    return EnvironmentFault(
        f"{library} is not installed; install Gatekeeper with what this needs: "
        f"pip install 'gatekeeper[{extra}]'"
    )


def _status_of(error: GatekeeperError) -> int:
    if isinstance(error, BadInput):
        return EXIT_WRONG_USE
    return EXIT_NO if isinstance(error, Rejected) else EXIT_BROKEN


def _report_unforeseen(error: Exception) -> int:
    """Say that something broke which no verb foresaw, and how to see more."""
    if isinstance(error, ModuleNotFoundError):
        error = _missing_library(error)
    if os.environ.get(TRACEBACK_VARIABLE) == "1":
        import traceback

        traceback.print_exception(error)
    if isinstance(error, GatekeeperError | OSError):
        _say(str(error))
    else:
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        _say(f"a fault of the program: {what} ({TRACEBACK_VARIABLE}=1 shows where)")
    return EXIT_BROKEN


def _say(sentence: str) -> None:
    """Write one line for a person to standard error."""
    print(f"gatekeeper-server: {' '.join(sentence.split())}", file=sys.stderr)


def _version() -> str:
    try:
        return f"gatekeeper-server {importlib.metadata.version('gatekeeper')}"
    except importlib.metadata.PackageNotFoundError:
        return "gatekeeper-server (not installed)"


if __name__ == "__main__":
    sys.exit(main())
