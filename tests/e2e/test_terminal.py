"""The terminal commands on the whole gateway."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.world import World
from tests.terminal import Terminal, read_drawn_qr, read_until


@pytest.mark.slow
def test_a_number_is_linked_and_writes_from_the_terminal(world: World, tmp_path: Path) -> None:
    key = world.gateway.new_key()
    terminal = Terminal(world.gateway.api.url, key, tmp_path)
    landlord, tenant = world.phone("Landlord"), world.phone("Tenant")
    with terminal.started("link", "office") as (process, output):
        world.whatsapp.scan(landlord, read_drawn_qr(read_until(output, "Scan it")))
        assert f"✓ office is connected as {landlord}." in process.communicate(timeout=40)[0]
    assert terminal.run("send", tenant, world.text("From the terminal")).stdout.startswith("sent")
    assert world.whatsapp.wait_for_message(tenant, lambda message: not message["fromMe"])["text"] == "From the terminal"
    with terminal.started("tail", "--count", "1", "-n", "1") as (process, output):
        assert output.readline().rstrip().endswith(": From the terminal")
        world.say(tenant, landlord, "Back to the terminal")
        assert process.communicate(timeout=40)[0].rstrip().endswith(f"Tenant ({tenant}): Back to the terminal")


@pytest.mark.slow
def test_doctor_finds_everything_well(fresh: World, tmp_path: Path) -> None:
    connector = fresh.gateway.start_connector()
    fresh.session("not connected on purpose")
    terminal = Terminal(fresh.gateway.api.url, fresh.gateway.key, tmp_path)
    terminal.environment["GATEWAY_CONNECTOR_URL"] = connector.health_url
    terminal.environment["GATEWAY_DATABASE_URL"] = fresh.gateway.database.admin
    doctor = terminal.run("doctor", "--json")
    findings = [json.loads(line) for line in doctor.stdout.splitlines()]
    assert [finding for finding in findings if finding["state"] != "ok"] == []
    assert doctor.returncode == 0
    connector.kill_group()
    failed = next(line for line in terminal.run("doctor").stdout.splitlines() if "✗" in line)
    assert "connector" in failed
