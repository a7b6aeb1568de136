"""No connection to PostgreSQL waits for a quarter of an hour for a server that is gone."""

from __future__ import annotations

import ast
import re

from infra.aws.package import ROOT
from tests.unit.aws.deployment import resources

PACKAGES = ("gateway", "functions", "connector")


def _calls() -> dict[str, list[str]]:
    """Return what opens connections, by module: each call's source."""
    opening = re.compile(
        r"(^|\.)(psycopg\.connect|ConnectionPool|NullConnectionPool|get_backend|\w*Connection\.connect)$"
    )
    found: dict[str, list[str]] = {}
    for path in (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and opening.search(ast.unparse(node.func)):
                found.setdefault(str(path.relative_to(ROOT)), []).append(ast.unparse(node))
    return found


def test_every_connection_is_opened_with_the_same_socket_options() -> None:
    calls = _calls()
    assert set(calls) == {
        "connector/credentials.py",
        "gateway/store/connecting.py",
        "gateway/store/database.py",
        "gateway/store/schema.py",
    }
    migrating = calls.pop("gateway/store/schema.py")
    assert all("**SOCKET_OPTIONS" in call for opened in calls.values() for call in opened)
    assert all("{options}" in call for call in migrating)


def test_connections_of_whatsmeow_are_bounded_by_the_kernel() -> None:
    """lib/pq has no option for it."""
    ((_, task),) = resources("AWS::ECS::TaskDefinition")
    (container,) = task["ContainerDefinitions"]
    assert container["SystemControls"] == [{"Namespace": "net.ipv4.tcp_retries2", "Value": "6"}]
