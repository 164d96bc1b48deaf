"""Which addresses may be connected to, and the addresses of a host, all of them checked."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

from reel.errors import InvalidRequest, Transient
from reel.settings import settings

_OWN_NETWORKS = [
    ipaddress.ip_network(network)
    for network in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1", "fc00::/7")
]
"""What `private_networks` opens: loopback, RFC 1918, RFC 6598, RFC 4193. Link-local addresses stay closed."""
_CLOUD_METADATA = [ipaddress.ip_address(address) for address in ("fd00:ec2::254", "100.100.100.200", "192.0.0.192")]
"""Where AWS, Alibaba and Oracle hand credentials to their machines, besides 169.254.169.254, which is link-local."""
_UNICAST = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that IANA has given out as global unicast."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""RFC 6052: how a network without IPv4 writes IPv4 addresses."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_allowed(address: Address, private: bool = False) -> bool:
    """Whether an address may be connected to: a public one, or with `private` one of our own networks.

    Where an IPv6 address stands for an IPv4 one (mapped, 6to4, NAT64), that one is judged. Teredo and whatever IANA has
    not given out as global unicast is refused.
    """
    if isinstance(address, ipaddress.IPv6Address) and (inner := _inner(address)):
        return is_allowed(inner, private)
    if address.is_multicast or address in _CLOUD_METADATA:
        return False
    if private and any(address in network for network in _OWN_NETWORKS):
        return True
    return address.is_global and (isinstance(address, ipaddress.IPv4Address) or address in _UNICAST)


def _inner(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def addresses_of(host: str, port: int, place: str) -> list[str]:
    """The addresses of a host, all of them allowed by the settings.

    Takes as long as the system's resolver does. Errors: `InvalidRequest` where there is no such host or where one of its
    addresses is not allowed; `Transient` where no name server answers.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in (socket.EAI_NONAME, socket.EAI_NODATA):
            raise InvalidRequest.at(place, f"there is no host {host}", "check the name") from None
        raise Transient.at(place, f"the name {host} could not be resolved: {error.strerror}") from None
    except UnicodeError:
        raise InvalidRequest.at(place, f"{host} is no host name", "check the name") from None
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    require_addresses_allowed(addresses, host, place)
    return addresses


def numeric_addresses(host: str, port: int) -> list[str]:
    """The address that a host is by itself (127.0.0.1, 0x7f000001, ::1); none for a name. Asks nobody."""
    try:
        found = socket.getaddrinfo(host.rstrip("."), port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except (socket.gaierror, UnicodeError):
        return []
    return [str(entry[4][0]) for entry in found]


def known_addresses(host: str, port: int) -> list[str]:
    """The addresses of a host, whether allowed or not; none where it has none now, or nobody can say."""
    try:
        return [str(entry[4][0]) for entry in socket.getaddrinfo(host.rstrip("."), port, type=socket.SOCK_STREAM)]
    except (socket.gaierror, UnicodeError):
        return []


def require_addresses_allowed(addresses: Iterable[str], host: str, place: str) -> None:
    """`InvalidRequest` where one of a host's addresses is not allowed. Does not tell which: that is nobody's business."""
    private = settings().private_networks
    if not all(is_allowed(ipaddress.ip_address(address), private) for address in addresses):
        what = f"the host {host} is not on the public internet"
        raise InvalidRequest.at(place, what, "use a public one; REEL_PRIVATE_NETWORKS opens networks of your own")
