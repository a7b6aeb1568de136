"""What a failed attempt means for its command: whether it counts, how long the command waits, how it ends. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from connector.whatsapp.errors import ClientGone, MediaHostAway, NotConnected, Refused, StoreUnavailable, WhatsAppError
from gateway.aws.media_storage import StorageUnavailable
from gateway.backoff import growing, jittered
from gateway.domain.commands import ERROR_SENTENCES, CommandError
from gateway.store.failures import is_passing

BASE_SECONDS = 2.0
LIMIT_SECONDS = 300.0
LONGEST_LOOKUP_PAUSE_SECONDS = 1800.0
RATE_LIMITED = 429
# How much longer than after another failure of a look-up.
RATE_LIMITED_FACTOR = 5.0


@dataclass(frozen=True, slots=True)
class Failure:
    """How a command ends if this was its last attempt, and how long it waits otherwise.

    One that does not count is none of the command's: the attempt is given back.
    """

    error: CommandError
    detail: str
    pause_seconds: float
    counts: bool = True


def failure_of(error: Exception, attempts: int, lookup_pause: float, *, is_lookup: bool = False) -> Failure:
    """Return what an error means for a command at its attempt number `attempts`."""
    if not counts(error):
        return Failure(CommandError.ATTEMPTS_FAILED, "", 0.0, counts=False)
    code = CommandError.LOOKUP_FAILED if is_lookup else CommandError.ATTEMPTS_FAILED
    detail = f"{ERROR_SENTENCES[code]} The last error: {_reason(error)}."
    if is_rate_limit(error):
        base, limit = lookup_pause * RATE_LIMITED_FACTOR, LONGEST_LOOKUP_PAUSE_SECONDS * RATE_LIMITED_FACTOR
    elif is_lookup:
        base, limit = lookup_pause, LONGEST_LOOKUP_PAUSE_SECONDS
    else:
        base, limit = BASE_SECONDS, LIMIT_SECONDS
    return Failure(code, detail, jittered(growing(base, limit, max(attempts - 1, 0))))


def is_outage(error: Exception) -> bool:
    """Return whether a part is away through which a file goes: neither the file's fault nor the command's."""
    return isinstance(error, StorageUnavailable | MediaHostAway)


def outage(error: Exception, waited_seconds: float) -> Failure:
    """Return what an outage means for a command that waits so long already: another attempt, until it expires."""
    code = CommandError.ATTEMPTS_FAILED
    pause = min(max(waited_seconds / 2, BASE_SECONDS), LIMIT_SECONDS)
    return Failure(code, f"{ERROR_SENTENCES[code]} The last error: {_reason(error)}.", jittered(pause), counts=False)


def interruption(attempts: int) -> Failure:
    """Return what it means that attempt number `attempts` had no effect because its call or its worker ended.

    The first is repeated at once: hardly ever is it the command that ends a worker.
    """
    code = CommandError.ATTEMPTS_FAILED
    pause = 0.0 if attempts <= 1 else jittered(growing(BASE_SECONDS, LIMIT_SECONDS, attempts - 1))
    return Failure(code, f"{ERROR_SENTENCES[code]} The last one was interrupted.", pause)


def counts(error: Exception) -> bool:
    """Return whether a failure is the command's own: a lost connection and an absent database are not."""
    return not (isinstance(error, NotConnected | ClientGone | StoreUnavailable) or is_passing(error))


def is_rate_limit(error: Exception) -> bool:
    """Return whether WhatsApp wants to be left alone for a while."""
    return isinstance(error, Refused) and error.code == RATE_LIMITED


def _reason(error: Exception) -> str:
    """Return a text without anybody's data: those of WhatsAppError have none, of others the class says enough."""
    return str(error) if isinstance(error, WhatsAppError) else type(error).__name__
