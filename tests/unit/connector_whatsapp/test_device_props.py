from __future__ import annotations

import pytest

from connector.whatsapp.device_props import device_props
from connector.whatsapp.library import companion_pb2
from gateway.domain.history import LONGEST_DAYS, NO_HISTORY, HistoryScope, HistoryWish


@pytest.mark.parametrize(
    ("wish", "full", "full_days", "recent_days"),
    [
        (NO_HISTORY, False, 0, 0),
        (HistoryWish(HistoryScope.RECENT), False, 0, 0),
        (HistoryWish(HistoryScope.RECENT, 30), False, 0, 30),
        (HistoryWish(HistoryScope.FULL), True, LONGEST_DAYS, 0),
        (HistoryWish(HistoryScope.FULL, 400), True, 400, 0),
    ],
)
def test_the_phone_is_asked_for_as_much_as_is_wanted(
    wish: HistoryWish, full: bool, full_days: int, recent_days: int
) -> None:
    props = device_props("Office", wish)
    assert (props.os, props.platformType) == ("Office", companion_pb2.DeviceProps.CHROME)
    asked = props.historySyncConfig
    assert (props.requireFullSync, asked.fullSyncDaysLimit, asked.recentSyncDaysLimit) == (full, full_days, recent_days)
