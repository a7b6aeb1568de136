"""The typing notices that the phones have seen."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from typing import NamedTuple

_KEPT = 100


class TypingSeen(NamedTuple):
    """`chat` is the author's number, or the address of the group they typed in; `at` is Unix time."""

    author: str
    chat: str
    state: str
    at: float


class TypingLog:
    """The latest typing notices that each phone has seen; like all presence they do not outlive the process."""

    def __init__(self) -> None:
        self._seen: defaultdict[str, deque[TypingSeen]] = defaultdict(lambda: deque(maxlen=_KEPT))

    def add(self, number: str, author: str, chat: str, state: str) -> None:
        self._seen[number].append(TypingSeen(author, chat, state, time.time()))

    def forget(self, number: str) -> None:
        self._seen.pop(number, None)

    def of(self, number: str) -> list[TypingSeen]:
        return list(self._seen[number])
