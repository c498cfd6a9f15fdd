"""The venue's network on the command line."""

from __future__ import annotations

import argparse

import pytest

from gatekeeper.commands.lan_arguments import add_lan_options, lan_options
from gatekeeper.device.lan_link import LanOptions
from shared.kernel.errors import BadInput


def read(default: str | None, *words: str) -> LanOptions | None:
    """Read the options of a verb with this default."""
    parser = argparse.ArgumentParser()
    add_lan_options(parser, default=default)
    return lan_options(parser.parse_args(words))


@pytest.mark.parametrize(
    ("default", "words", "options"),
    [
        (None, (), None),
        (None, ("--lan", "4810"), LanOptions(port=4810, uses_mdns=True)),
        ("auto", (), LanOptions(uses_mdns=True, is_automatic=True)),
        ("auto", ("--no-mdns",), LanOptions(is_automatic=True)),
        ("auto", ("--no-lan",), None),
        (
            "auto",
            ("--lan", "0", "--peer", "192.0.2.8:1", "--peer", "192.0.2.9:2"),
            LanOptions(peers=(("192.0.2.8", 1), ("192.0.2.9", 2)), uses_mdns=True),
        ),
    ],
)
def test_lan_is_as_the_verb_and_the_words_say(
    default: str | None, words: tuple[str, ...], options: LanOptions | None
) -> None:
    """A kiosk takes part by itself, a lane when it is told to."""
    assert read(default, *words) == options


@pytest.mark.parametrize(("default", "words"), [(None, ()), ("auto", ("--no-lan",))])
def test_peer_is_refused_where_the_gate_keeps_to_itself(
    default: str | None, words: tuple[str, ...]
) -> None:
    """Whoever names another gate and takes part in nothing is told so, not left alone unawares."""
    with pytest.raises(BadInput, match="--lan"):
        read(default, *words, "--peer", "192.0.2.8:1")
