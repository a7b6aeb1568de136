"""Pictures of people and groups as they are shown: SQL about the row `c` of a chat, for queries of other modules."""

from __future__ import annotations

from typing import LiteralString

# A picture that was asked for longer ago is asked for again before it is shown: its owner may hide it meanwhile.
_AGES = "interval '1 day'"

# The id of the file, where that is there or is being fetched.
FILE: LiteralString = """(
    SELECT o.id FROM gateway.media_objects o WHERE o.id = c.picture_file AND o.state IN ('pending', 'available')
)"""
# Whether it need not be asked for before it is shown.
IS_FRESH: LiteralString = f"""coalesce(
    c.picture_asked_at > now() - {_AGES} AND (c.picture_state <> 'set' OR {FILE} IS NOT NULL), false
)"""
