"""The wheel as an app installs it: what is in it, what comes with it, and the client's examples without the rest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.aws.package import ROOT
from tests.integration.client.examples import examples
from tests.integration.client.talking import talking_session
from tests.owner import Owner
from tests.people import Api

# It builds a wheel and three environments.
pytestmark = pytest.mark.slow

UV = Path(sys.executable).with_name("uv")
SOURCES = ("gateway", "functions", "connector", "infra", "pyproject.toml", "README.md", "LICENSE")
EXAMPLES = Path(__file__).with_name("examples.py")
LISTING = "from importlib.metadata import distributions; print(*{each.name for each in distributions()})"

Install = Callable[[str], Path]
Completed = subprocess.CompletedProcess[str]


def _run(
    *command: str | Path, directory: Path, stdin: str = "", **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=directory,
        env={**os.environ, **environment},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def _succeed(*command: str | Path, directory: Path, stdin: str = "", **environment: str) -> str:
    done = _run(*command, directory=directory, stdin=stdin, **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing is left in the source; by the setuptools that is locked."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    _succeed("cp", "-r", *(ROOT / name for name in SOURCES), source, directory=ROOT)
    build = (UV, "build", "--quiet", "--wheel", "--no-build-isolation", "--python", sys.executable)
    _succeed(*build, "--out-dir", built, directory=source)
    (wheel,) = built.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def install(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Install:
    """Install the wheel with these extras, in the versions of the lock file; returns the environment's Python."""

    def install(extras: str) -> Path:
        environment = tmp_path_factory.mktemp("environment")
        python = environment / "bin" / "python"
        _succeed(UV, "venv", "--quiet", "--clear", "--python", sys.executable, environment, directory=environment)
        command = (UV, "pip", "install", "--quiet", "--python", python, "--constraints", ROOT / "requirements.lock")
        # What the project's own environment was made from is in uv's cache.
        offline = _run(*command, "--offline", f"{wheel}{extras}", directory=environment)
        if offline.returncode:
            _succeed(*command, f"{wheel}{extras}", directory=environment)
        return python

    return install


@pytest.fixture(scope="module")
def client_only(install: Install) -> Path:
    return install("[client]")


def _installed(python: Path) -> set[str]:
    return set(_succeed(python, "-I", "-c", LISTING, directory=python.parent).split())


def test_the_wheel_is_gateway_alone_with_its_migrations_and_types(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (top_level,) = [name for name in names if name.endswith(".dist-info/top_level.txt")]
        assert archive.read(top_level).decode().split() == ["gateway"]
    assert {name.partition("/")[0] for name in names if ".dist-info/" not in name} == {"gateway"}
    source = {str(path.relative_to(ROOT)) for path in (ROOT / "gateway").rglob("*.[ps][yq]*") if path.suffix != ".pyc"}
    assert source | {"gateway/py.typed"} == {name for name in names if name.startswith("gateway/")}


def test_the_client_brings_nothing_of_the_server(client_only: Path) -> None:
    installed = _installed(client_only)
    assert {"httpx", "phonenumbers", "pydantic", "typer", "whatsapp-gateway"} <= installed
    server = {"aws-lambda-powertools", "boto3", "psycopg", "psycopg-pool", "pydantic-settings", "yoyo-migrations"}
    assert not installed & (server | {"fastapi", "neonize", "openai"})


def test_every_example_runs_with_the_client_alone(client_only: Path, api: Api, owner: Owner) -> None:
    keys = {name: api.key() for name in examples()}
    lines = [json.dumps([name, key, str(talking_session(api, key, owner))]) for name, key in keys.items()]
    ran = _succeed(client_only, "-I", EXAMPLES, api.url, directory=client_only.parent, stdin="\n".join(lines))
    assert ran.split() == list(examples())


@pytest.mark.parametrize("command", [["migrate"], ["keys", "list", "--json"], ["keys", "create", "--name", "app"]])
def test_operators_commands_say_what_to_install(command: list[str], client_only: Path) -> None:
    refused = _run(client_only.with_name("gateway"), *command, directory=client_only.parent)
    assert refused.returncode == 2
    assert "pip install 'whatsapp-gateway[client,server]'" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_other_commands_work_with_the_client_alone(client_only: Path, api: Api) -> None:
    environment = {"GATEWAY_API_URL": api.url, "GATEWAY_API_KEY": api.key(), "GATEWAY_DATABASE_URL": "postgresql://x"}
    program, directory = client_only.with_name("gateway"), client_only.parent
    assert _succeed(program, "sessions", "--json", directory=directory, **environment) == ""
    examined = _run(program, "doctor", directory=directory, **environment)
    assert "pip install 'whatsapp-gateway[client,server]'" in examined.stdout


def test_without_an_extra_the_client_and_the_command_say_what_to_install(install: Install) -> None:
    python = install("")
    imported = _run(python, "-I", "-c", "import gateway.client", directory=python.parent)
    assert imported.returncode == 1
    called = _run(python.with_name("gateway"), "sessions", directory=python.parent)
    assert called.returncode == 2
    for said in (imported.stderr, called.stderr):
        assert "pip install 'whatsapp-gateway[client]'" in said


def test_with_both_extras_operators_have_their_commands(install: Install) -> None:
    python = install("[client,server]")
    refused = _run(python.with_name("gateway"), "migrate", directory=python.parent)
    assert refused.returncode == 2
    assert "Set GATEWAY_DATABASE_URL" in refused.stderr
