"""Errors of talking to WhatsApp. No text here carries a message, a name or a phone number.

WhatsAppError
├── CannotReachWhatsApp      the first connection of a client failed
├── StoreUnavailable         whatsmeow's tables cannot be read or written
│   └── StoreCrowded         … or have no connection left for a client that starts
├── DeviceMissing            the store has no such device: it must be linked again
├── ClientGone               the client was never started or has ended
├── EventUnreadable          neonize could not encode an event and ended the client
├── NotConnected             no connection right now
├── OutcomeUnknown           a message may have been sent; every other error of a send means that it was not
│   └── AckTimeout           … and the server did not answer in 75 s
├── RequestTimeout           a query was not answered
├── Refused(code)            the server refused
│   ├── SendRefused          … a message
│   └── RequestRefused       … a query
├── UploadFailed             a file could not be stored at WhatsApp's media host
│   └── MediaHostAway        … which is the host's fault, and may be over later
├── NoWhatsAppAddress        WhatsApp named no LID for a number, by which alone whatsmeow sends; it may have an account
└── OperationFailed          anything else, with neonize's own text redacted
"""

from __future__ import annotations

import re
from collections.abc import Callable

from connector.whatsapp.redaction import redact


class WhatsAppError(Exception):
    """Base of every error of this package."""


class CannotReachWhatsApp(WhatsAppError):
    pass


class StoreUnavailable(WhatsAppError):
    pass


class StoreCrowded(StoreUnavailable):
    pass


class DeviceMissing(WhatsAppError):
    pass


class ClientGone(WhatsAppError):
    pass


class EventUnreadable(WhatsAppError):
    """`kind` is the event's name; neonize 0.5.2 ends a client when an event holds an enum value it does not know."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"neonize could not encode an event of kind {kind}")
        self.kind = kind


class NotConnected(WhatsAppError):
    pass


class OutcomeUnknown(WhatsAppError):
    pass


class AckTimeout(OutcomeUnknown):
    pass


class RequestTimeout(WhatsAppError):
    pass


class Refused(WhatsAppError):
    """`code` is WhatsApp's own."""

    def __init__(self, code: int) -> None:
        super().__init__(f"WhatsApp refused with code {code}")
        self.code = code


class SendRefused(Refused):
    pass


class RequestRefused(Refused):
    pass


class UploadFailed(WhatsAppError):
    pass


class MediaHostAway(UploadFailed):
    pass


class NoWhatsAppAddress(WhatsAppError):
    pass


class OperationFailed(WhatsAppError):
    pass


# The texts are those of whatsmeow's errors.go and send.go, and of Go's database/sql drivers; first match wins.
_PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], WhatsAppError]], ...] = (
    (
        re.compile(r"required field neonize\.(\w+)"),
        lambda match: EventUnreadable(match[1]),
    ),
    (
        re.compile(r"client is nil"),
        lambda _: ClientGone("the client has ended"),
    ),
    (
        re.compile(
            r"websocket not connected|websocket disconnected|failed to (?:send message node|write frame)"
            r"|store doesn't contain"
        ),
        lambda _: NotConnected("not connected to WhatsApp"),
    ),
    (
        re.compile(r"info query timed out"),
        lambda _: RequestTimeout("WhatsApp did not answer"),
    ),
    (
        re.compile(r"no LID found"),
        lambda _: NoWhatsAppAddress("WhatsApp named no address for the number"),
    ),
    (
        re.compile(r"server returned error (\d+)"),
        lambda match: SendRefused(int(match[1])),
    ),
    (
        re.compile(r"info query returned status (\d+)"),
        lambda match: RequestRefused(int(match[1])),
    ),
    (
        re.compile(r"\bpq: |failed to (?:upgrade|open) database|driver: bad connection|sql: "),
        lambda _: StoreUnavailable("whatsmeow's store is not available"),
    ),
)


# Failures of whatsmeow's SendMessage before it writes to the socket, and of the one write that surely wrote nothing.
_NOT_WRITTEN = re.compile(
    r"failed to (?:get|fetch|prefetch|save|marshal) |no LID found|can't |cipher encryption failed|pq: |sql: "
    r"|the store doesn't contain|client is nil|failed to send message node: websocket not connected$"
)


# Statuses of a media host that say nothing about the file.
_HOSTS_FAULTS = (408, 429, *range(500, 600))


def parse_send_error(text: str) -> WhatsAppError:
    """Return the error for a text of SendMessage(): OutcomeUnknown unless the text is known to precede the write."""
    error = parse_error(text)
    if isinstance(error, SendRefused) or _NOT_WRITTEN.match(text):
        return error
    if "timed out waiting for message send response" in text:
        return AckTimeout("WhatsApp did not confirm the message")
    return OutcomeUnknown("the connection was lost before WhatsApp confirmed the message")


def parse_upload_error(text: str) -> WhatsAppError:
    """Return the error for a text of Upload(); addresses of media hosts are in what the library says of them."""
    if match := re.search(r"upload failed with status code (\d+)", text):
        kind = MediaHostAway if int(match[1]) in _HOSTS_FAULTS else UploadFailed
        return kind(f"WhatsApp's media host answered {match[1]}")
    error = parse_error(text)
    return MediaHostAway("WhatsApp's media host could not be reached") if isinstance(error, OperationFailed) else error


def parse_end_error(text: str) -> WhatsAppError:
    """Return the error for a text of Neonize(), which ends by itself only while connecting or over an event."""
    error = parse_error(text)
    return CannotReachWhatsApp(str(error)) if isinstance(error, OperationFailed) else error


def parse_error(text: str) -> WhatsAppError:
    """Return the error for a text that a function of neonize returned."""
    for pattern, make in _PATTERNS:
        if match := pattern.search(text):
            return make(match)
    return OperationFailed(redact(text))
