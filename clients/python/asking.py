# ruff: noqa: INP001 - a folder to copy
"""How a client asks: the standard library alone; what is refused is a ``ProblemError``."""

from __future__ import annotations

import json
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen


class ProblemError(Exception):
    """What the server refused, as it told it (RFC 9457)."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        """Keep the status and the whole document."""
        super().__init__(f"{problem.get('detail', status)} {problem.get('hint', '')}".strip())
        self.status, self.problem = status, problem


class Asking:
    """One server, and a token for it."""

    def __init__(
        self, address: str, token: str, *, language: str = "en", timeout_s: float = 300.0
    ) -> None:
        """Keep where to ask and as whom."""
        self.address, self.timeout_s = address.rstrip("/"), timeout_s
        self.headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}

    @staticmethod
    def quoted(value: object) -> str:
        """Write a value as a part of a path."""
        return quote(str(value), safe="")

    def ask(  # noqa: PLR0917 - what a request is
        self,
        method: str,
        path: str,
        query: dict[str, Any],
        headers: dict[str, Any],
        content: object = None,
        form: str = "application/json",
    ) -> Any:  # noqa: ANN401 - the routes name their types
        """Ask, and return what JSON says, or the bytes of a file.

        Raises:
            ProblemError: The server refused.
        """
        asked = {name: value for name, value in query.items() if value is not None}
        where = f"{self.address}{path}?{urlencode(asked, doseq=True)}" if asked else None
        told = {name: str(value) for name, value in headers.items() if value is not None}
        body: bytes | IO[bytes] | None = None
        if isinstance(content, bytes) or hasattr(content, "read"):
            body = content  # type: ignore[assignment]
        elif content is not None:
            body = json.dumps(content).encode()
        if body is not None:
            told["Content-Type"] = form
        request = Request(  # noqa: S310 - the caller's own server
            where or f"{self.address}{path}", body, {**self.headers, **told}, method=method
        )
        try:
            with urlopen(request, timeout=self.timeout_s) as answer:  # noqa: S310
                read = answer.read()
                is_json = answer.headers.get_content_type() == "application/json"
        except HTTPError as fault:
            raise ProblemError(fault.code, _problem(fault.read())) from fault
        if is_json:
            return json.loads(read)
        return read or None


def _problem(text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {"detail": text[:200].decode(errors="replace")}
    return found if isinstance(found, dict) else {}
