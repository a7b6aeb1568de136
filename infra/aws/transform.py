"""SAM's own translator, in the environment of the tools for AWS: templates as JSON in, what it makes of them out."""

from __future__ import annotations

import json
import sys
from typing import Any

from samtranslator.translator.transform import transform

SERVERLESS = "AWS::Serverless-2016-10-31"


class _NoManagedPolicies:
    """The templates name managed policies by ARN: there is nothing to ask IAM for."""

    def load(self) -> dict[str, str]:
        return {}


def _transformed(template: dict[str, Any]) -> dict[str, Any]:
    if template.get("Transform") != SERVERLESS:
        return template
    transformed: dict[str, Any] = transform(template, {}, _NoManagedPolicies())
    return transformed


if __name__ == "__main__":
    json.dump([_transformed(template) for template in json.load(sys.stdin)], sys.stdout)
