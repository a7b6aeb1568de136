"""The function of deployments and operators: CloudFormation runs it before anything of a new release starts.

As a custom resource it migrates and responds to CloudFormation; a failure undoes the deployment. Invoked by hand it
does the `action` of its event: `migrate`, `createKey {name, userProfileId}`, `listKeys`,
`rotateKey {id, graceSeconds}`, `revokeKey {id}`, `reshard {shards}`, `rereadMessages`, `listInbox {sessionId}`,
`retryInbox {sessionId}`, `diagnose {question}`, `settleRestored`.
"""

from __future__ import annotations

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.migrate import cloudformation, operations
from functions.migrate.cloudformation import Status
from functions.migrate.deployment import prepare
from gateway.settings import DeploymentSettings, MigrateSettings
from gateway.telemetry import adopt, redact, traced

log = adopt("functions", "migrate")


@log.inject_lambda_context
@traced
def handler(event: dict[str, Any], context: LambdaContext) -> Any:  # noqa: ANN401
    """Return the action's result, as JSON; errors are raised only where no CloudFormation waits for a response."""
    if cloudformation.is_request(event):
        return _deploy(event, context)
    action = event.get("action", "migrate")
    if action == "migrate":
        return {"applied": prepare(DeploymentSettings())}
    return operations.perform(MigrateSettings(), action, event)


def _deploy(event: dict[str, Any], context: LambdaContext) -> None:
    if event["RequestType"] == "Delete":
        # A stack that goes leaves the data to the database's own deletion policy.
        cloudformation.respond(event, Status.SUCCESS)
        return
    try:
        applied = prepare(DeploymentSettings())
    except Exception as error:
        log.exception("the migration failed")
        cloudformation.respond(event, Status.FAILED, _reason(error, context))
        return
    log.info("migrated", extra={"applied": applied})
    cloudformation.respond(event, Status.SUCCESS)


def _reason(error: Exception, context: LambdaContext) -> str:
    first_line = redact(str(error)).strip().partition("\n")[0][:300]
    return f"{type(error).__name__}: {first_line} (log stream {context.log_stream_name})"
