"""What the verbs share: the options that each takes, and the line that each prints."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any, Final

from command_line.clock_and_randomness import SystemEntropy
from command_line.json_lines import escape_controls
from server.settings import Settings, read_settings, sqlite_file_of

_EPOCH_DIGITS: Final = 9
"""More than any ledger reaches: each restore adds one, and a take-over at most 65,536 on top."""


def show_example(parser: argparse.ArgumentParser, example: str) -> None:
    """Show a call of a verb in its help, and let it take `--database`."""
    parser.epilog = f"example:\n  {example}\n"
    _add_database(parser, None)


def add_action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    *,
    about: str,
    example: str = "",
) -> argparse.ArgumentParser:
    """Add one of a verb's actions, which takes `--database` behind its name as well.

    Its help has an example: the call itself, and what stands behind it.
    """
    action = actions.add_parser(
        name,
        help=about,
        description=about[0].upper() + about[1:] + ".",
    )
    action.epilog = f"example:\n  {action.prog} {example}".rstrip() + "\n"
    # Suppressed, so that it does not put back to nothing what stood in front of the action.
    _add_database(action, argparse.SUPPRESS)
    return action


def add_epoch_option(parser: argparse.ArgumentParser) -> None:
    """Let an operator name the highest epoch that devices have seen."""
    parser.add_argument(
        "--epoch",
        type=_epoch,
        default=0,
        metavar="N",
        help="the highest ledger epoch known from elsewhere, such as a device's screen",
    )


def _epoch(text: str) -> int:
    """Read an epoch; what no ledger reaches would leave no higher one for the next restore."""
    if not (text.isascii() and text.isdigit() and len(text) <= _EPOCH_DIGITS):
        message = f"an epoch has 1 to {_EPOCH_DIGITS} digits, as a device's screen shows it"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _add_database(parser: argparse.ArgumentParser, default: str | None) -> None:
    parser.add_argument(
        "--database",
        metavar="URL",
        default=default,
        help=(
            "sqlite:///FILE or postgresql://…; else GATEKEEPER_DATABASE, else SQLite in the "
            "data folder, which is GATEKEEPER_DATA"
        ),
    )


def settings_of(args: argparse.Namespace, **more: Any) -> Settings:
    """Read the settings of a verb, its options going before the environment."""
    return read_settings(os.environ, SystemEntropy(), database=args.database, **more)


def print_line(**fields: Any) -> None:
    """Print one JSON object as a line, at once."""
    print(escape_controls(json.dumps(fields, ensure_ascii=False)), flush=True)


def shown_database(url: str) -> str:
    """Return a database's URL without its password; a file by its whole path."""
    file = sqlite_file_of(url)
    if file is not None:
        return f"sqlite:///{file.absolute()}"
    scheme, _, rest = url.partition("://")
    if "@" not in rest:
        return url
    login, _, place = rest.rpartition("@")
    return f"{scheme}://{login.partition(':')[0]}@{place}"
