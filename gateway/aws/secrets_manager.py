"""Connection strings kept in Secrets Manager, as the settings of a deployment name them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlsplit

_OPTIONS: dict[str, Any] = {"connect_timeout": 2, "read_timeout": 5, "retries": {"mode": "standard"}}


def read_secret(arn: str) -> str:
    """Return the text of a secret. Raises botocore's errors."""
    import boto3  # only where a secret is named: 0.4 s of import
    from botocore.config import Config

    return str(boto3.client("secretsmanager", config=Config(**_OPTIONS)).get_secret_value(SecretId=arn)["SecretString"])


def database_url(secret: str, address: str | None = None) -> str:
    """Return the URL in a secret, or `address` with the login in a secret of AWS's form. Raises ValueError."""
    if not secret.lstrip().startswith("{"):
        return secret
    if address is None:
        raise ValueError("a secret that holds only a login needs the address of the database beside it")
    login = json.loads(secret)
    parts = urlsplit(address)
    user = f"{quote(login['username'], safe='')}:{quote(login['password'], safe='')}"
    return parts._replace(netloc=f"{user}@{parts.netloc.rpartition('@')[2]}").geturl()
