"""Check the templates and the Dockerfile: `python -m infra.aws.lint`. Needs neither network nor account."""

from __future__ import annotations

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
    sys.exit("\n".join(failed) if failed else 0)


if __name__ == "__main__":
    main()
