"""What a lost message is looked for in."""

from __future__ import annotations

import psycopg

from gateway.domain.events import EventType
from gateway.store import losses
from gateway.store.fence import fenced
from infra.local.database import DatabaseUrls
from tests.integration.store.conftest import Owned, Store


def test_of_a_long_log_only_what_names_the_messages_is_read(
    store: Store, linked: Owned, module_database: DatabaseUrls
) -> None:
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        for number in range(500):
            fence.emit(EventType.MESSAGE_LOST, {"messageId": str(number), "chat": "1@lid", "sender": "1@lid"})
    wanted = {"session": linked.session_id, "ids": ["3EB0", "3EB1"]}
    with psycopg.connect(module_database.admin) as connection:
        connection.execute("ANALYZE gateway.events")
        # On a small table it would not even pay to look into an index.
        connection.execute("SET enable_seqscan = off")
        text = "\n".join(line for (line,) in connection.execute(f"EXPLAIN {losses._LOGGED}", wanted))
    assert {"events_of_changes", "events_unprocessed"} <= set(text.split()), text
