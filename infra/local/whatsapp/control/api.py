"""The routes of the control API: phones, what they do, faults, and the server's diagnostics."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from infra.local.whatsapp.account_deletion import delete_account
from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.control.fault_injection import FaultInjector
from infra.local.whatsapp.control.fault_models import FaultsBody
from infra.local.whatsapp.control.groups import GroupRoutes, refusal
from infra.local.whatsapp.control.models import (
    MessageQuery,
    NewPhone,
    PhoneChange,
    Reading,
    Scan,
    Typing,
    Unlinking,
)
from infra.local.whatsapp.control.people import PeopleRoutes
from infra.local.whatsapp.control.requests import (
    ControlError,
    error_response,
    first_fault,
    named_account,
    read_body,
    read_text,
)
from infra.local.whatsapp.control.views import (
    message_view,
    phone_view,
    problems_view,
    statistics_view,
    typing_view,
)
from infra.local.whatsapp.groups.refusals import GroupRefused
from infra.local.whatsapp.messages.group_chats import Newsletter
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.number_change import change_number
from infra.local.whatsapp.pairing.link import PairingError
from infra.local.whatsapp.pairing.pairing_code import NoCodeRequested, enter_code
from infra.local.whatsapp.pairing.qr_code import ExpiredRef, InvalidQr, scan
from infra.local.whatsapp.pairing.unlinking import remove_from_phone
from infra.local.whatsapp.phones.composing import MessageBody, compose
from infra.local.whatsapp.phones.destinations import ComposeError, UnknownTarget, destination
from infra.local.whatsapp.phones.files import SpoiledFile
from infra.local.whatsapp.phones.media import media_part, open_file
from infra.local.whatsapp.phones.message_history import StoredMessage
from infra.local.whatsapp.phones.phones import Phones
from infra.local.whatsapp.phones.wrappers import unwrapped
from infra.local.whatsapp.transport.endpoint import Endpoint
from infra.local.whatsapp.wire import proto

log = logging.getLogger(__name__)
_MAX_BODY = 200 << 20  # a file of 100 MB in base64
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_MESSAGE: TypeAdapter[MessageBody] = TypeAdapter(MessageBody)


class Control:
    """One handler a route; each returns what the README of this package says."""

    def __init__(self, network: Network, phones: Phones, endpoint: Endpoint) -> None:
        self._network = network
        self._phones = phones
        self._faults = FaultInjector(network, endpoint)

    def application(self) -> web.Application:
        app = web.Application(middlewares=[self._finish_request], client_max_size=_MAX_BODY)
        app.add_routes(
            [
                web.post("/phones", self._create_phone),
                web.get("/phones", self._list_phones),
                web.get("/phones/{number}", self._show_phone),
                web.patch("/phones/{number}", self._change_phone),
                web.delete("/phones/{number}", self._delete_phone),
                web.post("/phones/{number}/scan", self._scan),
                web.post("/phones/{number}/messages", self._send),
                web.get("/phones/{number}/messages", self._list_messages),
                web.get("/phones/{number}/messages/{id}/media", self._show_media),
                web.post("/phones/{number}/read", self._read),
                web.post("/phones/{number}/unlink", self._unlink),
                web.post("/phones/{number}/typing", self._type),
                web.get("/phones/{number}/typing", self._list_typing),
                *GroupRoutes(self._network).routes(),
                *PeopleRoutes(self._network, self._phones.history).routes(),
                web.post("/faults", self._set_faults),
                web.delete("/faults", self._clear_faults),
                web.get("/problems", self._list_problems),
                web.get("/statistics", self._show_statistics),
            ]
        )
        return app

    @web.middleware
    async def _finish_request(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Turn errors into a status and a sentence, and commit before the response leaves."""
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = error_response(error.status, f"{error.reason}: {request.method} {request.path}")
        except ControlError as error:
            response = error_response(error.status, str(error))
        except GroupRefused as error:
            refused = refusal(error)
            response = error_response(refused.status, str(refused))
        except ComposeError as error:
            response = error_response(404 if isinstance(error, UnknownTarget) else 409, str(error))
        except ValidationError as error:
            response = error_response(400, first_fault(error))
        except Exception as error:
            log.exception("a control request failed")
            self._network.problems.errors.append(f"{type(error).__name__} at {request.method} {request.path}")
            response = error_response(500, "The local WhatsApp server failed; its log says more.")
        self._network.database.commit()
        return response

    async def _create_phone(self, request: web.Request) -> web.Response:
        body = await read_body(request, NewPhone)
        self._require_free(body.number)
        account = self._network.directory.create(body.number, body.name or f"Phone {body.number[-4:]}")
        return web.json_response(self._view(account), status=201)

    async def _list_phones(self, request: web.Request) -> web.Response:
        return web.json_response({"phones": [self._view(account) for account in self._network.directory.accounts()]})

    async def _show_phone(self, request: web.Request) -> web.Response:
        return web.json_response(self._view(self._account(request)))

    async def _change_phone(self, request: web.Request) -> web.Response:
        account, body = self._account(request), await read_body(request, PhoneChange)
        self._require_free(*(body.aliases or ()), *([body.number] if body.number else ()))
        if body.aliases is not None:
            self._network.look_ups.set_aliases(account.number, body.aliases)
        if body.named is not None:
            self._network.look_ups.set_named(account.number, body.named)
        changed = self._network.directory.change(account.number, name=body.name, auto_receipts=body.auto_receipts)
        if body.number is not None:
            changed = change_number(self._network, changed, body.number)
        return web.json_response(self._view(changed))

    async def _delete_phone(self, request: web.Request) -> web.Response:
        delete_account(self._network, self._account(request))
        return web.Response(status=204)

    async def _scan(self, request: web.Request) -> web.Response:
        account, body = self._account(request), await read_body(request, Scan)
        try:
            if body.qr is not None:
                device = await scan(self._network, account, body.qr)
            else:
                device = await enter_code(self._network, account, body.code or "")
        except PairingError as error:
            raise ControlError(_PAIRING_STATUS.get(type(error), 409), str(error)) from error
        self._phones.share_app_state(account, device)
        self._phones.push_history(account, device)
        return web.json_response({"number": f"+{account.number}", "device": device.id, "jid": str(device.pn)})

    async def _send(self, request: web.Request) -> web.Response:
        account = self._account(request)
        body = _MESSAGE.validate_json(await read_text(request))
        recipient, content = compose(self._network, self._phones.history, account, body)
        return web.json_response({"id": self._phones.send(account, recipient, content)}, status=201)

    async def _list_messages(self, request: web.Request) -> web.Response:
        account, wanted = self._account(request), MessageQuery.model_validate(dict(request.query))
        history = self._phones.history
        if wanted.id is not None:
            found = history.named(account.number, wanted.id)
        elif wanted.changed_after is None and wanted.last is None:
            found = history.after(account.number, wanted.after)
        else:
            since = -1 if wanted.changed_after is None else wanted.changed_after
            found = history.changed(account.number, since, wanted.last or -1)
        messages = [message_view(account, message) for message in found]
        return web.json_response({"messages": messages, "cursor": history.cursor(account.number)})

    async def _show_media(self, request: web.Request) -> web.Response:
        message = self._message(self._account(request), request.match_info["id"])
        part = media_part(unwrapped(proto.Message.FromString(message.payload))[0])
        if part is None:
            raise ControlError(404, "This message has no file.")
        try:
            return web.Response(body=open_file(self._network.media, part), headers=_FILE_HEADERS)
        except SpoiledFile as error:
            raise ControlError(410, f"The file cannot be read: {error}.") from error

    async def _read(self, request: web.Request) -> web.Response:
        account, body = self._account(request), await read_body(request, Reading)
        message = self._message(account, body.message_id)
        if message.from_me:
            raise ControlError(409, "This phone wrote that message itself.")
        self._phones.mark_read(account, message)
        return web.json_response({"status": "read"})

    async def _unlink(self, request: web.Request) -> web.Response:
        account, body = self._account(request), await read_body(request, Unlinking)
        devices = self._network.directory.companions(account.number)
        chosen = [device for device in devices if body.device in (None, device.id)]
        if not chosen:
            raise ControlError(404, "No such device is linked with this phone.")
        for device in chosen:
            remove_from_phone(self._network, device)
        return web.json_response({"unlinked": [device.id for device in chosen]})

    async def _type(self, request: web.Request) -> web.Response:
        account, body = self._account(request), await read_body(request, Typing)
        recipient = destination(self._network, account, body.to, None)
        if isinstance(recipient, Newsletter):
            raise ControlError(409, "Nobody is seen typing in a newsletter.")
        self._phones.show_typing(account, recipient, body.state)
        return web.json_response({})

    async def _list_typing(self, request: web.Request) -> web.Response:
        seen = self._network.typing.of(self._account(request).number)
        return web.json_response({"typing": [typing_view(entry) for entry in seen]})

    async def _set_faults(self, request: web.Request) -> web.Response:
        self._faults.apply(await read_body(request, FaultsBody))
        return web.json_response({})

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self._faults.clear()
        return web.json_response({})

    async def _list_problems(self, request: web.Request) -> web.Response:
        return web.json_response(problems_view(self._network))

    async def _show_statistics(self, request: web.Request) -> web.Response:
        return web.json_response(statistics_view(self._network))

    def _require_free(self, *numbers: str) -> None:
        for number in numbers:
            if self._network.directory.by_number(number):
                raise ControlError(409, f"There is a phone with the number +{number} already.")

    def _account(self, request: web.Request) -> Account:
        return named_account(self._network, request)

    def _message(self, account: Account, id: str) -> StoredMessage:
        message = self._phones.history.find(account.number, id)
        if message is None:
            raise ControlError(404, "This phone knows no such message.")
        return message

    def _view(self, account: Account) -> dict[str, Any]:
        return phone_view(self._network, account)


# The sender says what a file is, and nobody has looked.
_FILE_HEADERS = {"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff"}
_PAIRING_STATUS: dict[type[PairingError], int] = {InvalidQr: 400, ExpiredRef: 410, NoCodeRequested: 404}
