"""What the routes of accounts are given: hasher, signer, seal, and the client's address."""

from __future__ import annotations

from litestar.di import NamedDependency

from server.accounts.password_hashes import PasswordHashes
from server.accounts.second_factor import open_seal
from server.accounts.tokens import TokenSigner
from server.data_seal import DataSeal
from server.db.unit import Context
from server.http.asgi import CLIENT
from server.http.parameters import AnyRequest
from server.settings import Settings


def provide_hashes(request: AnyRequest, context: NamedDependency[Context]) -> PasswordHashes:
    """Give the process's one hasher, whose semaphore all sign-ins share."""
    hashes = request.app.state.get("hashes")
    if hashes is None:
        hashes = request.app.state["hashes"] = PasswordHashes(context.entropy)
    assert isinstance(hashes, PasswordHashes)
    return hashes


def provide_signer(settings: NamedDependency[Settings]) -> TokenSigner:
    """Give the signer of access tokens."""
    return TokenSigner(settings.access_token_secret)


def provide_seal(
    request: AnyRequest, context: NamedDependency[Context], settings: NamedDependency[Settings]
) -> DataSeal:
    """Give what seals second factors; its secret is read once."""
    seal = request.app.state.get("factor_seal")
    if seal is None:
        seal = open_seal(settings.data_folder, context.entropy)
        request.app.state["factor_seal"] = seal
    assert isinstance(seal, DataSeal)
    return seal


def address_of(request: AnyRequest) -> str:
    """Return the client's own address."""
    return str(request.scope.get(CLIENT, ""))
