"""The gate's composition root: this machine, its network, its disk."""

from __future__ import annotations

from command_line.clock_and_randomness import SystemClock, SystemEntropy
from gatekeeper.store.profile import Profile
from gatekeeper.sync.enrolment import EnrolmentWays
from gatekeeper.sync.proven_requests_and_answers import DeviceChannel
from gatekeeper.sync.server_over_http import HttpEnrolment, HttpServer, fetch_authority
from gatekeeper.sync.server_port import SyncServer
from gatekeeper.this_machine import System, machine_battery, machine_boot


def machine_system() -> System:
    """Give this machine to the engine."""
    return System(
        clock=SystemClock(),
        entropy=SystemEntropy(),
        connect=connect_http,
        read_battery=machine_battery,
        boot=machine_boot(),
    )


def connect_http(profile: Profile, channel: DeviceChannel) -> SyncServer:
    """Give the server of a profile, over HTTP; nothing is opened before the first request."""
    return HttpServer(profile.server_url, profile.token, profile.authority_pem, channel)


def enrolment_ways() -> EnrolmentWays:
    """Say how a server is reached that this machine does not know yet."""
    return EnrolmentWays(HttpEnrolment, fetch_authority)
