"""Enrolment: a one-time code and a fresh key become a profile.

The code is never sent: this machine and the server prove to each other that they know it. A server
that does not know it cannot make this machine its device, and whoever reads along learns nothing
that enrols.

The full `GKE1 …` line also carries what to trust: the fingerprint of the organization's root key,
and for a venue's own certificate that of its authority. Nothing is kept before everything has been
checked, but for the key: where the answer is lost, whoever tries again becomes the device that the
server has made, and no second one stands in its list.

A folder that is a device already is enrolled again under its id and with its key, at the same
organization only: a server that was put back to an older copy may not know it any more. Its
journal, and all that waits to be uploaded, goes on.
"""

from __future__ import annotations

import platform
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import msgspec

from gatekeeper.store.disk import Disk
from gatekeeper.store.profile import (
    DEVICE_KEY_NAME,
    OWN_FOLDER,
    PROFILE_NAME,
    Profile,
    find_key,
    load_key,
    load_profile,
    remove_key,
    save_key,
    save_profile,
)
from gatekeeper.sync.proven_requests_and_answers import CHANNEL_NAME, CodeChannel, DeviceChannel
from gatekeeper.sync.typed_server_address import checked_url
from gatekeeper.version import PROGRAM
from shared.kernel.ed25519 import PUBLIC_KEY_SIZE, SigningKey
from shared.kernel.errors import BadInput, BadSignature, GatekeeperError, Malformed, Rejected
from shared.kernel.id_types import DeviceId
from shared.kernel.ports import Entropy
from shared.kernel.trouble import TroubleKind
from shared.wire.enrol import (
    EnrolAnswer,
    EnrolmentText,
    EnrolRequest,
    authority_fingerprint,
    fingerprint,
    parse_enrolment_text,
)
from shared.wire.enrol_code import CodeKeys, code_keys, sign_enrolment

LINE_BEGIN: Final = "GKE1 "
ROLES: Final = frozenset({"gate", "till", "both"})
"""What this program can be; a thin scanner is another one."""
_ASKING_KEY_NAME: Final = "asking.key"
"""The key of a machine that is no device yet, as far as it knows."""
_NOT_ASKED: Final = frozenset(
    {TroubleKind.UNREACHABLE, TroubleKind.NO_SUCH_HOST, TroubleKind.NO_TLS}
)
"""Faults of a request that no server can have had."""
_PROBE_NAME: Final = "enrolling"
_PROBE_SIZE: Final = 8_192
"""More than a key and a profile take."""


class EnrolmentServer(Protocol):
    """The server before this machine is a device."""

    async def enrol(self, request: EnrolRequest, channel: CodeChannel) -> EnrolAnswer:
        """Trade a code for a device.

        Raises:
            ServerFault: if the server cannot be reached, or does not know the code.
            Rejected: if it refuses.
            Malformed: if its answer is not of its form.
        """

    async def close(self) -> None:
        """Let connections go."""


class EnrolmentWays(msgspec.Struct, frozen=True):
    """How to reach a server that this machine does not know yet.

    Attributes:
        connect: Gives a server at an address, trusting an authority's PEM or the system's.
        fetch_authority: Fetches the authority's PEM from an address, trusting nobody.
    """

    connect: Callable[[str, str | None], EnrolmentServer]
    fetch_authority: Callable[[str], Awaitable[str]]


class EnrolmentInput(msgspec.Struct, frozen=True):
    """What a person gave: address and code, with fingerprints where it was the full line.

    Attributes:
        url: The server's address.
        keys: Made of the one-time code.
        line: The full line, if that was given.
        takes_new_root: The line names another root than the one that this device has pinned, and
            that is meant: the organizer has declared the former one compromised.
    """

    url: str
    keys: CodeKeys
    line: EnrolmentText | None = None
    takes_new_root: bool = False


def read_code(url: str | None, code: str) -> EnrolmentInput:
    """Read a bare code with its server's address, or the full line, which carries both.

    Raises:
        BadInput: if the address is missing, or contradicts the line's.
        Malformed: if the line is damaged, or the code is of no code's form.
    """
    text = code.strip()
    if text.startswith(LINE_BEGIN):
        line = parse_enrolment_text(text)
        if url is not None and checked_url(url) != checked_url(line.url):
            message = f"the enrolment line is for {line.url}, not for {url}"
            raise BadInput(message, kind=TroubleKind.PAIRING_CODE)
        return EnrolmentInput(checked_url(line.url), code_keys(line.code), line)
    if url is None:
        raise BadInput(
            "the code alone is not enough; give the server’s address too",
            kind=TroubleKind.PAIRING_CODE,
        )
    return EnrolmentInput(checked_url(url), code_keys(text))


def profile_of(
    answer: EnrolAnswer, url: str, name: str, authority_pem: str | None = None
) -> Profile:
    """Return what a new device keeps of the server's answer."""
    return Profile(
        server_url=url,
        device_id=answer.device_id,
        organization_id=answer.organization_id,
        organization=answer.organization,
        root_public_key=answer.root_public_key,
        token=answer.token,
        role=answer.role,
        event_id=answer.event_id,
        gate_id=answer.gate_id,
        kind=answer.profile,
        name=name,
        authority_pem=authority_pem or answer.authority_pem,
        fixed_gate_id=answer.gate_id,
    )


async def enrol(
    disk: Disk, code: EnrolmentInput, *, name: str, entropy: Entropy, ways: EnrolmentWays
) -> Profile:
    """Make this machine a device, or the same one again, and write its profile.

    Args:
        disk: The profile's folder; no session of it may go on with the former token.
        code: What the organizer gave out.
        name: What staff will call the device; one that is enrolled again keeps its name.
        entropy: For the device's key.
        ways: How to reach the server.

    Returns:
        The profile, which is on disk.

    Raises:
        BadInput: if the folder is a device of another organization.
        BadSignature: if the server is not the one that the line names, or not this device's.
        ServerFault: if it cannot be reached, or does not know the code.
        Rejected: if it refuses the code.
        StoreFault: if the profile cannot be read or written.
    """
    former = _read_former(disk, code)
    authority = await _authority(code, ways, former)
    name = name if former is None else former.name or name
    _check_room(disk)
    server = ways.connect(code.url, authority)
    trade = partial(_trade, server, code.keys, name, entropy)
    try:
        if former is None:
            key, answer = await _become(disk, entropy, trade)
        else:
            key = load_key(disk, DEVICE_KEY_NAME)
            answer = await trade(key, former.device_id)
    finally:
        await server.close()
    _check_root(code, answer)
    is_pinned = code.line is not None or (former is not None and former.authority_pem is not None)
    if not is_pinned and authority is not None:
        _check_authority(code.url, authority, answer)
    if answer.role not in ROLES:
        message = (
            f"this code is for a {answer.role}, which this program is not; ask for a different"
            " code"
        )
        raise BadInput(message, kind=TroubleKind.PAIRING_CODE)
    profile = profile_of(answer, code.url, name, authority)
    if former is None:
        # The profile is what makes the folder one, so it is written after its key.
        save_key(disk, DEVICE_KEY_NAME, key)
    else:
        profile = _go_on(former, profile, code)
    if answer.channel is not None:
        disk.remove(CHANNEL_NAME)  # whatever it was: the code, and who gave it out, decide
        DeviceChannel(disk, profile, key, entropy).take(answer.channel.read())
    save_profile(disk, profile)
    remove_key(disk, _ASKING_KEY_NAME)
    return profile


async def _become(
    disk: Disk, entropy: Entropy, ask: Callable[[SigningKey], Awaitable[EnrolAnswer]]
) -> tuple[SigningKey, EnrolAnswer]:
    """Have the server make a device of this machine, whose key is kept before it is asked."""
    key = find_key(disk, _ASKING_KEY_NAME)
    if key is not None:
        try:
            return key, await ask(key)
        except Rejected as fault:
            if fault.problem not in {"conflict", "device-revoked"}:
                raise
            # What it was asked for is somebody's, or nobody's any more.
    key = SigningKey.generate(entropy)
    save_key(disk, _ASKING_KEY_NAME, key)
    try:
        return key, await ask(key)
    except GatekeeperError as fault:
        if isinstance(fault, Rejected) or fault.kind in _NOT_ASKED:
            remove_key(disk, _ASKING_KEY_NAME)
        raise


_REFUSED: Final = {
    "forbidden": TroubleKind.PAIRING_CODE,  # wrong, used before, or too old
    "gone": TroubleKind.TAKEN_OVER,
}
"""What the screen says of a refused code, in its own language."""


async def _trade(
    server: EnrolmentServer,
    code: CodeKeys,
    name: str,
    entropy: Entropy,
    key: SigningKey,
    device_id: DeviceId | None = None,
) -> EnrolAnswer:
    """Have the server make a device of this machine; a refused code is named as what it is."""
    request = sign_enrolment(code, key, name=name, program=PROGRAM, device_id=device_id)
    try:
        return await server.enrol(request, CodeChannel(code, entropy))
    except Rejected as fault:
        kind = _REFUSED.get(fault.problem)
        if kind is None:
            raise
        problem, status = fault.problem, fault.status
        raise Rejected(str(fault), problem=problem, status=status, kind=kind) from fault


def _read_former(disk: Disk, code: EnrolmentInput) -> Profile | None:
    """Read the profile that the folder holds, if any, before anything is sent."""
    if disk.read(PROFILE_NAME) is None:
        return None
    former = load_profile(disk)
    is_other = code.line and fingerprint(former.root_key) != code.line.root_fingerprint
    if is_other and not code.takes_new_root:
        raise _elsewhere(former)
    return former


def _check_room(disk: Disk) -> None:
    """Make sure that the folder takes a profile: the code is good once, and spent by asking.

    Raises:
        StoreFault: if it does not.
    """
    disk.write(_PROBE_NAME, bytes(_PROBE_SIZE))
    disk.remove(_PROBE_NAME)


def _go_on(former: Profile, profile: Profile, code: EnrolmentInput) -> Profile:
    """Check that a device which enrolled again is the one that it was.

    Raises:
        BadInput: if it is not; nothing was changed here.
    """
    is_same = (profile.device_id, profile.organization_id) == (
        former.device_id,
        former.organization_id,
    )
    takes_new_root = code.takes_new_root and code.line is not None
    if not is_same or (profile.root_key != former.root_key and not takes_new_root):
        raise _elsewhere(former)
    profile = msgspec.structs.replace(profile, places=former.places)
    if profile.gate_id is None and profile.event_id == former.event_id:
        return msgspec.structs.replace(profile, gate_id=former.gate_id)
    return profile


def _elsewhere(former: Profile) -> BadInput:
    message = (
        f"this folder is a device of {former.organization} and the code is of another"
        " organization; choose another folder for a new device. If the organizer has declared"
        " the organization's root key compromised, add --new-root to a whole GKE1 line"
    )
    return BadInput(message, kind=TroubleKind.PAIRED_ALREADY)


async def _authority(
    code: EnrolmentInput, ways: EnrolmentWays, former: Profile | None
) -> str | None:
    """Fetch the authority to trust: the one that the line names, or what the server shows.

    With a bare code it is not believed yet: the answer, which the code proves, must name it too.
    """
    if code.line is None:
        if former is not None and former.authority_pem is not None:
            return former.authority_pem
        if not code.url.startswith("https:"):
            return None
        try:
            return await ways.fetch_authority(code.url)
        except Rejected:
            return None  # it has none of its own
    wanted = code.line.authority_fingerprint
    if wanted is None:
        return None
    pem = await ways.fetch_authority(code.url)
    if authority_fingerprint(pem) != wanted:
        message = (
            f"{code.url} shows another certificate authority than the enrolment code names; this"
            " may be a fake server. Nothing was sent"
        )
        raise BadSignature(message, kind=TroubleKind.FALSE_SERVER)
    return pem


def _check_authority(url: str, authority: str, answer: EnrolAnswer) -> None:
    """Refuse where the authority that the connection trusted is not the proven answer's.

    Raises:
        BadSignature: somebody in between has shown one of his own.
    """
    if answer.authority_pem != authority:
        message = (
            f"{url} shows another certificate authority than the server names; someone may be"
            " intercepting the connection. Nothing was kept; tell the organizer that the code"
            " is used up"
        )
        raise BadSignature(message, kind=TroubleKind.FALSE_SERVER)


def _check_root(code: EnrolmentInput, answer: EnrolAnswer) -> None:
    """Refuse an answer whose root key is not one, or not the one that the line names."""
    try:
        root = bytes.fromhex(answer.root_public_key)
    except ValueError:
        root = b""
    if len(root) != PUBLIC_KEY_SIZE:
        message = "the server's root key is not a key; nothing was kept"
        raise Malformed(message, kind=TroubleKind.FALSE_SERVER)
    if code.line is not None and fingerprint(root) != code.line.root_fingerprint:
        message = (
            "the server's root key is not the one that the enrolment code names; this may be a"
            " fake server. Nothing was kept; tell the organizer that the code is used up"
        )
        raise BadSignature(message, kind=TroubleKind.FALSE_SERVER)


def default_name(folder: Path) -> str:
    """Return a device's name that nobody gave it: its folder's, or its machine's."""
    name = folder.resolve().name
    return ((platform.node() if name == OWN_FOLDER else name) or "gate")[:80]
