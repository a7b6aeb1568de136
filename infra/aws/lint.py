"""Check the templates and the Dockerfile: `python -m infra.aws.lint`. Needs neither network nor account."""

from __future__ import annotations

import re
import subprocess
import sys

from infra.aws.package import ROOT
from infra.aws.tools import quiet_environment, tool


def commands() -> list[list[str]]:
    """Return the checks; they run at the same time."""
    templates = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "infra" / "aws").glob("*.yaml"))
    return [
        [tool("sam"), "validate", "--lint", "--template", "template.yaml"],
        [tool("cfn-lint"), "--template", "template.yaml", *templates],
        [tool("hadolint"), "Dockerfile"],
    ]


def unpinned(dockerfile: str) -> list[str]:
    """Return the images that a Dockerfile begins with and does not name by digest; a tag may be pushed anew."""
    defaults = dict(re.findall(r"^ARG (\w+)=(\S+)", dockerfile, re.MULTILINE))
    named = re.findall(r"^FROM (?:--\S+ )*(\S+)", dockerfile, re.MULTILINE)
    stages = set(re.findall(r"^FROM .* AS (\S+)", dockerfile, re.MULTILINE))
    images = [re.sub(r"\$\{(\w+)\}", lambda name: defaults.get(name[1], ""), image) for image in named]
    return [image for image in images if image not in stages and not re.search(r"@sha256:[0-9a-f]{64}$", image)]


def main() -> None:
    environment = quiet_environment()
    running = [
        subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for command in commands()
    ]
    outputs = [process.communicate()[0] for process in running]
    failed = [output for process, output in zip(running, outputs, strict=True) if process.returncode]
    failed += [f"Dockerfile: {image} is not named by digest" for image in unpinned((ROOT / "Dockerfile").read_text())]
    sys.exit("\n".join(failed) if failed else 0)


if __name__ == "__main__":
    main()
