"""Build what is deployed as one directory: its locked dependencies, `gateway`, and its own package.

`python -m infra.aws.package NAME DIRECTORY [--native] [--also GROUP]`. Wheels are chosen for Lambda's machine wherever
this runs; `--native` chooses those of this machine: for the connector's image, and for tests that run the same layout
here.
"""

from __future__ import annotations

import argparse
import compileall
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAMBDA_PYTHON = "3.13"
LAMBDA_PLATFORM = "aarch64-manylinux_2_28"
CONNECTOR = "connector"
TRANSCODING = "transcoding"
# The dependency group of pyproject.toml that each package has beside [server].
GROUPS = {
    "api": "api",
    "replies": "replies",
    "webhooks": "webhooks",
    "media": "media",
    "sweeper": None,
    "websocket": "websocket",
    "pushes": None,
    "migrate": None,
    "explorer": "explorer",
    CONNECTOR: "connector",
}

# The services whose models botocore reads; it brings those of all of AWS, 25 MB of them.
_SERVICES = {"apigatewaymanagementapi", "kms", "s3", "secretsmanager", "sqs", "sts"}
# What nothing deployed imports.
_UNUSED = (
    "bin",
    # Where a phone number's owner lives; numbers of emergency services and the like.
    *(f"phonenumbers/{name}" for name in ("geodata", "carrierdata", "tzdata", "shortdata/region_*")),
    # Of Pillow: AVIF, writing on pictures, colours of printers, reckoning with pictures, windows.
    *(f"PIL/_{name}.*" for name in ("avif", "imagingft", "imagingcms", "imagingmath", "imagingmorph", "imagingtk")),
    *(f"pillow.libs/lib{name}*" for name in ("avif", "freetype", "harfbuzz", "brotli", "png", "lcms2")),
    # What emoji are called in other languages than English.
    "emoji/unicode_codes/emoji_??.json",
    # boto3's resources, Powertools' own routes with their documentation, what makes cryptography's bindings of C.
    *("boto3/data", "boto3/dynamodb", "boto3/ec2", "aws_lambda_powertools/event_handler", "cffi", "pycparser"),
    # Of Powertools: flags, caches, parameters and events that nothing here has.
    *(
        f"aws_lambda_powertools/utilities/{name}"
        for name in ("auth_alpha", "circuit_breaker", "data_masking", "feature_flags", "idempotency", "kafka")
    ),
    *(f"aws_lambda_powertools/utilities/{name}" for name in ("parameters", "streaming", "validation")),
    # For type checkers; the time zones of machines that have none; for Python in a browser.
    *("**/*.pyi", "dateutil/zoneinfo/*.tar.gz", "urllib3/contrib/emscripten"),
    # The C that extensions were compiled from; lists of what was installed, of which much is left out here.
    *("selectolax/*.c", "*.dist-info/RECORD"),
)


def package(name: str, directory: Path, *, native: bool = False, also: str | None = None) -> None:
    """Fill `directory`, which is emptied first; `also` is one more dependency group.

    Raises KeyError for an unknown name, CalledProcessError.
    """
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    _install([group for group in (GROUPS[name], also) if group], directory, native=native)
    _prune(directory)
    shared = ("functions/__init__.py", "functions/doorbells.py", "functions/error_boundary.py")
    own = (CONNECTOR,) if name == CONNECTOR else (f"functions/{name}", *shared)
    for part in ("gateway", *own, "infra/aws/database-ca.pem"):
        _copy(ROOT / part, directory / part.removeprefix("infra/aws/"))
    _describe(directory)
    compile_all(directory, native=native)


def _install(groups: list[str], directory: Path, *, native: bool) -> None:
    """Install dependencies. The lock file constrains: it pins versions and hashes, and adds nothing."""
    command = [_uv(), "pip", "install", "--quiet", "--target", str(directory), "--only-binary", ":all:"]
    command += ["--requirements", "pyproject.toml", "--extra", "server", "--constraints", "requirements.lock"]
    for group in groups:
        command += ["--group", group]
    if not native:
        command += ["--python-platform", LAMBDA_PLATFORM, "--python-version", LAMBDA_PYTHON]
    subprocess.run([*command, "--python", sys.executable], cwd=ROOT, check=True)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "cli"))
    else:
        shutil.copy(source, target)


def _describe(directory: Path) -> None:
    """Write the metadata in which code reads the version of its own distribution."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    name, version = project["name"], project["version"]
    metadata = directory / f"{name.replace('-', '_')}-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def _prune(directory: Path) -> None:
    """Remove what is installed and never imported."""
    for pattern in _UNUSED:
        for path in list(directory.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for service in (directory / "botocore" / "data").iterdir():
        if service.is_dir() and service.name not in _SERVICES:
            shutil.rmtree(service)


def compile_all(directory: Path, *, native: bool) -> None:
    """Write bytecode: Lambda's disk is read-only, and what is not compiled here is compiled at every cold start."""
    python = sys.executable if native else _lambda_python()
    if python is None:
        sys.stderr.write(f"No Python {LAMBDA_PYTHON} here (uv python install {LAMBDA_PYTHON}): slower cold starts.\n")
        return
    # By hash and unchecked: zipping changes the times that are compared otherwise.
    mode = compileall.__name__
    subprocess.run([python, "-m", mode, "-q", "--invalidation-mode", "unchecked-hash", str(directory)], check=True)


def _lambda_python() -> str | None:
    """Return a Python of Lambda's version, or None: another version cannot use the bytecode."""
    command = [_uv(), "python", "find", "--no-python-downloads", LAMBDA_PYTHON]
    found = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    # uv stops at a shim of pyenv's that leads nowhere, and does not look where it should lead.
    others = sorted((Path.home() / ".pyenv" / "versions").glob(f"{LAMBDA_PYTHON}.*/bin/python"))
    return found.stdout.strip() or next(map(str, others), None)


def _uv() -> str:
    return str(Path(sys.executable).with_name("uv"))


def main() -> None:
    arguments = argparse.ArgumentParser(prog="infra.aws.package", description="Package a function for Lambda.")
    arguments.add_argument("name", choices=sorted(GROUPS))
    arguments.add_argument("directory", type=Path)
    arguments.add_argument("--native", action="store_true", help="for this machine instead of Lambda's")
    arguments.add_argument("--also", choices=[TRANSCODING], help="with FFmpeg, which has parts under the GPL")
    chosen = arguments.parse_args()
    package(chosen.name, chosen.directory, native=chosen.native, also=chosen.also)


if __name__ == "__main__":
    main()
