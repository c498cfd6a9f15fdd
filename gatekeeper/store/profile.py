"""Who this device is: its enrolment in `profile.json`, and its keys in files of their own."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import msgspec

from gatekeeper.store.disk import Disk
from shared.admission.pace import NO_LIMIT
from shared.kernel.ed25519 import SEED_SIZE, SigningKey
from shared.kernel.errors import BadInput, StoreFault
from shared.kernel.trouble import TroubleKind

PROFILE_NAME: Final = "profile.json"
DEVICE_KEY_NAME: Final = "device.key"
TILL_KEY_NAME: Final = "till.key"
PROFILE_VERSION: Final = 1
LIVE: Final = "live"
IN_CLEAR: Final = (
    "the connection to the server is not encrypted: others can read what passes, though change"
    " none of it. Enrol this folder again, nothing is lost: gatekeeper enrol --server https://…"
    " --code …"
)


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What enrolment gave.

    Attributes:
        server_url: Without a trailing slash.
        device_id: Stands in every journal entry.
        organization_id: Whose device it is.
        organization: The organization's name.
        root_public_key: 64 hex digits; pinned.
        token: Bearer token for the server.
        role: `gate`, `till` or `both`.
        event_id: The event that it serves, or None.
        gate_id: Its gate, chosen or given, or None.
        kind: `live`, `rehearsal` or `test`.
        name: What staff call it.
        fixed_gate_id: The gate to which the organizer has assigned it: it stands there, or at
            another one of the same zone. None where it may choose any.
        admissions_per_minute: How fast it may let holders in; 0 without a limit.
        authority_pem: The one certificate authority to trust, or None for the system's.
        v: `PROFILE_VERSION`.
    """

    server_url: str
    device_id: str
    organization_id: str
    organization: str
    root_public_key: str
    token: str
    role: str
    event_id: str | None = None
    gate_id: str | None = None
    kind: str = LIVE
    name: str = ""
    authority_pem: str | None = None
    fixed_gate_id: str | None = None
    admissions_per_minute: int = NO_LIMIT
    v: int = PROFILE_VERSION

    @property
    def root_key(self) -> bytes:
        """The pinned root public key's 32 bytes."""
        return bytes.fromhex(self.root_public_key)

    @property
    def takes_given_times(self) -> bool:
        """Whether a caller may say what time it is: in test and rehearsal only."""
        return self.kind != LIVE

    @property
    def speaks_in_clear(self) -> bool:
        """Whether others on the way to the server can read what passes."""
        address = urlsplit(self.server_url)
        return address.scheme == "http" and not _is_this_machine(address.hostname or "")

    @property
    def is_till(self) -> bool:
        """Whether it may sell."""
        return self.role in {"till", "both"}


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def load_profile(disk: Disk) -> Profile:
    """Read the profile.

    Raises:
        BadInput: if the folder holds none.
        StoreFault: if it cannot be read, or is of a newer program.
    """
    content = disk.read(PROFILE_NAME)
    if content is None:
        message = "this folder holds no profile; enrol first: gatekeeper enrol --help"
        raise BadInput(message, kind=TroubleKind.NOT_PAIRED)
    try:
        profile = msgspec.json.decode(content, type=Profile)
    except msgspec.DecodeError as fault:
        message = f"{PROFILE_NAME} is damaged ({fault}); restore it, or enrol into a new folder"
        raise StoreFault(message, kind=TroubleKind.PROFILE_DAMAGED) from None
    if profile.v > PROFILE_VERSION:
        message = f"{PROFILE_NAME} was written by a newer version of this program"
        raise StoreFault(message, kind=TroubleKind.NEWER_PROGRAM)
    return profile


def save_profile(disk: Disk, profile: Profile) -> None:
    """Write the profile as a whole.

    Raises:
        StoreFault: if the disk refuses.
    """
    content = msgspec.json.format(msgspec.json.encode(profile), indent=2)
    disk.write(PROFILE_NAME, content + b"\n")


def load_key(disk: Disk, name: str) -> SigningKey:
    """Read a private key.

    Raises:
        StoreFault: if it is missing or not of its size.
    """
    seed = disk.read(name)
    if seed is None or len(seed) != SEED_SIZE:
        message = f"{name} is missing or damaged; restore it, or enrol into a new folder"
        raise StoreFault(message, kind=TroubleKind.PROFILE_DAMAGED)
    return SigningKey(seed)


def save_key(disk: Disk, name: str, key: SigningKey) -> None:
    """Write a private key, readable by its owner only.

    Raises:
        StoreFault: if the disk refuses.
    """
    disk.write(name, key.seed)
