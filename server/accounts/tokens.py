"""Access tokens (JWT), refresh tokens and API keys: made, read, and told apart.

One algorithm, one key, one purpose per token: a token of another `typ` is refused although its
signature is right, which the library alone would not do.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any, Final

import jwt
import msgspec

from shared.kernel.id_types import UserId
from shared.kernel.instant import MINUTE, SECOND, Duration, Instant
from shared.kernel.ports import Entropy

ACCESS_LIFETIME: Final[Duration] = 15 * MINUTE
"""Of an access token: so long a revoked session may still be served."""

CLOCK_TOLERANCE: Final[Duration] = ACCESS_LIFETIME
"""How far the server's own clock may have gone back since it signed a token. An access token
then lives at most twice its lifetime; beyond that it is refused, and its session gives another."""

ISSUER: Final = "gatekeeper"
AUDIENCE: Final = "gatekeeper-api"
ALGORITHM: Final = "HS256"
TYPE_ACCESS: Final = "access"
TYPE_KNOWN_BROWSER: Final = "known_browser"
API_KEY_PREFIX: Final = "gks"
REFRESH_PREFIX: Final = "gkr"
_TOKEN_SIZE_MAX: Final = 4_096


class TokenClaims(msgspec.Struct, frozen=True):
    """What a token says: of which user, in which session."""

    user_id: UserId
    session_id: str


class TokenSigner:
    """Signs and reads the server's own JWTs."""

    def __init__(self, secret: bytes) -> None:
        assert len(secret) >= 32
        self._secret = secret

    def sign(self, claims: TokenClaims, now: Instant, *, kind: str, lifetime: Duration) -> str:
        """Make a token that is valid from `now` for `lifetime`."""
        return jwt.encode(
            {
                "iss": ISSUER,
                "aud": AUDIENCE,
                "sub": claims.user_id,
                "sid": claims.session_id,
                "typ": kind,
                "iat": now // SECOND,
                "exp": (now + lifetime) // SECOND,
            },
            self._secret,
            algorithm=ALGORITHM,
        )

    def read(self, token: str, now: Instant, *, kind: str) -> TokenClaims | None:
        """Return what a token says, or None if it is not a valid one of this kind."""
        if len(token) > _TOKEN_SIZE_MAX:
            return None
        try:
            found = jwt.decode(
                token,
                self._secret,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                # Times are compared below, with our own clock.
                options={
                    "require": ["exp", "iat", "sub", "aud", "iss"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except (jwt.PyJWTError, ValueError):
            return None
        return _checked(found, now, kind)


def _checked(found: dict[str, Any], now: Instant, kind: str) -> TokenClaims | None:
    expires, issued, not_before = (found.get(name, 0) for name in ("exp", "iat", "nbf"))
    if not all(isinstance(value, int) for value in (expires, issued, not_before)):
        return None
    if now >= expires * SECOND or max(issued, not_before) * SECOND > now + CLOCK_TOLERANCE:
        return None
    user_id, session_id = found.get("sub"), found.get("sid")
    if found.get("typ") != kind or not isinstance(user_id, str):
        return None
    return TokenClaims(UserId(user_id), session_id) if isinstance(session_id, str) else None


def new_refresh_token(entropy: Entropy) -> str:
    """Make a refresh token: 256 random bits."""
    body = urlsafe_b64encode(entropy.random_bytes(32)).rstrip(b"=").decode()
    return f"{REFRESH_PREFIX}_{body}"
