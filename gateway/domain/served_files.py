"""How a file that a stranger sent is served so that no browser runs it: its type, its name, inline or saved. Pure.

The type is the sender's word. Whatever could hold a script (HTML, SVG, XML) is served as bytes to be saved.
"""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from urllib.parse import quote

BYTES = "application/octet-stream"
_INLINE = re.compile(r"(?:image/(?:jpeg|png|gif|webp|avif|heic|bmp)|(?:audio|video)/[a-z0-9.+-]+|application/pdf)")
_LONGEST_NAME = 120
# What separates folders, what shells and file systems give a meaning to, and what ends a quoted string.
_UNSAFE = re.compile(r'[\\/:*?"<>|;%]+')
_NO_NAME = "file"


def served_type(mimetype: str | None) -> str:
    """Return the Content-Type under which a file is served; parameters are left out."""
    essence = (mimetype or "").partition(";")[0].strip().lower()
    return essence if _INLINE.fullmatch(essence) else BYTES


def disposition(mimetype: str | None, file_name: str | None) -> str:
    """Return its Content-Disposition: inline where a browser only shows it, with a name that leads nowhere."""
    place = "attachment" if served_type(mimetype) == BYTES else "inline"
    if not file_name:
        return place
    name = safe_name(file_name)
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    return f"{place}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def safe_name(file_name: str) -> str:
    """Return a name for a file without folders, control characters and characters that hide or turn others."""
    last = re.split(r"[\\/]", file_name)[-1]
    visible = "".join(character for character in last if unicodedata.category(character)[0] != "C")
    name = _UNSAFE.sub("_", visible).strip(" .")
    if len(name) > _LONGEST_NAME:
        stem, dot, ending = name.rpartition(".")
        name = (
            f"{stem[: _LONGEST_NAME - len(ending) - 1]}.{ending}" if dot and len(ending) < 16 else name[:_LONGEST_NAME]
        )
    return name or _NO_NAME


def with_ending(name: str, mimetype: str) -> str:
    """Return a name that tells the type of its file by its ending, as far as the name has none and the type has one."""
    ending = None if mimetype == BYTES else mimetypes.guess_extension(mimetype)
    return name if "." in name or ending is None else name + ending
