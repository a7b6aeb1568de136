"""What the image is built on."""

from __future__ import annotations

import pytest

from infra.aws.lint import unpinned
from infra.aws.package import LAMBDA_PYTHON, ROOT

DIGEST = "@sha256:" + "0" * 64
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_the_image_is_built_on_a_digest_and_runs_the_python_of_the_functions() -> None:
    assert unpinned(DOCKERFILE) == []
    assert f"/python:{LAMBDA_PYTHON}." in DOCKERFILE


@pytest.mark.parametrize(
    ("dockerfile", "images"),
    [
        ("FROM debian:13", ["debian:13"]),
        ("ARG BASE=debian:13\nFROM --platform=linux/arm64 ${BASE} AS builder\nFROM builder", ["debian:13"]),
        ("FROM ${UNKNOWN}", [""]),
        (f"FROM debian:13{DIGEST[:-1]}", [f"debian:13{DIGEST[:-1]}"]),
        (f"ARG BASE=debian{DIGEST}\nFROM ${{BASE}} AS builder\nFROM builder\nFROM other:1", ["other:1"]),
    ],
)
def test_a_base_without_a_digest_is_refused(dockerfile: str, images: list[str]) -> None:
    assert unpinned(dockerfile) == images
