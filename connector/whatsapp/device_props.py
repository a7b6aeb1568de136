"""What a device says of itself when it is linked, and which history it asks for. Pure."""

from __future__ import annotations

from connector.whatsapp.library import companion_pb2
from gateway.domain.history import LONGEST_DAYS, NO_HISTORY, HistoryScope, HistoryWish


def device_props(name: str, history: HistoryWish = NO_HISTORY) -> companion_pb2.DeviceProps:
    """Return the properties by which the phone lists the linked device, and which history it is asked for.

    They are merged into a value of the whole process, so that only one device may be linked in it.
    """
    props = companion_pb2.DeviceProps(os=name, platformType=companion_pb2.DeviceProps.CHROME)
    if history.scope is HistoryScope.FULL:
        props.requireFullSync = True
        props.historySyncConfig.fullSyncDaysLimit = history.days or LONGEST_DAYS
    elif history.scope is HistoryScope.RECENT and history.days:
        props.historySyncConfig.recentSyncDaysLimit = history.days
    return props
