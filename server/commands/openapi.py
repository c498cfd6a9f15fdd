"""`gatekeeper-server openapi`: print the API's description."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from server.commands.options import add_verb

if TYPE_CHECKING:
    from command_line.program import Subparsers


def add_parser(subparsers: Subparsers) -> None:
    """Describe the verb."""
    parser = add_verb(
        subparsers,
        "openapi",
        about="print the API's description",
        example="gatekeeper-server openapi > openapi.json",
    )
    parser.add_argument(
        "--public-url",
        default="http://127.0.0.1:8000",
        metavar="URL",
        help="the server that it describes; http://127.0.0.1:8000 by default",
    )


def run(args: argparse.Namespace) -> int:
    """Print the document as one line; no database is opened."""
    import msgspec

    from server.app import create_framework
    from server.http.openapi_document import describe
    from server.settings import Settings

    settings = Settings(
        database="sqlite:///unopened.db",
        data_folder=Path(),
        public_url=args.public_url,
        access_token_secret=bytes(32),
    )
    app = create_framework(settings)
    sys.stdout.write(msgspec.json.encode(describe(app)).decode() + "\n")
    return 0
