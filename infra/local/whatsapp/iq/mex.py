"""xmlns w:mex: queries in GraphQL, which clients name by an id."""

from __future__ import annotations

import json

from infra.local.whatsapp.iq.request import Request, UnknownQuery
from infra.local.whatsapp.people.about import set_about
from infra.local.whatsapp.wire.node import Node

_SET_ABOUT = "9152604461510864"


def query(request: Request) -> list[Node]:
    """Change the text about the account; raise UnknownQuery for every other query."""
    wanted = request.stanza.child("query")
    if wanted.text("query_id") != _SET_ABOUT:
        raise UnknownQuery
    set_about(request.network, request.account, json.loads(wanted.data())["variables"]["input"]["text"])
    return [Node("result", {}, json.dumps({"data": {}}).encode())]
