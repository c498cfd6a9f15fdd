"""`gatekeeper-server openapi`: print the API's description."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from server.commands.options import show_example


def describe(parser: argparse.ArgumentParser) -> None:
    """Describe the verb."""
    show_example(parser, "gatekeeper-server openapi > openapi.json")
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
