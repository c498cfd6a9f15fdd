"""Who asks: a device whose request is proven, or a thin scanner by its token.

A layer before the routes, so that none can forget it: a route learns of the device from here
only. What a device asks counts if it bears a code that only its key can make, and every answer to
it bears one that only the server's channel key can (`shared/wire/proof.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from litestar import Litestar
from litestar.handlers import BaseRouteHandler

from server.accounts.guards import Connection
from server.db.unit import Context
from server.devices.device_of_request import DeviceIdentity, KnownDevices
from server.devices.finding_devices import SCANNER
from server.http.asgi import (
    CLIENT,
    App,
    Message,
    Receive,
    Scope,
    Send,
    answer_problem,
    note_caller,
    one_path,
)
from server.http.body_sizes import DEVICE_BODY_SIZE_MAX, STRANGER_BODY_SIZE_MAX
from server.http.rate_limits import network_of
from server.keys.channel_keys import KEYS_REMEMBERED, KnownChannelKeys
from server.keys.vault import Vault
from server.problem_answers import Problem
from shared.kernel.errors import BadInput
from shared.kernel.instant import MINUTE, Duration
from shared.wire.enrol import ENROL_PATH
from shared.wire.enrol_code import ENROL_CHANNEL
from shared.wire.proof import (
    PROOF_HEADER,
    RequestProof,
    channel_secret,
    is_request_proven,
    parse_request_proof,
    prove_answer,
)

DOUBTED_FOR: Final[Duration] = MINUTE
"""So long no more than that is read of whoever sent a device's token with a false proof: eight
connections that each sent 4 MB over and over kept claims waiting for half a second."""

PREFIX: Final = "/sync/v1/"
CLAIMS: Final = "/sync/v1/claims"
CHANNEL: Final = "/sync/v1/channel"
SECRETS_MAX: Final = 20_000
_ASKING: Final = "gatekeeper.asking"
_ENROLLING: Final = "gatekeeper.enrolling"
_IN_CLEAR: Final = (
    "This program sends enrolment codes in clear, where others may read them. Update it to the"
    " server's version, and enrol with a fresh code."
)
_AUTHORIZATION: Final = b"authorization"
_PROOF: Final = PROOF_HEADER.encode()


def asking_device(scope: Any) -> DeviceIdentity:
    """Tell which device sends a request; it may be revoked.

    Raises:
        Problem: `unauthenticated` if it is unknown, `unproven` if it has not proven its key.
    """
    asking = scope.get(_ASKING)
    if isinstance(asking, DeviceIdentity):
        note_caller(scope, asking.id)
        return asking
    if isinstance(asking, Problem):
        raise asking
    raise Problem("unauthenticated", "Send the device's token: Authorization: Bearer gkd_…")


def admitted_device(scope: Any) -> DeviceIdentity:
    """Tell which device sends a request; a revoked one gets nothing more.

    Raises:
        Problem: `device-revoked`, and as `asking_device`.
    """
    device = asking_device(scope)
    if device.is_revoked:
        raise Problem(
            "device-revoked", f"The device {device.id} has been revoked; ask the organizer."
        )
    return device


# Awaited, though they wait for nothing: the framework runs other guards in a thread of their own.
async def for_devices(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Guard: refuse whoever is no device before anything of the request is read.

    Raises:
        Problem: as `asking_device`.
    """
    asking_device(connection.scope)


async def for_admitted_devices(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Guard: likewise, and refuse a device that is revoked.

    Raises:
        Problem: as `admitted_device`.
    """
    admitted_device(connection.scope)


ADMITTED_DEVICES: Final = [for_admitted_devices]
"""Guards of a route that any device may ask until it is revoked."""


def _no_proof() -> Problem:
    detail = "Prove the request by the device's key; see the sync protocol's proofs."
    return Problem("unproven", detail)


class Secrets:
    """What this worker shares with each device; made once, for making one costs 0.1 ms."""

    def __init__(self, context: Context, vault: Vault) -> None:
        self._context = context
        self._keys = KnownChannelKeys(context, vault)
        self._shared: dict[tuple[str, int], tuple[Duration, bytes]] = {}

    async def of(self, device: DeviceIdentity, channel: int) -> bytes | None:
        """Return the key shared with a device; None if there is no such channel."""
        now = self._context.clock.monotonic()
        kept = self._shared.get((device.id, channel))
        if kept is not None and now - kept[0] < KEYS_REMEMBERED:
            return kept[1]
        key = (await self._keys.of(device.organization_id)).get(channel)
        if key is None:
            self._shared.pop((device.id, channel), None)
            return None
        try:
            secret = channel_secret(key, device.public_key)
        except BadInput:
            return None
        if len(self._shared) >= SECRETS_MAX:
            self._shared.clear()
        self._shared[device.id, channel] = (now, secret)
        return secret


class EnrolmentProof:
    """The proof of a request to be enrolled; the route finds whose secret made it."""

    def __init__(self, proof: RequestProof, method: str, target: str, body: bytes) -> None:
        self._proof = proof
        self._asked = (method, target, body)
        self.secret: bytes | None = None

    def holds(self, secret: bytes) -> bool:
        """Tell whether the request was proven under a code's secret; its answer then is, too."""
        is_proven = is_request_proven(secret, self._proof, *self._asked)
        self.secret = secret if is_proven else None
        return is_proven


def enrolment_proof(scope: Any) -> EnrolmentProof:
    """Return the proof that a request to be enrolled bears.

    Raises:
        Problem: `forbidden` if it bears none.
    """
    found = scope.get(_ENROLLING)
    if isinstance(found, EnrolmentProof):
        return found
    raise Problem("forbidden", _IN_CLEAR)


class ProofLayer:
    """Tells the routes who asks, and proves what they answer."""

    def __init__(self, app: App, framework: Litestar) -> None:
        self._app = app
        self._state = framework.state
        self._secrets: Secrets | None = None
        self._doubted: dict[tuple[str, str], Duration] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a device's request, let it be answered, and prove the answer."""
        path = one_path(scope.get("path", ""))
        if not path.startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        said, proof_text = _read_headers(scope)
        if path == ENROL_PATH and scope["type"] == "http":
            await self._enrol(scope, receive, send, parse_request_proof(proof_text))
            return
        if not said:
            await self._app(scope, receive, send)
            return
        known_devices: KnownDevices = self._state["known_devices"]
        try:
            device = await known_devices.identify(said)
        except Problem as problem:
            scope[_ASKING] = problem
            await self._app(scope, receive, send)
            return
        proof = parse_request_proof(proof_text)
        secret = None
        if proof is not None:
            secret = await self._of_worker().of(device, proof.channel)
        if proof is None or secret is None:
            scope[_ASKING] = asking = _by_token(device, path)
            if asking is device and device.role == SCANNER:
                known_devices.hear(device)
            await self._app(scope, receive, send)
            return
        body = b""
        if scope["type"] == "http":
            try:
                body = await read_body(receive, self._size_max(device, scope))
            except Problem as problem:
                scope[_ASKING] = problem
                await self._app(scope, _again(b"", receive), send)
                return
            receive = _again(body, receive)
        method = scope.get("method", "GET")
        if not is_request_proven(secret, proof, method, _target(scope), body):
            self._doubt(device, scope)
            scope[_ASKING] = _no_proof()
            await self._app(scope, receive, send)
            return
        known_devices.hear(device)
        scope[_ASKING] = _in_role(device, path)
        if scope["type"] == "http":
            send = _proving(send, lambda: secret, proof.code)
        await self._app(scope, receive, send)

    async def _enrol(
        self, scope: Scope, receive: Receive, send: Send, proof: RequestProof | None
    ) -> None:
        """Let a code be used by who proves it; what sends it in clear is told what to do."""
        if scope.get("method") == "POST":
            if proof is None or proof.channel != ENROL_CHANNEL:
                await answer_problem(scope, send, Problem("forbidden", _IN_CLEAR))
                return
            try:
                body = await read_body(receive, STRANGER_BODY_SIZE_MAX)
            except Problem as problem:
                await answer_problem(scope, send, problem)
                return
            found = EnrolmentProof(proof, "POST", _target(scope), body)
            scope[_ENROLLING] = found
            receive, send = _again(body, receive), _proving(send, lambda: found.secret, proof.code)
        await self._app(scope, receive, send)

    def _size_max(self, device: DeviceIdentity, scope: Scope) -> int:
        """Say how much is read until it shows whether a request is proven.

        Whoever knows a device's token, and not its key, has much read once a minute, and the
        device itself, at another address, meets nothing of that.
        """
        since = self._doubted.get((device.id, network_of(scope.get(CLIENT, ""))))
        is_doubted = since is not None and self._now() - since < DOUBTED_FOR
        return STRANGER_BODY_SIZE_MAX if is_doubted else DEVICE_BODY_SIZE_MAX

    def _doubt(self, device: DeviceIdentity, scope: Scope) -> None:
        if len(self._doubted) >= SECRETS_MAX:
            self._doubted.clear()
        self._doubted[device.id, network_of(scope.get(CLIENT, ""))] = self._now()

    def _now(self) -> Duration:
        context: Context = self._state["context"]
        return context.clock.monotonic()

    def _of_worker(self) -> Secrets:
        if self._secrets is None:
            self._secrets = Secrets(self._state["context"], self._state["vault"])
        return self._secrets


def _by_token(device: DeviceIdentity, path: str) -> DeviceIdentity | Problem:
    """Say what a token alone is good for."""
    if path == CHANNEL or (path == CLAIMS and device.role == SCANNER):
        return device
    return _no_proof()


def _in_role(device: DeviceIdentity, path: str) -> DeviceIdentity | Problem:
    """Say what a proven device may ask for."""
    if device.role == SCANNER and path not in {CLAIMS, CHANNEL}:
        return Problem("forbidden", "A scanner only claims.")
    return device


def _read_headers(scope: Scope) -> tuple[str, str]:
    said = proof = ""
    for name, value in scope["headers"]:
        if name == _AUTHORIZATION and not said:
            said = value.decode("latin-1")
        elif name == _PROOF and not proof:
            proof = value.decode("latin-1")
    return said, proof


def _target(scope: Scope) -> str:
    """Spell a request's target as it was sent."""
    path: bytes = scope["raw_path"]
    query = scope.get("query_string", b"")
    return (path + b"?" + query if query else path).decode("latin-1")


async def read_body(receive: Receive, size_max: int) -> bytes:
    """Read a request's body, of so many bytes at most.

    Raises:
        Problem: `too-large`, or `bad-request` if the client went away.
    """
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Problem("bad-request", "The request ended before its body did.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > size_max:
            raise Problem("too-large", "Send less at once.")
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read once more, and then what else comes."""
    is_given = False

    async def give() -> Message:
        nonlocal is_given
        if is_given:
            message: Message = await receive()
            return message
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return give


def _proving(send: Send, secret_of: Callable[[], bytes | None], request_code: bytes) -> Send:
    """Hold an answer until it is whole, and send it with its proof, if there is a secret."""
    begun: Message | None = None
    parts: list[bytes] = []

    async def prove(message: Message) -> None:
        nonlocal begun
        if message["type"] == "http.response.start":
            begun = message
            return
        if begun is None or message["type"] != "http.response.body":
            await send(message)
            return
        parts.append(message.get("body", b""))
        if message.get("more_body", False):
            return
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        secret = secret_of()
        if secret is not None:
            code = prove_answer(secret, request_code, begun["status"], body).encode()
            begun["headers"] = [*begun.get("headers", ()), (_PROOF, code)]
        await send(begun)
        await send({"type": "http.response.body", "body": body})

    return prove
