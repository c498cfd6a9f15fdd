"""The only file of the server that asks the machine: addresses, processors, memory, threads."""

from __future__ import annotations

import ctypes
import gc
import ipaddress
import os
import signal
import socket
import sys
import threading
from typing import Final

_ELSEWHERE: Final = ("203.0.113.1", 9)
"""An address that nobody has (RFC 5737), to ask by which way packets would leave."""


def machine_addresses() -> list[str]:
    """Return the addresses by which others reach this machine, likeliest first; none may do.

    The one by which it would go to the internet itself comes first, then IPv4, then IPv6.
    """
    import ifaddr  # a server that was told its address never asks

    found = [
        ipaddress.ip_address(one.ip if isinstance(one.ip, str) else one.ip[0])
        for adapter in ifaddr.get_adapters()
        for one in adapter.ips
    ]
    usable = [one for one in found if not (one.is_loopback or one.is_link_local)]
    first = _outward_address()
    usable.sort(key=lambda one: (str(one) != first, one.version))
    return list(dict.fromkeys(str(one) for one in usable))


def _outward_address() -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)  # chooses a route; nothing is sent
            return str(probe.getsockname()[0])
        except OSError:
            return ""


def cpu_count() -> int:
    """Return how many processors this process may use, at least 1."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return os.cpu_count() or 1


def return_large_blocks() -> None:
    """Have the C library give large blocks back to the machine when they are freed.

    glibc learns to keep blocks of the sizes that it sees: 19 MB for each password that is hashed
    at the same time. Other C libraries do not offer the setting, or the need.
    """
    if sys.platform != "linux":
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_M_MMAP_THRESHOLD, 1 << 20)
        mallopt(_M_ARENA_MAX, 2)


_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8
"""From glibc's malloc.h."""


def end_with_parent(parent: int) -> None:
    """Have the system end this process as soon as the one that started it, by its id, is gone.

    A worker whose main process was killed, or ran out of memory, would else keep the port and
    serve on with nobody to stop it. Other systems than Linux do not offer it.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)  # it was gone before


_PR_SET_PDEATHSIG = 1
"""From Linux's sys/prctl.h."""


def yield_to_others() -> None:
    """Have the system prefer all other threads to this one; only Linux knows that of a thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LAST)


_LAST = 19
"""The least of the system's priorities."""


def hand_over_often() -> None:
    """Let threads take the interpreter from each other within a fifth of a millisecond.

    A thread that verifies signatures needs the interpreter for moments only, between long calls
    that go without it; at the default of 5 ms it would wait for the loop most of its time.
    """
    sys.setswitchinterval(0.0002)


def collect_rarely() -> None:
    """Look for cyclic garbage seldom, and never among what the program itself is made of.

    A batch of 500 entries makes tens of thousands of short-lived objects and hardly a cycle; by
    the interpreter's default every 700 of them start a search, a tenth of all processor time, and
    the full searches in between hold up whoever waits for an answer.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG_MAX, 10, 10)


_YOUNG_MAX = 20_000
