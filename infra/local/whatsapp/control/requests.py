"""What the routes of the control API have in common: how they read requests, and the errors they answer with."""

from __future__ import annotations

from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError

from gateway.domain.sentences import sentence
from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.control.models import Number
from infra.local.whatsapp.network import Network

_Body = TypeVar("_Body", bound=BaseModel)
_NUMBER: TypeAdapter[str] = TypeAdapter(Number)


class ControlError(Exception):
    """Becomes a response with this status and the text as error."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def named_account(network: Network, request: web.Request) -> Account:
    """Return the account of the number in the path; raise ControlError."""
    number = _NUMBER.validate_python(request.match_info["number"])
    account = network.directory.by_number(number)
    if account is None:
        raise ControlError(404, f"There is no phone with the number +{number}.")
    return account


async def read_text(request: web.Request) -> bytes:
    return await request.read() or b"{}"


async def read_body(request: web.Request, model: type[_Body]) -> _Body:
    return model.model_validate_json(await read_text(request))


def error_response(status: int, text: str) -> web.Response:
    return web.json_response({"error": text}, status=status)


def first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    return f"{where}: {sentence(fault)}" if where else sentence(fault)
