"""Which addresses enrolment lines name."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from server.devices.enrolment_line import enrolment_urls
from server.host_machine import machine_addresses
from server.settings import Settings

FOUND = ["192.0.2.7", "10.8.0.2", "fd00::2"]


def settings(public_url: str, *, finds_address: bool) -> Settings:
    return Settings(
        database="sqlite:///x.db",
        data_folder=Path(),
        public_url=public_url,
        finds_address=finds_address,
    )


def test_server_that_listens_everywhere_names_each_address_of_its_machine() -> None:
    """Its own loopback would lead every gate to the gate itself."""
    told = settings("https://127.0.0.1:8000", finds_address=True)
    urls = ["https://192.0.2.7:8000", "https://10.8.0.2:8000", "https://[fd00::2]:8000"]
    assert enrolment_urls(told, lambda: FOUND) == urls
    assert enrolment_urls(told, list) == ["https://127.0.0.1:8000"], "no network, no other gate"


@pytest.mark.parametrize("url", ["https://tickets.example", "http://127.0.0.1:8000"])
def test_public_address_that_was_told_or_listened_at_is_the_only_one(url: str) -> None:
    """A proxy's, say, or the loopback that alone is listened at."""
    assert enrolment_urls(settings(url, finds_address=False), lambda: FOUND) == [url]


def test_addresses_of_this_machine_are_no_loopback() -> None:
    """Whatever machine runs this: none of them stays within it or one cable."""
    for text in machine_addresses():
        address = ipaddress.ip_address(text)
        assert not address.is_loopback
        assert not address.is_link_local
