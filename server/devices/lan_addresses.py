"""Where a device says that the venue's other gates reach it."""

from __future__ import annotations

from ipaddress import ip_address

from sqlalchemy import select, update

from server.db.unit import Context
from server.devices.models import Device
from server.problem_answers import wrong_field
from shared.kernel.hosts import is_port
from shared.kernel.id_types import DeviceId, OrganizationId


async def note_lan_address(
    context: Context,
    organization_id: OrganizationId,
    device_id: DeviceId,
    said: str,
    client_host: str | None,
) -> None:
    """Keep where a device says that other gates reach it.

    Args:
        context: Whose database.
        organization_id: The device's.
        device_id: Which.
        said: `host:port`; without a host it is where the request comes from.
        client_host: Where that is, or None.

    Raises:
        Problem: if it is none.
    """
    address = _full_address(said, client_host)
    async with context.read(organization_id) as unit:
        known = select(Device.lan_address).where(Device.id == device_id)
        if await unit.find(known) == address:
            return
    async with context.write(organization_id) as unit:
        await unit.session.execute(
            update(Device).where(Device.id == device_id).values(lan_address=address)
        )


def _full_address(said: str, client_host: str | None) -> str:
    """Spell a device's own address as the roster does."""
    host, _, port = said.rpartition(":")
    if not host and client_host is not None:
        host = client_host
    try:
        numeric = ip_address(host.removeprefix("[").removesuffix("]"))
        number = int(port) if port.isascii() and port.isdigit() else 0
    except ValueError:
        raise wrong_field("lan_address", "is not a numeric host and a port") from None
    if not is_port(number):
        raise wrong_field("lan_address", "is not a numeric host and a port")
    return f"[{numeric}]:{number}" if numeric.version == 6 else f"{numeric}:{number}"
