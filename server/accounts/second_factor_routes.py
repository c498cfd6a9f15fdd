"""`/api/v1/me/second-factor`: a person's own second factor, made, confirmed, ended."""

from __future__ import annotations

from base64 import b32encode
from contextlib import AbstractAsyncContextManager

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from server.accounts import second_factor, second_factor_changes
from server.accounts.guards import principal_of, signed_in
from server.accounts.password_hashes import PasswordHashes
from server.accounts.principal import Principal
from server.accounts.providers import address_of
from server.accounts.schemas import (
    BegunFactor,
    FactorAnswer,
    FactorProof,
    NewFactor,
    NewRecoveryCodes,
    TypedCode,
)
from server.accounts.second_factor_changes import Proof
from server.accounts.throttling import factor_counters, limited_try, own_counters
from server.data_seal import DataSeal
from server.db.unit import Context
from server.http.body_and_answer_types import moment_of
from server.http.logs import log
from server.http.parameters import AnyRequest

FACTOR = "/me/second-factor"


@get(FACTOR, tags=["accounts"], guards=[signed_in()])
async def read_factor(
    principal: NamedDependency[Principal], context: NamedDependency[Context]
) -> FactorAnswer:
    """Tell whether one has a second factor, and whether one should."""
    found = await second_factor.read_state(context, principal.user_id)
    since = found.confirmed_at
    return FactorAnswer(
        is_on=since is not None,
        confirmed_at=None if since is None else moment_of(since),
        recovery_codes_left=found.recovery_codes_left,
        is_asked_for=found.is_asked_for,
    )


@post(FACTOR, tags=["accounts"], guards=[signed_in()])
async def begin_factor(
    data: JSONBody[NewFactor],
    request: AnyRequest,
    principal: NamedDependency[Principal],
    context: NamedDependency[Context],
    hashes: NamedDependency[PasswordHashes],
    seal: NamedDependency[DataSeal],
) -> BegunFactor:
    """Draw the secret of a second factor for one's phone; it is shown this once.

    Sign-ins ask for a code only after it was confirmed by one.
    """
    async with _limited(request, context):
        secret, email = await second_factor_changes.begin(
            context, hashes, seal, user_id=principal.user_id, password=data.password
        )
    return BegunFactor(
        secret=b32encode(secret).decode(),
        otpauth_url=second_factor.spell_address(secret, email),
    )


@post(FACTOR + "/confirm", status_code=200, tags=["accounts"], guards=[signed_in()])
async def confirm_factor(
    data: JSONBody[TypedCode],
    request: AnyRequest,
    principal: NamedDependency[Principal],
    context: NamedDependency[Context],
    seal: NamedDependency[DataSeal],
) -> NewRecoveryCodes:
    """Switch one's second factor on by a code of the phone; all other sign-ins end.

    The recovery codes are shown this once; each is good for one sign-in without the phone.
    """
    async with _limited(request, context):
        codes = await second_factor_changes.confirm(
            context,
            seal,
            user_id=principal.user_id,
            session_id=principal.session_id,
            code=data.code,
        )
    log().info("account.second_factor", outcome="on", actor=principal.user_id)
    return NewRecoveryCodes(recovery_codes=codes)


@post(FACTOR + "/recovery-codes", status_code=200, tags=["accounts"], guards=[signed_in()])
async def renew_recovery_codes(
    data: JSONBody[FactorProof],
    request: AnyRequest,
    principal: NamedDependency[Principal],
    context: NamedDependency[Context],
    hashes: NamedDependency[PasswordHashes],
    seal: NamedDependency[DataSeal],
) -> NewRecoveryCodes:
    """Draw other recovery codes; those before are good no more."""
    proof = Proof(data.password, data.code)
    async with _limited(request, context):
        codes = await second_factor_changes.renew_codes(
            context, hashes, seal, principal.user_id, proof
        )
    log().info("account.second_factor", outcome="codes", actor=principal.user_id)
    return NewRecoveryCodes(recovery_codes=codes)


@post(FACTOR + "/end", status_code=204, tags=["accounts"], guards=[signed_in()])
async def end_factor(
    data: JSONBody[FactorProof],
    request: AnyRequest,
    principal: NamedDependency[Principal],
    context: NamedDependency[Context],
    hashes: NamedDependency[PasswordHashes],
    seal: NamedDependency[DataSeal],
) -> None:
    """Take one's second factor off, by password and code."""
    proof = Proof(data.password, data.code)
    async with _limited(request, context):
        await second_factor_changes.end(context, hashes, seal, principal.user_id, proof)
    log().info("account.second_factor", outcome="off", actor=principal.user_id)


def _limited(request: AnyRequest, context: Context) -> AbstractAsyncContextManager[None]:
    """Limit tries of password and code by whoever is signed in."""
    principal = principal_of(request)
    counters = own_counters(principal, address_of(request))
    counters += factor_counters(principal.user_id, principal.session_id)
    return limited_try(context, counters)
