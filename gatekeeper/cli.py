"""The `gatekeeper` command: finds the verb, runs it, and turns every ending into an exit status.

Only the module of the verb that runs is imported, so that `--help` and each verb start at once
whatever the others need. A verb is a module of `gatekeeper.commands` with
`add_parser(subparsers)` and `run(args) -> int`.

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
    "demo": "play the whole story on this machine: sell, sync, cut the network, scan, reconcile",
    "decode": "read the codes in image files",
    "inspect": "tell what a code says and whether its signature is valid",
    "lane": "run a lane without a screen: codes in, verdicts out",
    "enrol": "make this machine a device of an organization, with a one-time code",
    "sync": "upload the journal and fetch what changed",
    "tag": "sell a walk-up ticket and write it to an NFC tag",
    "journal": "verify or export this device's journal",
    "decide": "try admission rules on cases",
    "kiosk": "open the gate's window",
}

_EPILOG: Final = """\
example:
  gatekeeper inspect 7K2M-9Q4T-H

`gatekeeper VERB --help` explains a verb. Exit status: 0 done, 1 the answer is no,
2 wrong use, 3 something broke.
"""


class Verb(Protocol):
    """What a module of `gatekeeper.commands` offers."""

    def add_parser(self, subparsers: Subparsers) -> None:
        """Describe the verb's arguments, with an example in its help."""
        ...

    def run(self, args: argparse.Namespace) -> int:
        """Do it and return the exit status; JSON lines go to standard output, nothing else."""
        ...


class _Version(argparse.Action):
    """Prints the version; looking it up reads files, so it waits until somebody asks."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        print(f"gatekeeper {_version()}")
        parser.exit(EXIT_DONE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit status.

    Args:
        arguments: Those after the program's name; the process's own by default.
    """
    try:
        _write_utf8()
        status = _run_verb(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_stdout()
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
        prog="gatekeeper",
        description="Ticket gates that keep working when the network does not.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version and exit")
    subparsers = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    verb: Verb | None = None
    for name, line in VERBS.items():
        if importlib.util.find_spec(f"gatekeeper.commands.{name}") is None:
            continue
        if name == wanted:
            verb = _import_verb(name)
            verb.add_parser(subparsers)
        else:
            subparsers.add_parser(name, help=line)
    try:
        args = parser.parse_args(arguments)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else EXIT_WRONG_USE
    assert verb is not None, "argparse lets only a verb of the list through"
    return verb.run(args)


def _import_verb(name: str) -> Verb:
    """Import a verb's module.

    Raises:
        EnvironmentFault: if it needs a library that this installation was made without.
    """
    try:
        return cast("Verb", importlib.import_module(f"gatekeeper.commands.{name}"))
    except ModuleNotFoundError as error:
        raise _missing_library(error) from error


def _missing_library(error: ModuleNotFoundError) -> Exception:
    """Turn an absent library into advice; an absent module of our own is our bug."""
    library = (error.name or "").partition(".")[0]
    if library in {"", "gatekeeper", "shared", "server"}:
        return error
    return EnvironmentFault(
        f"{library} is not installed; install Gatekeeper with what this needs: "
        "pip install 'gatekeeper[kiosk,server]'"
    )


def _status_of(error: GatekeeperError) -> int:
    if isinstance(error, BadInput):
        return EXIT_WRONG_USE
    if isinstance(error, Rejected):
        return EXIT_NO
    return EXIT_BROKEN


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
    line = " ".join(sentence.split())
    print(f"gatekeeper: {line}", file=sys.stderr)


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


def _version() -> str:
    try:
        return importlib.metadata.version("gatekeeper")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"
