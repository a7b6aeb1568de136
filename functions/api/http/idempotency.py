"""Idempotency keys: a key names a request, and a fingerprint tells whether a later one is the same."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from gateway.domain.errors import InvalidInput

_MAX_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class Idempotency:
    """The key of a request, if it has one, and where the request went."""

    key: str | None
    method: str
    path: str

    def fingerprint(self, body: BaseModel) -> bytes | None:
        """Return the request's fingerprint, the same however its JSON was written; None without a key."""
        return fingerprint(self.method, self.path, body) if self.key else None


def fingerprint(method: str, path: str, body: BaseModel) -> bytes:
    """Return SHA-256 over method, path and the body in canonical JSON."""
    # Without what is left at its default: a field that is new in a release does not change what was sent before it.
    given = body.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    canonical = json.dumps(given, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{method}\n{path}\n{canonical}".encode()).digest()


def mark_replayed(response: Response) -> None:
    """Mark a response as the outcome of an earlier request."""
    response.headers["Idempotency-Replayed"] = "true"


async def _idempotency(
    request: Request,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Up to 255 visible ASCII characters. The same request with the same key is done once.",
            examples=["8e03978e-40d5-43e8-bc93-6894a57f9324"],
        ),
    ] = None,
) -> Idempotency:
    if key is not None and not (0 < len(key) <= _MAX_CHARACTERS and all("!" <= c <= "~" for c in key)):
        raise InvalidInput("Idempotency-Key", f"Use 1 to {_MAX_CHARACTERS} visible ASCII characters.")
    return Idempotency(key, request.method, request.url.path)


IdempotencyDep = Annotated[Idempotency, Depends(_idempotency)]
