"""`gatekeeper-server restore FILE`: put a copy back, and open a higher ledger epoch."""

from __future__ import annotations

import argparse
from pathlib import Path

from server.commands.asking_operator import add_yes_option
from server.commands.options import add_epoch_option, show_example


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    show_example(parser, "gatekeeper-server restore /backups/gatekeeper-2026-11-20")
    parser.add_argument("file", type=Path, metavar="FILE", help="what `backup` wrote")
    add_epoch_option(parser)
    add_yes_option(parser)
    parser.add_argument(
        "--recovery-key",
        type=Path,
        metavar="FILE",
        help="secrets/backup.key of the data folder that made the backup, if not this one",
    )
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help="read the passphrase from this file, instead of the terminal or standard input",
    )
    parser.add_argument(
        "--unsealed",
        action="store_true",
        help="accept an unencrypted file, such as the one an upgrade leaves: whoever could write"
        " to it has decided everything in it, including passwords and roles",
    )


def run(args: argparse.Namespace) -> int:
    """Put the copy back; nobody else may use the database. 1 if a person would rather not."""
    from server.commands.putting_copy_back import restore

    return restore(args)
