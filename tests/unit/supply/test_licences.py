"""What is deployed is free for those who deploy it."""

from __future__ import annotations

from importlib.metadata import Distribution, PathDistribution
from pathlib import Path

import pytest

from infra.supply.licences import DECIDED, is_allowed, licence, refused, shipped


def installed(directory: Path, *metadata: str) -> Distribution:
    """A package as pip leaves it."""
    information = directory / "thing-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("\n".join(["Metadata-Version: 2.4", "Name: thing", "Version: 1", *metadata]))
    return PathDistribution(information)


def test_what_is_deployed_has_licences_that_are_allowed() -> None:
    packages = shipped()
    assert packages.keys() >= {"neonize", "psycopg", "boto3", "fastapi", "openai", "phonenumbers", "botocore"}
    assert "av" not in packages  # FFmpeg's GPL parts come only to who asks
    assert packages.keys() >= DECIDED.keys()
    assert refused(packages.values()) == []


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        (["License-Expression: GPL-3.0-or-later"], "GPL-3.0-or-later"),
        (["License-Expression: MIT AND AGPL-3.0-only"], "MIT AND AGPL-3.0-only"),
        (["License: GNU GPL v3"], "GNU GPL v3"),
        (["Classifier: License :: OSI Approved :: GNU Affero General Public License v3"], "says nothing"),
        ([], "says nothing"),
    ],
)
def test_a_licence_nobody_allowed_is_refused_by_name(metadata: list[str], said: str, tmp_path: Path) -> None:
    assert refused([installed(tmp_path, *metadata)]) == [f"thing: {said}"]


def test_an_older_way_to_say_it_is_understood(tmp_path: Path) -> None:
    both = ["Classifier: License :: OSI Approved :: BSD License", "Classifier: License :: OSI Approved :: MIT License"]
    assert licence(installed(tmp_path, "License: Dual License", *both)) == "BSD-3-Clause AND MIT"


def test_one_alternative_is_enough() -> None:
    assert is_allowed("GPL-2.0-only OR MIT")
    assert not is_allowed("GPL-2.0-only OR AGPL-3.0-only")
