"""`python -m functions.api.openapi` writes the OpenAPI document to openapi.json."""

from __future__ import annotations

import json
from pathlib import Path

from functions.api.factory import compose

FILE = Path(__file__).parents[2] / "openapi.json"


def document() -> str:
    """Return the document as it is kept in the repository."""
    return json.dumps(compose([]).openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(document(), encoding="utf-8")
