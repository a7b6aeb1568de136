"""The Lambda handler of a function that a queue feeds: each doorbell of a batch succeeds or fails by itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, cast

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from gateway.telemetry import log_failure, metrics, traced

Handler: TypeAlias = Callable[[dict[str, Any], LambdaContext], PartialItemFailureResponse]


def answering(log: Logger, answer: Callable[[str], None]) -> Handler:
    """Return a handler that calls `answer` with the body of each doorbell, and returns which must be received again.

    What is no doorbell fails each time, and so ends in the dead-letter queue.
    """
    # A batch that failed as a whole is a partial failure too: an error would only hide which doorbells were in it.
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def record_handler(record: SQSRecord) -> None:
        try:
            answer(record.body)
        except Exception as error:
            log_failure(log, error, message_id=record.message_id)
            raise

    @log.inject_lambda_context
    @traced
    @metrics().log_metrics(capture_cold_start_metric=True)
    def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
        return process_partial_response(
            event=event, record_handler=record_handler, processor=processor, context=context
        )

    return cast(Handler, handler)
