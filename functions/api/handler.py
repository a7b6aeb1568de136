"""The API as an AWS Lambda function behind an API Gateway HTTP API."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from mangum import Mangum
from mangum.adapter import DEFAULT_TEXT_MIME_TYPES

from functions.api.app import app, log
from functions.api.http.problems import MEDIA_TYPE
from gateway.metrics import record_response
from gateway.telemetry import metrics, traced

_metrics = metrics()
_respond = Mangum(app, lifespan="off", text_mime_types=[*DEFAULT_TEXT_MIME_TYPES, MEDIA_TYPE])


@log.inject_lambda_context
@traced
@_metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Return the response to an event of payload format 2.0."""
    response: dict[str, Any] = _respond(event, context)  # type: ignore[arg-type]
    record_response(response["statusCode"])
    return response
