"""Why a message cannot be decrypted."""

from __future__ import annotations


class SignalError(Exception):
    """A message that cannot be decrypted; SignalError is the root of this package's errors."""


class DuplicateMessage(SignalError):
    """The message was decrypted before."""


class UnknownPrekey(SignalError):
    """The message was made for a prekey that is used up or was never ours."""
