"""What can be a host in a network: a numeric address or a name."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final

_NAME: Final = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", re.IGNORECASE)
PORT_MAX: Final = 65_535


def is_host(text: str) -> bool:
    """Tell whether a text can name a machine; nobody is asked whether it does.

    Digits that are no address, such as `192.168..70` and `1.2.3.4.5`, are a slip of the finger and
    no name.
    """
    try:
        return not ip_address(text).is_unspecified
    except ValueError:
        pass
    try:
        name = text.encode("idna").decode()
    except UnicodeError:  # a part between two points is empty, or too long
        return False
    return _NAME.fullmatch(name) is not None and not name.rpartition(".")[2].isdigit()


def is_port(number: int) -> bool:
    """Tell whether somebody can listen at a port."""
    return 0 < number <= PORT_MAX
