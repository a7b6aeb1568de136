"""What the simulated WhatsApp saw: for how long devices were away, and how many dialled at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.bench.fleet.conditions import Seen


@dataclass(frozen=True, slots=True)
class Away:
    """The longest time in seconds for which each device was away that was.

    `doubled` logins found another socket open, of which WhatsApp closes the older. `unheard` ones found one whose
    process was never heard of again: it ended without closing it, and since when the device was away is not known.
    """

    seconds: list[float]
    doubled: int
    unheard: int

    def __str__(self) -> str:
        if not self.seconds:
            return "none away"
        ordered = sorted(self.seconds)
        middle, last = ordered[len(ordered) // 2], ordered[-1]
        doubled = f"; {self.doubled} with two sockets for a moment" if self.doubled else ""
        unheard = f"; {self.unheard} of workers that did not end in good order" if self.unheard else ""
        return f"{len(ordered)} away for p50 {middle:.1f} s, at most {last:.1f} s{doubled}{unheard}"


def away(seen: Sequence[Seen], since: float, dead: set[int]) -> Away:
    """Return how devices were away after `since`, at which moment the processes `dead` were killed."""
    holder: dict[str, int] = {}
    down: dict[str, float] = {}
    longest: dict[str, float] = {}
    last_heard = {each.pid: each.at for each in seen}
    doubled, unheard, is_later = 0, 0, False
    for each in seen:
        if not is_later and each.at >= since:
            is_later = True
            down |= {device: since for device, pid in holder.items() if pid in dead}
        if each.what == "login":
            if is_later and each.device in holder and each.device not in down:
                is_alive = last_heard[holder[each.device]] > each.at
                doubled, unheard = doubled + is_alive, unheard + (not is_alive)
            if each.device in down:
                longest[each.device] = max(longest.get(each.device, 0.0), each.at - down.pop(each.device))
            holder[each.device] = each.pid
        elif each.what == "close" and holder.get(each.device) == each.pid:
            del holder[each.device]
            if is_later:
                down[each.device] = each.at
    return Away(list(longest.values()), doubled, unheard)


def peak(seen: Iterable[Seen], what: str, since: float) -> int:
    """Return the most that there was of something within one second of the clock, after `since`."""
    seconds = Counter(int(each.at) for each in seen if each.what == what and each.at >= since)
    return max(seconds.values(), default=0)
