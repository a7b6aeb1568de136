"""SAM's own translator, in the environment of the tools for AWS: a template as JSON in, what it makes of it out."""

from __future__ import annotations

import json
import sys

from samtranslator.translator.transform import transform


class _NoManagedPolicies:
    """The templates name managed policies by ARN: there is nothing to ask IAM for."""

    def load(self) -> dict[str, str]:
        return {}


if __name__ == "__main__":
    json.dump(transform(json.load(sys.stdin), {}, _NoManagedPolicies()), sys.stdout)
