"""All connections that have subscribed, each woken by what it wants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from types import TracebackType

from functions.pushes.subscriber import Subscriber
from gateway.event_tail import EventTail, Follower
from gateway.store.push_connections import PushConnection


class Subscribers:
    """Follows the tail for each until the block ends."""

    def __init__(self, tail: EventTail) -> None:
        self._tail = tail
        self._followed: dict[tuple[str, int], tuple[Subscriber, ExitStack]] = {}

    def __enter__(self) -> Subscribers:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.change_to([], _nobody)

    def change_to(self, rows: Sequence[PushConnection], make: Callable[[PushConnection], Subscriber]) -> None:
        """Have those of these rows: one with another subscription than before is another one."""
        wanted = {(row.id, row.subscription): row for row in rows}
        for gone in self._followed.keys() - wanted.keys():
            subscriber, following = self._followed.pop(gone)
            subscriber.stop()
            following.close()
        for key in wanted.keys() - self._followed.keys():
            subscriber = make(wanted[key])
            if (reach := subscriber.reach()) is not None:
                following = ExitStack()
                following.enter_context(self._tail.following(Follower(reach, subscriber.row.only, subscriber.wake)))
                self._followed[key] = (subscriber, following)
                subscriber.wake()

    def wake(self, *, everybody: bool) -> None:
        """Wake those whom an outage stopped, or all."""
        for subscriber, _ in self._followed.values():
            if everybody or subscriber.cannot_go_on:
                subscriber.wake()


def _nobody(_row: PushConnection) -> Subscriber:
    raise AssertionError("there are no rows")
