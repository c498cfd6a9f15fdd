"""`/api/v1/organizations/…/api-keys`."""

from __future__ import annotations

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from server.accounts import api_keys
from server.accounts.guards import requires
from server.accounts.models import ApiKey
from server.accounts.principal import SCOPES, Principal, Role
from server.accounts.role_still_held import hold_role
from server.accounts.schemas import ApiKeyAnswer, CreatedApiKey, NewApiKey
from server.db.unit import Units
from server.http.body_and_answer_types import answer_of, to_instant
from server.http.list_search_and_filters import Listing
from server.http.logs import log
from server.members import changing_members
from server.problem_answers import FieldError, wrong_fields

API_KEYS = "/organizations/{organization_id:str}/api-keys"
OWNER = requires(Role.OWNER)


@post(API_KEYS, tags=["api keys"], guards=[OWNER])
async def create_api_key(
    data: JSONBody[NewApiKey], principal: NamedDependency[Principal], units: NamedDependency[Units]
) -> CreatedApiKey:
    """Make an API key; it is shown this once."""
    unknown = sorted(set(data.scopes) - SCOPES)
    if unknown:
        wrong = [FieldError("scopes", f"unknown: {name}") for name in unknown]
        raise wrong_fields(wrong)
    async with units.write() as unit:
        await hold_role(unit, principal, Role.OWNER)
        key, token = await api_keys.create_api_key(
            unit,
            name=data.name,
            scopes=data.scopes,
            created_by=principal.user_id,
            expires_at=to_instant(data.expires_at),
        )
    log().info("api_key.created", key_id=key.id, actor=key.created_by)
    return CreatedApiKey(key=token, api_key=_key_answer(key))


@get(API_KEYS, tags=["api keys"], guards=[OWNER])
async def list_api_keys(
    listing: NamedDependency[Listing], units: NamedDependency[Units]
) -> list[ApiKeyAnswer]:
    """List the organization's API keys, without the keys themselves."""
    async with units.read() as unit:
        found = [_key_answer(key) for key in await api_keys.list_api_keys(unit)]
    return listing.arrange(found, ApiKeyAnswer)


@delete(API_KEYS + "/{api_key_id:str}", status_code=204, tags=["api keys"], guards=[OWNER])
async def revoke_api_key(units: NamedDependency[Units], api_key_id: FromPath[str]) -> None:
    """Stop an API key, at once: what it may do, and its unused codes for devices.

    Messages to webhooks that it answered for are held.
    """
    async with units.write() as unit:
        await changing_members.revoke_api_key(unit, api_key_id)


def _key_answer(key: ApiKey) -> ApiKeyAnswer:
    return answer_of(ApiKeyAnswer, key)
