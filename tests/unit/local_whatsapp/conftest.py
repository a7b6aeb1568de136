from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.whatsapp.database import Database
from infra.local.whatsapp.network import Network


@pytest.fixture
def network(tmp_path: Path) -> Iterator[Network]:
    database = Database(tmp_path / "whatsapp.sqlite3")
    yield Network(database)
    database.close()
