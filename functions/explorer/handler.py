"""The Explorer as an AWS Lambda function behind an API Gateway HTTP API."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES

from functions.explorer.app import app, log
from gateway.telemetry import traced

_mangum = Mangum(app, lifespan="off", text_mime_types=[*DEFAULT_TEXT_MIME_TYPES, "image/svg+xml"])


@log.inject_lambda_context
@traced
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Handle one HTTP request, an event of payload format 2.0."""
    response: dict[str, Any] = _mangum(event, context)  # type: ignore[arg-type]
    return response
