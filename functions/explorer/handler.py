"""The Explorer as an AWS Lambda function behind an API Gateway HTTP API."""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext
from mangum import Mangum

from functions.explorer.app import app
from gateway.metrics import record_response
from gateway.telemetry import logger, metrics, traced

_log = logger("explorer")
_metrics = metrics()
_answer = Mangum(app, lifespan="off")


@_log.inject_lambda_context
@traced
@_metrics.log_metrics(capture_cold_start_metric=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answers an event of payload format 2.0."""
    response: dict[str, Any] = _answer(event, context)  # type: ignore[arg-type]
    record_response(response["statusCode"])
    return response
