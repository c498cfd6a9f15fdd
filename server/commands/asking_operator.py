"""What a person at a terminal is asked: passwords and passphrases, and whether to go on."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path

from command_line.exit_statuses import say_line
from shared.kernel.errors import BadInput


def add_password_option(parser: argparse.ArgumentParser) -> None:
    """Let a password come from a file."""
    parser.add_argument(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="read the password from this file; else it is asked for, or read from standard input",
    )


def ask_secret(file: Path | None, asked: str) -> str:
    """Read a password or a passphrase from a file, or ask for it; without a terminal, read a line.

    Args:
        file: Where it stands; None to ask.
        asked: What it is, as a person is asked for it.

    Raises:
        BadInput: if the file cannot be read, or nothing was given.
    """
    if file is not None:
        try:
            return file.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not text"
            raise BadInput(f"{file} cannot be read: {why}") from None
    if sys.stdin.isatty():
        return getpass.getpass(f"{asked}: ")
    try:
        line = sys.stdin.readline().rstrip("\r\n")
        line.encode()  # what a locale has let pass as bytes is no text
    except UnicodeError:
        raise BadInput(f"{asked.lower()}: the input is not UTF-8 text") from None
    if not line:
        raise BadInput(f"{asked.lower()}: none was given; type it, or pipe it in as a line")
    return line


def add_yes_option(parser: argparse.ArgumentParser) -> None:
    """Let what cannot be taken back be done without a question; `is_agreed` asks it."""
    parser.add_argument("--yes", action="store_true", help="do not ask for confirmation")


def is_agreed(args: argparse.Namespace, question: str) -> bool:
    """Ask a person at a terminal before what cannot be taken back.

    A script is never kept waiting: without a terminal, as with `--yes`, nobody is asked.

    Args:
        args: Of a verb that has `add_yes_option`.
        question: What it will come to, then what is asked.
    """
    if args.yes or not is_terminal():
        return True
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() in {"y", "yes"}:
        return True
    say_line("gatekeeper-server", "nothing was changed")
    return False


def is_terminal() -> bool:
    """Tell whether a person sits there who can be asked, and answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()
