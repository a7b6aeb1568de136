"""How a custom resource responds to CloudFormation: it puts a document at the URL that the request brought."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any
from urllib.request import Request, urlopen

_PHYSICAL_ID = "gateway-database"
_TIMEOUT_SECONDS = 10


class Status(StrEnum):
    """Whether the resource was made; a failure undoes the deployment."""

    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


def is_request(event: dict[str, Any]) -> bool:
    """Return whether CloudFormation sent the event and waits for a response."""
    return "ResponseURL" in event


def respond(event: dict[str, Any], status: Status, reason: str = "") -> None:
    """Deliver a response. Raises OSError when that fails; the deployment then waits until it times out."""
    document = {
        "Status": status,
        "Reason": reason,
        # Always the same: another id would have CloudFormation delete the old one.
        "PhysicalResourceId": _PHYSICAL_ID,
        **{key: event[key] for key in ("StackId", "RequestId", "LogicalResourceId")},
    }
    # The URL is signed for a request without a content type.
    headers = {"Content-Type": ""}
    request = Request(event["ResponseURL"], json.dumps(document).encode(), headers, method="PUT")  # noqa: S310
    with urlopen(request, timeout=_TIMEOUT_SECONDS):  # noqa: S310 - given by CloudFormation
        pass
