"""A program of several verbs: finds the one that is asked for, and runs it.

Only the module of the verb that runs is imported, so that `--help` and each verb start at once
whatever the others need. A verb is a module with `describe(parser)` and `run(args) -> int`;
`-` in its name is `_` in the module's.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final, Protocol, cast

from command_line.exit_statuses import EXIT_DONE, EXIT_WRONG_USE, run_to_status

_YOUNG_MAX: Final = 50_000
"""New objects until the collector of garbage looks at them."""


class Verb(Protocol):
    """What the module of a verb offers."""

    def describe(self, parser: argparse.ArgumentParser) -> None:
        """Describe the verb's arguments, with an example in its help."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it and return the exit status; JSON lines go to standard output, nothing else."""


@dataclass(frozen=True)
class Program:
    """A program.

    Attributes:
        name: By which it is called.
        description: What it is, in a sentence.
        example: A call of it.
        package: In which its verbs are.
        verbs: What each does, in a line, by name; one whose module is absent is not offered.
    """

    name: str
    description: str
    example: str
    package: str
    verbs: Mapping[str, str]

    def main(self, arguments: Sequence[str] | None = None) -> int:
        """Run one verb and return the exit status.

        Args:
            arguments: Those after the program's name; the process's own by default.
        """
        if arguments is None:
            start_quickly()
        given = sys.argv[1:] if arguments is None else list(arguments)
        return run_to_status(self.name, lambda: self._run_verb(given))

    def _run_verb(self, arguments: list[str]) -> int:
        wanted = next((argument for argument in arguments if not argument.startswith("-")), None)
        parser = self._parser()
        subparsers = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
        verb: Verb | None = None
        for name, line in self.verbs.items():
            module = f"{self.package}.{name.replace('-', '_')}"
            if importlib.util.find_spec(module) is None:
                continue
            described = subparsers.add_parser(
                name, help=line, description=f"{line[0].upper()}{line[1:]}."
            )
            if name == wanted:
                verb = cast("Verb", importlib.import_module(module))
                verb.describe(described)
        if not arguments:
            parser.print_help(sys.stderr)
            return EXIT_WRONG_USE
        args, unknown = parser.parse_known_args(arguments)
        if unknown:  # said beside the verb's own usage: there stands what it does know
            subparsers.choices[args.verb].error(f"unrecognized arguments: {' '.join(unknown)}")
        assert verb is not None, "argparse lets only a verb of the list through"
        return verb.run(args)

    def _parser(self) -> argparse.ArgumentParser:
        parser = _Parser(
            prog=self.name,
            description=self.description,
            epilog=(
                f"example:\n  {self.example}\n\n"
                f"`{self.name} VERB --help` explains a verb. Exit status: 0 done, 1 the answer is"
                " no,\n2 wrong usage, 3 something failed.\n"
            ),
        )
        parser.add_argument(
            "--version", action=_Version, nargs=0, help="print the version and exit"
        )
        return parser


def start_quickly() -> None:
    """Let the collector of garbage rest while this process loads what it consists of.

    That is hundreds of thousands of objects, and all stay: to look for garbage among them at the
    interpreter's own pace is a fourth of a server's start.
    """
    gc.set_threshold(_YOUNG_MAX, 10, 10)
    # httpx loads a command of its own, with three libraries for a terminal's colours: a tenth of a
    # gate's start. A module that stands here as None counts as not installed.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type] # the way to say so
    # structlog would print tracebacks in colours by it; ours are lines of JSON: 4 MB a process.
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type] # as above


class _Parser(argparse.ArgumentParser):
    """Takes options by their whole names, also those of the verbs: they are made by its class.

    What is the beginning of one option today may be that of two after an upgrade, and who types
    it may mean something else. Descriptions and examples are shown line by line as written.
    """

    def __init__(self, **settings: Any) -> None:
        shown = argparse.RawDescriptionHelpFormatter
        super().__init__(**settings, allow_abbrev=False, formatter_class=shown)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Name the verb, or other choice, that a misspelt one is nearest to."""
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError:
            near = get_close_matches(str(value), [str(one) for one in action.choices or ()], 1)
            if not near:
                raise
            message = f"invalid choice: {value!r}; did you mean {near[0]!r}?"
            raise argparse.ArgumentError(action, message) from None


class _Version(argparse.Action):
    """Prints the version; looking it up reads files, so it waits until somebody asks."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        print(f"{parser.prog} {_version()}")
        parser.exit(EXIT_DONE)


def _version() -> str:
    try:
        return importlib.metadata.version("gatekeeper")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"
