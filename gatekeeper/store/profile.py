"""Who this device is: its enrolment in `profile.json`, and its keys in files of their own.

Each of these files is kept twice, for nobody else has what stands in them: without the key the
journal on the same disk could not go on, nor be uploaded.
"""

from __future__ import annotations

import contextlib
import hashlib
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import msgspec

from gatekeeper.store.disk import Disk
from shared.admission.pace import NO_LIMIT
from shared.kernel.ed25519 import SEED_SIZE, SigningKey
from shared.kernel.errors import BadInput, StoreFault
from shared.kernel.id_types import DeviceId, EventId, GateId, OrganizationId
from shared.kernel.trouble import TroubleKind
from shared.kernel.undecodable import UNDECODABLE
from shared.wire.exchange import KnownPlace

PROFILE_NAME: Final = "profile.json"
OWN_FOLDER: Final = "gatekeeper-gate"
"""What the folder of a machine with one device is called, where nobody chose another."""
DEVICE_KEY_NAME: Final = "device.key"
TILL_KEY_NAME: Final = "till.key"
COPY: Final = ".copy"
"""What stands behind the name of a file's twin."""
_CHECK_CONTEXT: Final = b"gatekeeper/key-file/1\0"
_CHECK_SIZE: Final = 8
PROFILE_VERSION: Final = 1
LIVE: Final = "live"
IN_CLEAR: Final = (
    "the connection to the server is not encrypted: others can read the data, but not change"
    " it. Enrol this folder again (nothing is lost): gatekeeper enrol --server https://… --code"
    " …"
)


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """Who this device is: what enrolment at the server gave it.

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
        place_revision: Of the assignment that it stands by, as the server counts them; None while
            no server has told it.
        admissions_per_minute: How fast it may let holders in; 0 without a limit.
        places: Where it was assigned to, newest last, with the ledger's codes.
        authority_pem: The one certificate authority to trust, or None for the system's.
        v: `PROFILE_VERSION`.
    """

    server_url: str
    device_id: DeviceId
    organization_id: OrganizationId
    organization: str
    root_public_key: str
    token: str
    role: str
    event_id: EventId | None = None
    gate_id: GateId | None = None
    kind: str = LIVE
    name: str = ""
    authority_pem: str | None = None
    fixed_gate_id: GateId | None = None
    place_revision: int | None = None
    admissions_per_minute: int = NO_LIMIT
    places: tuple[KnownPlace, ...] = ()
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

    def demand_till(self) -> None:
        """Make sure that it may sell.

        Raises:
            BadInput: if not.
        """
        if not self.is_till:
            raise BadInput(
                "this folder belongs to a gate, not a till; enrol a device with the role till"
            )


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def load_profile(disk: Disk) -> Profile:
    """Read the profile, or its twin where it is damaged.

    Raises:
        BadInput: if the folder holds none.
        StoreFault: if neither can be read, or a newer program wrote it.
    """
    if _read(disk, PROFILE_NAME) is None:
        message = "this folder has no profile; enrol first: gatekeeper enrol --help"
        raise BadInput(message, kind=TroubleKind.NOT_PAIRED)
    profile = _profile_in(disk, PROFILE_NAME) or _profile_in(disk, PROFILE_NAME + COPY)
    if profile is None:
        _check_ours(disk, PROFILE_NAME)
        message = f"{PROFILE_NAME} is damaged; restore it, or enrol into a new folder"
        raise StoreFault(message, kind=TroubleKind.PROFILE_DAMAGED)
    if profile.v > PROFILE_VERSION:
        message = f"{PROFILE_NAME} was written by a newer version of this program"
        raise StoreFault(message, kind=TroubleKind.NEWER_PROGRAM)
    return profile


def save_profile(disk: Disk, profile: Profile) -> None:
    """Write the profile as a whole, twice.

    Raises:
        StoreFault: if the disk refuses.
    """
    for name in (PROFILE_NAME + COPY, PROFILE_NAME):
        disk.write(name, _encode_profile(profile))


def load_key(disk: Disk, name: str) -> SigningKey:
    """Read a private key, or its twin where it is damaged.

    Raises:
        StoreFault: if neither is there and whole.
    """
    key = find_key(disk, name)
    if key is None:
        _check_ours(disk, name)
        message = f"{name} is missing or damaged; restore it, or enrol into a new folder"
        raise StoreFault(message, kind=TroubleKind.PROFILE_DAMAGED)
    return key


def find_key(disk: Disk, name: str) -> SigningKey | None:
    """Read a private key, or its twin; None where neither is there and whole."""
    return _key_in(disk, name) or _key_in(disk, name + COPY)


def remove_key(disk: Disk, name: str) -> None:
    """Remove a private key and its twin, if they are there."""
    for one in (name, name + COPY):
        disk.remove(one)


def save_key(disk: Disk, name: str, key: SigningKey) -> None:
    """Write a private key twice, readable by its owner only.

    Raises:
        StoreFault: if the disk refuses.
    """
    for one in (name + COPY, name):
        disk.write(one, _encode_key(key))


def keep_twice(disk: Disk, profile: Profile, key: SigningKey) -> None:
    """Write whichever of profile, device key and their twins is missing, damaged or of before.

    Where the disk refuses, a later start does it.
    """
    with contextlib.suppress(StoreFault):
        if _profile_in(disk, PROFILE_NAME) != profile:
            disk.write(PROFILE_NAME, _encode_profile(profile))
        wanted = {
            PROFILE_NAME + COPY: _encode_profile(profile),
            DEVICE_KEY_NAME: _encode_key(key),
            DEVICE_KEY_NAME + COPY: _encode_key(key),
        }
        for name, content in wanted.items():
            if _read(disk, name) != content:
                disk.write(name, content)


def _encode_profile(profile: Profile) -> bytes:
    return msgspec.json.format(msgspec.json.encode(profile), indent=2) + b"\n"


def _profile_in(disk: Disk, name: str) -> Profile | None:
    content = _read(disk, name)
    try:
        return msgspec.json.decode(content or b"", type=Profile)
    except UNDECODABLE:
        return None


def _encode_key(key: SigningKey) -> bytes:
    return key.seed + _check_of(key.seed)


def _check_of(seed: bytes) -> bytes:
    return hashlib.sha256(_CHECK_CONTEXT + seed).digest()[:_CHECK_SIZE]


def _key_in(disk: Disk, name: str) -> SigningKey | None:
    """Read one file; a seed alone is of before, and zeros are what a power cut leaves."""
    content = _read(disk, name) or b""
    seed, check = content[:SEED_SIZE], content[SEED_SIZE:]
    if len(seed) != SEED_SIZE or check not in {b"", _check_of(seed)} or not any(seed):
        return None
    return SigningKey(seed)


def _read(disk: Disk, name: str) -> bytes | None:
    """Read a file; empty where the disk cannot, as it is then no better than damaged."""
    try:
        return disk.read(name)
    except StoreFault:
        return b""


def _check_ours(disk: Disk, name: str) -> None:
    """Raise what the disk says of a file that this user may not read: it may well be whole."""
    try:
        disk.read(name)
    except StoreFault as fault:
        if fault.kind is TroubleKind.CANNOT_OPEN:
            raise
