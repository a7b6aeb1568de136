"""What a failure says about its cause: the database, what was to be written, or us. Pure.

By SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html), because psycopg's classes do not tell:
an index row that is too long is an OperationalError like a server that is gone.
"""

from __future__ import annotations

import re
from enum import StrEnum

import psycopg
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from gateway.domain.errors import GatewayError


class Cause(StrEnum):
    """AWAY: the database cannot be reached, or ends. BUSY: it is there, and something passing is in the way.

    DATA: what was to be written, which fails again. OURS: a missing right, a statement that takes too long, a bug: it
    may end, with a release at the latest.
    """

    AWAY = "away"
    BUSY = "busy"
    DATA = "data"
    OURS = "ours"


# The longest prefix of a SQLSTATE that is listed decides; what is not listed is ours.
_BY_SQLSTATE = {
    "08": Cause.AWAY,  # connection exceptions
    "08P01": Cause.OURS,  # protocol_violation
    "57P01": Cause.AWAY,  # admin_shutdown
    "57P02": Cause.AWAY,  # crash_shutdown
    "57P03": Cause.AWAY,  # cannot_connect_now: it starts or ends
    "57P04": Cause.AWAY,  # database_dropped
    "25006": Cause.BUSY,  # read_only_sql_transaction: in the middle of a failover
    "25P03": Cause.BUSY,  # idle_in_transaction_session_timeout: this process was stopped for a while
    "57P05": Cause.BUSY,  # idle_session_timeout
    "28": Cause.BUSY,  # the login is refused: a password is being exchanged
    "3D": Cause.BUSY,  # the database is being created or restored
    "40": Cause.BUSY,  # deadlocks and conflicts with others
    "53": Cause.BUSY,  # connections, memory, disk
    "55P03": Cause.BUSY,  # lock_not_available
    "22": Cause.DATA,
    "23": Cause.DATA,
    "54": Cause.DATA,  # a limit is exceeded: the size of an index row, the number of columns
}
_PREFIXES = (5, 2)
# libpq gives no SQLSTATE when a connection cannot be opened.
_REFUSED_FOR_NOW = re.compile(r"too many (clients|connections)|remaining connection slots|authentication failed")
# Raised by reading what came: it will be read in the same way again.
_UNREADABLE = (LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RecursionError)


def cause_of(error: BaseException) -> Cause:
    """Return what is to be blamed for an error."""
    match error:
        case PoolTimeout() | PoolClosed() | TooManyRequests():
            return Cause.BUSY
        case psycopg.Error() if error.sqlstate is not None:
            return cause_of_sqlstate(error.sqlstate)
        case psycopg.OperationalError():
            return Cause.BUSY if _REFUSED_FOR_NOW.search(str(error)) else Cause.AWAY
        case psycopg.DataError():
            return Cause.DATA
        case psycopg.Error():
            return Cause.OURS
        case GatewayError():
            return Cause.DATA
        case _:
            return Cause.DATA if isinstance(error, _UNREADABLE) else Cause.OURS


def cause_of_sqlstate(sqlstate: str) -> Cause:
    """Return the cause of an error that the server reports."""
    listed = (_BY_SQLSTATE.get(sqlstate[:length]) for length in _PREFIXES)
    return next((cause for cause in listed if cause is not None), Cause.OURS)


def is_passing(error: BaseException) -> bool:
    """Return whether the same may succeed later, unchanged: the database is away, or busy with something else."""
    return cause_of(error) in (Cause.AWAY, Cause.BUSY)
