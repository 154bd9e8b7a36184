"""Where messages may go: never inside.

An address is resolved once, every answer is checked, and the connection is made to the very address
that was checked; a name that resolves differently a moment later leads nowhere else. Redirects are
not followed. What an operator wants to reach inside is named in the configuration.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from commonweal.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection

_PORTS: Final = {"https": 443, "http": 80}
_TRANSLATED: Final = (
    ipaddress.ip_network("64:ff9b::/96"),  # NAT64: the last 32 bits are an address of IPv4
    ipaddress.ip_network("64:ff9b:1::/48"),
)


@dataclass(frozen=True, slots=True)
class Target:
    """An address that may be sent to: its name for TLS and headers, its number for the socket."""

    scheme: str
    host: str
    port: int
    path: str
    address: str


def target_read(url: str, *, allowed: Collection[str]) -> Target:
    """Read an address without resolving it; ``allowed`` names ``host:port`` that lie inside.

    Raises:
        InputError: It is no web address, has a user, or is not encrypted and not allowed.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError as fault:
        raise InputError(_("%(url)r is no web address") % {"url": url[:100]}) from fault
    is_plain = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in _PORTS or not host or not is_plain:
        raise InputError(_("%(url)r is no web address") % {"url": url[:100]}, hint="https://…")
    if parts.username is not None or parts.password is not None:
        raise InputError(
            _("an address has no name or password in it"), hint=_("messages are signed")
        )
    if parts.scheme != "https" and f"{host}:{port}" not in allowed:
        raise InputError(_("messages go to https:// alone"))
    path = parts.path or "/"
    return Target(parts.scheme, host, port, f"{path}?{parts.query}" if parts.query else path, "")


def target_resolve(url: str, *, allowed: Collection[str]) -> Target:
    """Return where to connect to, checked.

    Raises:
        InputError: It is no web address, its name is unknown, or it leads inside.
    """
    asked = target_read(url, allowed=allowed)
    try:
        found = socket.getaddrinfo(asked.host, asked.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise InputError(_("%(host)s is unknown") % {"host": asked.host}) from fault
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if f"{asked.host}:{asked.port}" not in allowed:
        for each in addresses:
            if not is_outside(each):
                raise InputError(
                    _("%(host)s leads inside (%(address)s)")
                    % {"host": asked.host, "address": each},
                    hint=_("`webhook_allow` in the configuration names what may be reached"),
                )
    return Target(asked.scheme, asked.host, asked.port, asked.path, addresses[0])


def is_outside(address: str) -> bool:
    """Return whether an address is one of the public Internet.

    >>> [is_outside(a) for a in ("8.8.8.8", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1")]
    [True, False, False, False]
    """
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if any(found in each for each in _TRANSLATED):
            return False
        if found.ipv4_mapped or found.sixtofour or found.teredo:
            return False  # an address of IPv4 in disguise; who means it writes it plainly
        if found.is_site_local:
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved
