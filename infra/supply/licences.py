"""Check the licences of what is deployed by default: `python -m infra.supply.licences`. Needs no network."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import Distribution, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.aws.package import GROUPS, ROOT

PERMISSIVE = {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT", "MIT-0", "MIT-CMU", "PSF-2.0"}
# Of their own files: we ship them unchanged, beside ours, where anybody can exchange them.
WEAK_COPYLEFT = {"LGPL-3.0-only", "MPL-2.0"}
ALLOWED = PERMISSIVE | WEAK_COPYLEFT
# What metadata calls them that knows no SPDX identifiers.
IDENTIFIERS = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "ISC License": "ISC",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
# What we let through by name, each with the reason.
DECIDED = {
    "neonize": "Apache-2.0, says its README. The Go library in it holds go.mau.fi/libsignal, which is GPL-3.0, and the"
    " connector is built on it. Whoever hands the image on does so under that licence (docs/deploy.md).",
}
_CLASSIFIER = "License :: OSI Approved :: "


def shipped() -> dict[str, Distribution]:
    """Return by name what the wheel, the functions and the connector bring, as it is installed here."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    texts = list(project["project"]["dependencies"])
    for extra in project["project"]["optional-dependencies"].values():
        texts += extra
    for group in GROUPS.values():
        texts += project["dependency-groups"][group] if group else []
    return _with_dependencies(map(Requirement, texts))


def _with_dependencies(requirements: Iterable[Requirement]) -> dict[str, Distribution]:
    """Raises PackageNotFoundError for what is required here and not installed."""
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    waiting = list(requirements)
    while waiting:
        requirement = waiting.pop()
        key = (canonicalize_name(requirement.name), frozenset(requirement.extras))
        if key in seen:
            continue
        seen.add(key)
        found[key[0]] = distribution(key[0])
        children = map(Requirement, found[key[0]].requires or ())
        waiting += [child for child in children if _applies(child, requirement.extras)]
    return found


def _applies(requirement: Requirement, extras: Iterable[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def licence(package: Distribution) -> str:
    """Return the SPDX expression that its metadata means, or its own words; empty if it says nothing."""
    metadata = package.metadata
    if "License-Expression" in metadata:
        return metadata["License-Expression"]
    classifiers = [text.removeprefix(_CLASSIFIER) for text in metadata.get_all("Classifier") or ()]
    named = [IDENTIFIERS[name] for name in classifiers if name in IDENTIFIERS]
    own = metadata["License"].strip().partition("\n")[0] if "License" in metadata else ""
    return " AND ".join(named) or IDENTIFIERS.get(own, own)


def is_allowed(expression: str) -> bool:
    """Tell whether one of the alternatives is allowed in all its parts. Parentheses want a decision."""
    return any(ALLOWED.issuperset(choice.split(" AND ")) for choice in expression.split(" OR "))


def refused(packages: Iterable[Distribution]) -> list[str]:
    """Return a line for each package whose licence nobody has allowed."""
    licences = {package.name: licence(package) for package in packages if package.name not in DECIDED}
    return [f"{name}: {text or 'says nothing'}" for name, text in sorted(licences.items()) if not is_allowed(text)]


def main() -> None:
    lines = refused(shipped().values())
    sys.exit("\n".join(["Licences that are not allowed in what is deployed:", *lines]) if lines else 0)


if __name__ == "__main__":
    main()
