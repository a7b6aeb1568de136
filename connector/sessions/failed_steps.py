"""What a step that failed means for its command, written down so that nothing else waits for it."""

from __future__ import annotations

import logging

from connector.sessions import command_outcomes
from connector.sessions.attempts import Failure, counts, failure_of, is_outage, outage
from connector.sessions.client_calls import ClientCalls
from connector.sessions.steps import InDoubt, LookUpNumber, SendMessage, Step
from connector.whatsapp.errors import OutcomeUnknown, WhatsAppError
from gateway.domain.commands import CommandStatus
from gateway.domain.errors import LeaseLost
from gateway.store.commands import Command

log = logging.getLogger(__name__)


def handle(calls: ClientCalls, step: Step, error: Exception) -> None:
    """Let the command of a failed step wait for its next attempt, or end it. Raises LeaseLost."""
    _report(step.command, error)
    if isinstance(step, SendMessage) and (isinstance(error, OutcomeUnknown) or not isinstance(error, WhatsAppError)):
        return _resolve(calls, InDoubt(step.command, step.secret))
    failure = _failure(calls, error, step)
    attempts = step.command.attempts - (not failure.counts)
    _write(calls, step.command, attempts, failure, decided=not isinstance(step, InDoubt))
    if not failure.counts and not failure.pause_seconds:
        calls.pause()


def handle_unprepared(calls: ClientCalls, command: Command, error: Exception) -> None:
    """Count an attempt of a command for which no step could be made; whether it was begun is as before."""
    _report(command, error)
    failure = failure_of(error, command.attempts + 1, calls.resources.settings.lookup_pause_seconds)
    _write(calls, command, command.attempts + 1, failure, decided=command.status == CommandStatus.QUEUED)


def _resolve(calls: ClientCalls, step: InDoubt) -> None:
    try:
        calls.resolve(step)
    except LeaseLost:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is an attempt of this command
        handle(calls, step, error)


def _failure(calls: ClientCalls, error: Exception, step: Step) -> Failure:
    if is_outage(error):
        return outage(error, step.command.waited_seconds)
    pause, is_lookup = calls.resources.settings.lookup_pause_seconds, isinstance(step, LookUpNumber)
    return failure_of(error, step.command.attempts, pause, is_lookup=is_lookup)


def _write(calls: ClientCalls, command: Command, attempts: int, failure: Failure, *, decided: bool) -> None:
    limit = calls.resources.settings.command_attempts
    if decided:
        calls.write(lambda fence: command_outcomes.end_attempt(fence, command, attempts, failure, limit))
    else:
        calls.write(lambda fence: command_outcomes.leave_undecided(fence, command, failure, limit))


def _report(command: Command, error: Exception) -> None:
    fields = {"kind": command.kind, "attempts": command.attempts, "error": type(error).__name__}
    if isinstance(error, WhatsAppError) or not counts(error):
        log.warning("a command failed", extra=fields)
    else:
        log.exception("a command failed", extra=fields, exc_info=error)
