"""Request and answer bodies of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from server.http.body_and_answer_types import Answer, Body, Email, Moment, Name
from shared.credential.password_rules import PASSWORD_LENGTH_MAX
from shared.kernel.id_types import UserId

Password = Annotated[str, msgspec.Meta(min_length=1, max_length=PASSWORD_LENGTH_MAX)]
FactorText = Annotated[str, msgspec.Meta(min_length=6, max_length=40)]
ScopeName = Annotated[str, msgspec.Meta(min_length=3, max_length=40)]


class Registration(Body):
    """Ask for an account, by an invitation unless registration is open to everybody."""

    email: Email
    name: Name
    password: Password
    invitation: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None


class Accepted(Answer):
    """The same for new and for known addresses."""

    status: str = "accepted"


class SignIn(Body):
    """Sign in by e-mail and password.

    Attributes:
        code: Of the second factor, where the account has one: the phone's six digits, or a
            recovery code.
    """

    email: Email
    password: Password
    code: FactorText | None = None


class TokenAnswer(Answer):
    """An access token; the refresh token travels in a cookie only.

    Attributes:
        expires_in: Seconds.
    """

    access_token: str
    expires_in: int
    session_id: str
    user_id: UserId
    token_type: str = "Bearer"  # noqa: S105 - the scheme's name, no secret


class SessionAnswer(Answer):
    """One of one's own sign-ins."""

    id: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    client: str
    is_current: bool


class UserAnswer(Answer):
    """One's own account."""

    id: UserId
    email: str
    name: str
    is_platform_admin: bool
    created_at: datetime


class PasswordChange(Body):
    """Change one's password."""

    current_password: Password
    new_password: Password


class FactorAnswer(Answer):
    """One's second factor.

    Attributes:
        confirmed_at: Since when a code is asked for at sign-in.
        recovery_codes_left: How many are not used.
        is_asked_for: An organization where one is owner or manager asks for one.
    """

    is_on: bool
    confirmed_at: datetime | None
    recovery_codes_left: int
    is_asked_for: bool


class NewFactor(Body):
    """Begin a second factor, with one's password again."""

    password: Password


class BegunFactor(Answer):
    """The secret of a second factor, for the app of a phone; shown this once.

    Attributes:
        secret: Base32, for a phone that cannot scan.
        otpauth_url: For a QR code.
    """

    secret: str
    otpauth_url: str


class TypedCode(Body):
    """A code that the phone shows."""

    code: FactorText


class FactorProof(Body):
    """One's password again, and a code of the phone or a recovery code."""

    password: Password
    code: FactorText


class NewRecoveryCodes(Answer):
    """Codes for one sign-in each, without the phone; shown this once."""

    recovery_codes: Sequence[str]


class NewApiKey(Body):
    """Make an API key.

    Attributes:
        scopes: Of the form `resource:read` or `resource:write`.
    """

    name: Name
    scopes: Annotated[list[ScopeName], msgspec.Meta(min_length=1, max_length=50)]
    expires_at: Moment | None = None


class ApiKeyAnswer(Answer):
    """An API key, without the key.

    Attributes:
        created_by: Of whom it is the key: it may no more than they.
    """

    id: str
    name: str
    shown: str
    scopes: Sequence[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    created_by: str


class CreatedApiKey(Answer):
    """A new API key; `key` is shown this once."""

    key: str
    api_key: ApiKeyAnswer
