"""The Explorer as an AWS Lambda function behind an API Gateway HTTP API."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES

from functions.explorer.app import app
from gateway.telemetry import logger, traced

_log = logger("explorer")
_answer = Mangum(app, lifespan="off", text_mime_types=[*DEFAULT_TEXT_MIME_TYPES, "image/svg+xml"])


@_log.inject_lambda_context
@traced
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers an event of payload format 2.0."""
    response: dict[str, Any] = _answer(event, context)  # type: ignore[arg-type]
    return response
