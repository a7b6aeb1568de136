"""Keeps calls to addresses that people gave us to public ones, or they would open our own network to everybody."""

from __future__ import annotations

import ipaddress
import socket
import ssl

import httpx2

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressNotPublic(httpx2.UnsupportedProtocol):
    """The host leads, by any of its addresses, into a network that is not public."""


class PublicOnly(httpx2.BaseTransport):
    """Connects to the address that was checked, so that a name cannot lead elsewhere in between.

    Connections are not kept: the pool knows addresses only, and many names share one.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        self.inner = httpx2.HTTPTransport(verify=tls, limits=httpx2.Limits(max_keepalive_connections=0))

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request to the address that was checked. Raises AddressNotPublic."""
        host = request.url.host
        address = public_address(host, request.url.port or 443)
        request.url = request.url.copy_with(host=address)
        request.extensions = {**request.extensions, "sni_hostname": host}
        return self.inner.handle_request(request)

    def close(self) -> None:
        self.inner.close()


def public_address(host: str, port: int) -> str:
    """Return one of the host's addresses when all are public. Raises AddressNotPublic, and ConnectError for no host."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # UnicodeError: a part of the name is empty, or longer than names may be.
    except (OSError, UnicodeError) as error:
        raise httpx2.ConnectError("the host is not known") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses or not all(is_public(address) for address in addresses):
        raise AddressNotPublic("the host's address is not public")
    return addresses[0]


def is_public(text: str) -> bool:
    """Return whether an address is public; an IPv6 address that carries an IPv4 one is judged by that."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return address.is_global and not address.is_multicast
