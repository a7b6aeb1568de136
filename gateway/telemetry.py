"""The set-up of logs and metrics in functions and connector: Powertools, JSON lines, EMF.

Only ids, states, counts and durations are logged. Message texts, phone numbers, JIDs and keys never are: callers pass
ids, and `RedactingFormatter` masks what libraries nevertheless put into their messages.
"""

from __future__ import annotations

import logging
import os
import re
import traceback
from collections.abc import Callable
from typing import Any, TypeVar, cast

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from gateway import correlation

# Each deployment has a name, which distinguishes two of them in one account.
SERVICE = os.environ.get("POWERTOOLS_SERVICE_NAME", "whatsapp-gateway")
NAMESPACE = "WhatsAppGateway"
_RELEASE: dict[str, Any] = {"release": os.environ["GATEWAY_RELEASE"]} if "GATEWAY_RELEASE" in os.environ else {}

HandlerT = TypeVar("HandlerT", bound=Callable[..., Any])

# Digits long enough for a phone number or a LID (hexadecimal ids and timestamps inside words are left alone),
# our API keys, and passwords inside connection strings.
_SECRETS = re.compile(
    r"(?<![\w.-])\+?\d{8,}(?=@|:|\b(?![\w.-]))|wag_[0-9A-Za-z]{16,}(?:_[0-9a-f]{8})?|eyJ[\w-]+\.[\w-]+\.[\w-]+|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
)


def redact(text: str) -> str:
    """Mask phone numbers, JIDs, API keys and passwords of connection strings."""
    return _SECRETS.sub("***", text)


class RedactingFormatter(LambdaPowertoolsFormatter):
    """The JSON formatter of every process; it masks the finished line, so that no field is left out."""

    def serialize(self, log: Any) -> str:  # noqa: ANN401
        """Serialise a record, exceptions included, with the correlation id and session of its thread or task."""
        masked = {
            key: redact(value) if isinstance(value, str) and key != "timestamp" else value for key, value in log.items()
        }
        if (correlation_id := correlation.current()) is not None:
            masked["correlation_id"] = correlation_id
        if (session_id := correlation.current_session()) is not None:
            masked.setdefault("session_id", str(session_id))
        return super().serialize(masked)


def logger(component: str) -> Logger:
    """Return the logger of a component, such as `api` or `worker`; POWERTOOLS_LOG_LEVEL sets its level."""
    return Logger(service=SERVICE, child=False, logger_formatter=RedactingFormatter(), component=component, **_RELEASE)


def metrics() -> Metrics:
    """Return metrics whose only dimension is the service: sessions and users never become dimensions."""
    return Metrics(namespace=NAMESPACE, service=SERVICE)


def traced(handler: HandlerT) -> HandlerT:
    """Trace a Lambda handler without its responses and errors, because both can contain texts."""
    tracer = Tracer(service=SERVICE, auto_patch=False)
    return cast(HandlerT, tracer.capture_lambda_handler(handler, capture_response=False, capture_error=False))


def log_failure(log: Logger | logging.Logger, error: Exception, **ids: str) -> None:
    """Log where an error came from, without its text: messages of exceptions quote rows."""
    frames = traceback.extract_tb(error.__traceback__)
    stack = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    log.error("unexpected error", extra={"error": type(error).__name__, "stack": stack, **ids})


def adopt(name: str, component: str) -> Logger:
    """Send the lines of a package's standard loggers, and of the kernel's, through ours; return ours for decorators.

    Modules log through `logging.getLogger(__name__)` with `extra=`; only entry points call this.
    """
    ours = logger(component)
    for package in (logging.getLogger(name), logging.getLogger("gateway")):
        package.handlers = ours.handlers
        package.setLevel(ours.log_level)
        package.propagate = False
    return ours
