"""`/api/v1/users`, `/sessions` and `/me`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from litestar import Litestar, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts import cookies, sessions, users
from server.accounts.guards import signed_in
from server.accounts.password_changes import change_password as change
from server.accounts.password_hashes import PasswordHashes
from server.accounts.principal import Principal
from server.accounts.providers import address_of
from server.accounts.schemas import (
    Accepted,
    PasswordChange,
    Registration,
    SessionAnswer,
    SignIn,
    TokenAnswer,
    UserAnswer,
)
from server.accounts.second_factor import has_factor, needed
from server.accounts.throttling import (
    REGISTRATIONS,
    Counter,
    count_try,
    factor_counters,
    limited_try,
    login_counters,
    own_counters,
)
from server.accounts.tokens import ACCESS_LIFETIME, TYPE_KNOWN_BROWSER, TokenClaims, TokenSigner
from server.background.repeating import FORGOTTEN_EVERY, find_steady_time, repeating
from server.data_seal import DataSeal
from server.db.periodic_turns import TURN_LOOK_S, in_turn
from server.db.rate_limit_over_workers import forget_idle_clients
from server.db.tenancy import SYSTEM
from server.db.unit import Context
from server.http.body_and_answer_types import answer_of
from server.http.body_sizes import STRANGER_BODY_SIZE_MAX
from server.http.list_search_and_filters import Listing
from server.http.logs import log
from server.http.parameters import AnyRequest
from server.http.rate_limits import network_of
from server.problem_answers import Problem
from server.settings import Settings
from shared.kernel.email_address import email_key
from shared.kernel.id_types import UserId
from shared.kernel.instant import DAY, SECOND, Duration

KNOWN_BROWSER_LIFETIME: Final[Duration] = 365 * DAY
"""How long a browser that signed in is known: strangers' failures do not lock it out."""


@post(
    "/users",
    status_code=202,
    tags=["accounts"],
    security=[{}],
    request_max_body_size=STRANGER_BODY_SIZE_MAX,
)
async def register(
    data: JSONBody[Registration],
    request: AnyRequest,
    context: NamedDependency[Context],
    settings: NamedDependency[Settings],
    hashes: NamedDependency[PasswordHashes],
) -> Accepted:
    """Ask for an account: by an invitation, unless this server's registration is open.

    The answer is the same whether or not the address has an account already.
    """
    await count_try(context, [(REGISTRATIONS, network_of(address_of(request)))])
    if data.invitation is None and not settings.registration_is_open:
        raise Problem("forbidden", "Registration is closed here; ask an owner for an invitation.")
    user_id = await users.register(
        context,
        hashes,
        email=data.email,
        name=data.name,
        password=data.password,
        invitation=data.invitation,
    )
    log().info("account.registered", outcome="new" if user_id else "known", actor=user_id)
    return Accepted()


@post(
    "/sessions",
    status_code=201,
    tags=["accounts"],
    security=[{}],
    request_max_body_size=STRANGER_BODY_SIZE_MAX,
)
async def sign_in(
    data: JSONBody[SignIn],
    request: AnyRequest,
    context: NamedDependency[Context],
    settings: NamedDependency[Settings],
    hashes: NamedDependency[PasswordHashes],
    signer: NamedDependency[TokenSigner],
    seal: NamedDependency[DataSeal],
) -> Response[TokenAnswer]:
    """Sign in: an access token in the body, a refresh token in a cookie.

    Wrong passwords and unknown addresses get the same answer. Where the account has a second
    factor, a right password alone is answered by `second-factor-needed`: send the same again with
    `code`. Failures are limited.
    """
    known = _known_user(request, context, settings, signer)
    # Anybody may have an account of their own here: only this one's cookie counts.
    owner = None if known is None else await users.find_user_id_of(context, data.email)
    browser = known.session_id if known is not None and known.user_id == owner else None
    counters = login_counters(email_key(data.email), address_of(request), browser)
    found = None
    while found is None:  # until nobody has changed the account meanwhile
        async with limited_try(context, counters):
            proven = await users.prove(context, hashes, email=data.email, password=data.password)
            if proven is None:
                log().info("account.sign_in", outcome="refused", client=address_of(request))
                raise Problem("unauthenticated", "E-mail address or password is wrong.")
        tries = await _code_counters(context, proven.user_id, browser, data.code)
        async with limited_try(context, tries):
            found = await sessions.sign_in(
                context,
                signer,
                seal,
                proven,
                code=data.code,
                client=request.headers.get("user-agent", ""),
            )
    log().info("account.sign_in", outcome="ok", actor=found.user_id)
    return _token_response(found, context, settings, signer)


async def _code_counters(
    context: Context, user_id: UserId, browser: str | None, code: str | None
) -> list[Counter]:
    """Name the counters of a try at the second factor; none where there is no factor."""
    async with context.database.read(org=SYSTEM) as session:
        if not await has_factor(session, user_id):
            return []
    if code is None:
        log().info("account.sign_in", outcome="code_asked", actor=user_id)
        raise needed()
    return factor_counters(user_id, browser)


@post("/sessions/refresh", status_code=200, tags=["accounts"], security=[{}])
async def refresh(
    request: AnyRequest,
    context: NamedDependency[Context],
    settings: NamedDependency[Settings],
    signer: NamedDependency[TokenSigner],
) -> Response[TokenAnswer]:
    """Get a new access token with the refresh cookie, which is used up and replaced."""
    cookies.check_own_site(request, settings)
    token = cookies.read_cookie(request, settings, cookies.REFRESH)
    found = await sessions.refresh(context, signer, token) if token is not None else None
    if found is None:
        log().info("account.refresh", outcome="refused", client=address_of(request))
        raise Problem("unauthenticated", "Sign in again.")
    return _token_response(found, context, settings, signer)


@delete("/sessions/current", status_code=204, tags=["accounts"], guards=[signed_in()])
async def sign_out(
    principal: NamedDependency[Principal],
    context: NamedDependency[Context],
    settings: NamedDependency[Settings],
) -> Response[None]:
    """Sign out: refresh and access tokens of this sign-in stop at once."""
    assert principal.session_id is not None
    await sessions.end_own_session(context, principal.user_id, principal.session_id)
    cookie = cookies.make_cookie(settings, cookies.REFRESH, "", Duration(0))
    return Response(None, status_code=204, cookies=[cookie])


@get("/sessions", tags=["accounts"], guards=[signed_in()])
async def list_sessions(
    listing: NamedDependency[Listing],
    principal: NamedDependency[Principal],
    context: NamedDependency[Context],
) -> list[SessionAnswer]:
    """List one's own open sign-ins."""
    found = [
        answer_of(SessionAnswer, row, is_current=row.id == principal.session_id)
        for row in await sessions.list_sessions(context, principal.user_id)
    ]
    return listing.arrange(found, SessionAnswer)


@delete("/sessions/{session_id:str}", status_code=204, tags=["accounts"], guards=[signed_in()])
async def end_session(
    principal: NamedDependency[Principal],
    context: NamedDependency[Context],
    session_id: FromPath[str],
) -> None:
    """End one of one's own sign-ins."""
    await sessions.end_own_session(context, principal.user_id, session_id)


@get("/me", tags=["accounts"], guards=[signed_in()])
async def me(
    principal: NamedDependency[Principal], context: NamedDependency[Context]
) -> UserAnswer:
    """Return one's own account."""
    user = await users.get_user(context, principal.user_id)
    return answer_of(UserAnswer, user)


@post("/me/password", status_code=204, tags=["accounts"], guards=[signed_in()])
async def change_password(
    data: JSONBody[PasswordChange],
    request: AnyRequest,
    principal: NamedDependency[Principal],
    context: NamedDependency[Context],
    hashes: NamedDependency[PasswordHashes],
) -> None:
    """Change one's password; all other sign-ins end."""
    assert principal.session_id is not None
    async with limited_try(context, own_counters(principal, address_of(request))):
        await change(
            context,
            hashes,
            user_id=principal.user_id,
            session_id=principal.session_id,
            current=data.current_password,
            new=data.new_password,
        )
    log().info("account.password_changed", actor=principal.user_id)


def _known_user(
    request: AnyRequest, context: Context, settings: Settings, signer: TokenSigner
) -> TokenClaims | None:
    token = cookies.read_cookie(request, settings, cookies.KNOWN_BROWSER)
    if token is None:
        return None
    return signer.read(token, context.clock.wall(), kind=TYPE_KNOWN_BROWSER)


def _token_response(
    found: sessions.SignedIn, context: Context, settings: Settings, signer: TokenSigner
) -> Response[TokenAnswer]:
    now = context.clock.wall()
    made = []
    if found.refresh_token is not None:
        lifetime = found.refresh_expires_at - now
        made.append(cookies.make_cookie(settings, cookies.REFRESH, found.refresh_token, lifetime))
        browser = signer.sign(
            TokenClaims(found.user_id, found.session_id),
            now,
            kind=TYPE_KNOWN_BROWSER,
            lifetime=KNOWN_BROWSER_LIFETIME,
        )
        made.append(
            cookies.make_cookie(settings, cookies.KNOWN_BROWSER, browser, KNOWN_BROWSER_LIFETIME)
        )
    answer = TokenAnswer(
        access_token=found.access_token,
        expires_in=ACCESS_LIFETIME // SECOND,
        session_id=found.session_id,
        user_id=found.user_id,
    )
    return Response(answer, cookies=made)


async def forget_ended(context: Context) -> None:
    """Delete sessions that ended long ago and idle counters, while the clock is steady.

    One that has leapt ahead would forget people who are at work, and whom strangers' guesses
    have been counted for.
    """
    due_by = await find_steady_time(context)
    if due_by is None:
        return
    async with context.database.write(org=SYSTEM) as session:
        await sessions.forget_ended_sessions(session, due_by)
        await forget_idle_clients(session, due_by)


@asynccontextmanager
async def forgetting(app: Litestar) -> AsyncIterator[None]:
    """Delete what nobody needs any more while the application runs."""
    context: Context = app.state["context"]

    async def look() -> None:
        await in_turn(
            context, "accounts.forgetting", FORGOTTEN_EVERY, lambda: forget_ended(context)
        )

    async with repeating("accounts.forgetting", TURN_LOOK_S, look):
        yield


lifespans = [forgetting]
