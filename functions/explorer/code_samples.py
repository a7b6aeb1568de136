"""A request to the API as code: curl, Python and TypeScript."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode

from pydantic.alias_generators import to_camel

# Of each language its name, and what is written once before the samples.
LANGUAGES = {"curl": "curl", "python": "Python", "typescript": "TypeScript"}
_IDEMPOTENCY = "Idempotency-Key"
_LINE_CHARACTERS = 80
_PYTHON_HEAD = "from gateway.client import Gateway\n\ngateway = Gateway()  # GATEWAY_API_URL, GATEWAY_API_KEY\n"


@dataclass(frozen=True, slots=True)
class Action:
    """Something that a tab does, as a request: `route` is its path in the OpenAPI document.

    `path` fills the names in the route, by their names there. `python` are the lines that do it with the client, given
    `gateway`, and `session` where the route has one. `once` says that it is not to be done twice.
    """

    id: str
    title: str
    method: str
    route: str
    python: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    once: bool = False

    def written(self, language: str) -> str:
        """Return it in one of LANGUAGES."""
        return {"curl": self._curl, "python": self._python, "typescript": self._typescript}[language]()

    def _curl(self) -> str:
        path = self.route.format_map({name: quote(value, safe="") for name, value in self.path.items()})
        query = f"?{urlencode(self.query)}" if self.query else ""
        method = f" -X {self.method}" if self.method not in ("GET", "POST") or self._is_empty_post else ""
        return " \\\n  ".join([f'curl{method} "$GATEWAY_API_URL{path}{query}"', *self._curl_options()])

    def _curl_options(self) -> Iterator[str]:
        yield '-H "X-API-Key: $GATEWAY_API_KEY"'
        if self.once:
            yield f'-H "{_IDEMPOTENCY}: $(cat /proc/sys/kernel/random/uuid)"'
        if self.body is not None:
            yield "-H 'Content-Type: application/json'"
            yield f"-d {shlex.quote(json.dumps(self.body, ensure_ascii=False))}"

    @property
    def _is_empty_post(self) -> bool:
        return self.method == "POST" and self.body is None

    def _python(self) -> str:
        session = self.path.get("session_id")
        named = f"session = gateway.session({json.dumps(session)})\n" if session else ""
        return f"{_PYTHON_HEAD}{named}{self.python}"

    def _typescript(self) -> str:
        params: dict[str, object] = {}
        if self.path:
            params["path"] = dict(self.path)
        if self.query:
            params["query"] = dict(self.query)
        if self.once:
            params["header"] = {_IDEMPOTENCY: _Raw("crypto.randomUUID()")}
        options = {**({"params": params} if params else {}), **({"body": self.body} if self.body is not None else {})}
        given = f", {_literal(options)}" if options else ""
        return f"const result = await unwrap(gateway.{self.method}({json.dumps(self.route)}{given}));"


class _Raw(str):
    """TypeScript that stands for itself."""

    __slots__ = ()


def _literal(value: object, indent: str = "") -> str:
    """Return a value as TypeScript writes it."""
    if isinstance(value, _Raw):
        return str(value)
    if isinstance(value, Mapping):
        short = ", ".join(f"{_name(name)}: {_literal(each)}" for name, each in value.items())
        if "\n" not in short and len(short) + len(indent) < _LINE_CHARACTERS:
            return f"{{ {short} }}"
        inner = indent + "  "
        lines = (f"{inner}{_name(name)}: {_literal(each, inner)},\n" for name, each in value.items())
        return f"{{\n{''.join(lines)}{indent}}}"
    return json.dumps(value, ensure_ascii=False)


def _name(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_]\w*", name) else json.dumps(name)


def camel(**values: object) -> dict[str, object]:
    """Return a body of these values under the API's names, without those that are None."""
    return {to_camel(name): value for name, value in values.items() if value is not None}
