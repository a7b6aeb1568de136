"""The record of all sessions with one device."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from infra.local.whatsapp.signal import session as ratchet
from infra.local.whatsapp.signal.errors import DuplicateMessage, SignalError
from infra.local.whatsapp.signal.session import Ciphertext, Session
from infra.local.whatsapp.wire import proto

_MAX_SESSIONS = 40
_LENGTH = struct.Struct(">I")


class SessionRecord:
    """Sessions with one device: first the one in use, then the archived ones."""

    def __init__(self, sessions: list[Session] | None = None) -> None:
        self._sessions = sessions or []

    def __bool__(self) -> bool:
        return bool(self._sessions)

    def use(self, session: Session) -> None:
        """Make it the session in use, and archive the one before."""
        others = [kept for kept in self._sessions if kept.aliceBaseKey != session.aliceBaseKey]
        self._sessions = [session, *others][:_MAX_SESSIONS]

    def started_with(self, base: bytes) -> bool:
        return any(kept.aliceBaseKey == base for kept in self._sessions)

    def encrypt(self, plaintext: bytes) -> Ciphertext:
        return ratchet.encrypt(self._sessions[0], plaintext)

    def decrypt(self, data: bytes) -> bytes:
        """Try all sessions and put the one that succeeds into use; a failed try changes nothing. Raise SignalError."""
        failure: SignalError = SignalError("a message for which there is no session")
        for kept in self._sessions:
            trial = proto.SessionStructure()
            trial.CopyFrom(kept)
            try:
                plaintext = ratchet.decrypt(trial, data)
            except DuplicateMessage:
                raise
            except SignalError as error:
                failure = error
                continue
            self.use(trial)
            return plaintext
        raise failure

    def serialize(self) -> bytes:
        return b"".join(_LENGTH.pack(len(raw)) + raw for raw in (kept.SerializeToString() for kept in self._sessions))

    @classmethod
    def restore(cls, data: bytes) -> SessionRecord:
        return cls([proto.SessionStructure.FromString(raw) for raw in _split(data)])


def _split(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        (size,) = _LENGTH.unpack_from(data, at)
        at += _LENGTH.size
        yield data[at : at + size]
        at += size
