"""People who read pages: each signs in, opens one page after another and thinks in between.

A client of its own, as thin as HTTP allows: what it costs is taken from the server's two cores.
"""

from __future__ import annotations

import asyncio
import random
import re
import urllib.parse
from dataclasses import dataclass, field
from time import perf_counter

_TIMEOUT_S = 60


@dataclass
class Seen:
    """What all people together saw, by page."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    faults: dict[str, int] = field(default_factory=dict)

    def add(self, page: str, took_s: float, status: int) -> None:
        """Keep one answer."""
        self.seconds.setdefault(page, []).append(took_s)
        if status != 200:  # noqa: PLR2004 - HTTP
            fault = f"{page} {status}"
            self.faults[fault] = self.faults.get(fault, 0) + 1


class Person:
    """One connection that is kept, with its cookies."""

    def __init__(self, host: str, port: int) -> None:
        """Connect on the first request."""
        self.host, self.port = host, port
        self.cookies: dict[str, str] = {}
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        """Send one request and return status and body, connecting again where the server left."""
        for is_last in (False, True):
            if self.streams is None:
                self.streams = await asyncio.open_connection(self.host, self.port)
            try:
                return await asyncio.wait_for(self._ask(method, path, body), _TIMEOUT_S)
            except (ConnectionError, asyncio.IncompleteReadError):
                self.streams = None
                if is_last:
                    raise
        raise AssertionError

    async def _ask(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        reader, writer = self.streams  # type: ignore[misc] # ask() connected
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: {self.host}:{self.port}",
            f"Cookie: {cookies}",
            "Accept-Language: en",
            f"Content-Length: {len(body)}",
            "Content-Type: application/x-www-form-urlencoded",
        ]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        for name, value in re.findall(r"(?im)^set-cookie: ([^=]+)=([^;\r]*)", head):
            self.cookies[name] = value
        if "chunked" in head.lower():
            return int(head.split(" ", 2)[1]), await self._chunks(reader)
        length = re.search(r"(?im)^content-length: (\d+)", head)
        return int(head.split(" ", 2)[1]), await reader.readexactly(int(length[1]) if length else 0)

    @staticmethod
    async def _chunks(reader: asyncio.StreamReader) -> bytes:
        found = b""
        while size := int(await reader.readline(), 16):
            found += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
        return found

    async def sign_in(self, name: str, password: str) -> None:
        """Sign in by the form."""
        _status, page = await self.ask("GET", "/sign-in/")
        token = re.search(rb'name="csrfmiddlewaretoken" value="(\w+)"', page)
        field = "login" if b'name="login"' in page else "username"
        typed = {
            "csrfmiddlewaretoken": token[1].decode() if token else "",
            field: name,
            "password": password,
        }
        status, _page = await self.ask("POST", "/sign-in/", urllib.parse.urlencode(typed).encode())
        if status != 302:  # noqa: PLR2004 - HTTP
            raise ConnectionRefusedError(f"{name} may not sign in: {status}")


async def users_run(
    address: tuple[str, int],
    pages: list[str],
    *,
    n_users: int,
    seconds: float,
    think_s: float,
    names: list[str],
) -> Seen:
    """Let so many people read at once for so long; each thinks ``think_s`` on average."""
    seen, pick = Seen(), random.Random(7)  # noqa: S311 - who reads what
    cookies: dict[str, dict[str, str]] = {}
    for name in names:  # a session each: guessing is limited, signing in is not what is measured
        person = Person(*address)
        await person.sign_in(name, "demo")
        cookies[name] = person.cookies
    until = perf_counter() + seconds

    async def reading(number: int) -> None:
        person = Person(*address)
        person.cookies = dict(cookies[names[number % len(names)]])
        await asyncio.sleep(pick.random() * think_s)
        while perf_counter() < until:
            page, began = pick.choice(pages), perf_counter()
            try:
                status, _body = await person.ask("GET", page)
            except (OSError, asyncio.IncompleteReadError, TimeoutError):
                status = 0
            seen.add(page, perf_counter() - began, status)
            await asyncio.sleep(pick.expovariate(1 / think_s) if think_s else 0)

    await asyncio.gather(*(reading(number) for number in range(n_users)))
    return seen
