"""The forms of a page, as a browser would send them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

_BUTTONS = ("submit", "button", "image", "reset")


@dataclass
class Form:
    """`fields` hold what is sent if nobody changes anything; `names` all there are, also boxes that are not ticked."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)

    def add(self, name: str, value: str, *, sent: bool = True) -> None:
        self.names.add(name)
        if sent:
            self.fields[name] = value


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._in_form = False
        self._select = self._textarea = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("method", "get"), given["action"]))
            self._in_form = True
        elif self._in_form and tag in ("input", "button") and given.get("name"):
            sent = given.get("type") not in ("checkbox", "radio", *_BUTTONS) or "checked" in given
            self.forms[-1].add(given["name"], given.get("value", ""), sent=sent)
        elif self._in_form and tag == "select":
            self._select = given["name"]
            self.forms[-1].add(self._select, "", sent=False)
        elif self._in_form and tag == "option" and self._select:
            if "selected" in given or self._select not in self.forms[-1].fields:
                self.forms[-1].add(self._select, given.get("value", ""))
        elif self._in_form and tag == "textarea":
            self._textarea = given["name"]
            self.forms[-1].add(self._textarea, "")

    def handle_data(self, data: str) -> None:
        if self._textarea:
            self.forms[-1].fields[self._textarea] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._in_form = False
        if tag == "select":
            self._select = ""
        if tag == "textarea":
            self._textarea = ""


def forms(html: str) -> list[Form]:
    """Return the forms of a page."""
    parser = _Forms()
    parser.feed(html)
    return parser.forms
