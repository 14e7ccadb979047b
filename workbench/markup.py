"""HTML of our own that holds texts of customers: templates that escape, JSON that may stand in a script, a script's hash."""

import base64
import hashlib
import json
from pathlib import Path

import jinja2
from markupsafe import Markup

_IN_SCRIPT = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def environment(folder: Path) -> jinja2.Environment:
    """The templates of a folder. Every value is escaped, and an unknown name is an error."""
    return jinja2.Environment(loader=jinja2.FileSystemLoader(folder), autoescape=True, undefined=jinja2.StrictUndefined,
                              trim_blocks=True, lstrip_blocks=True)


def embed(value) -> Markup:
    """A value as JSON that may stand in a script element: nothing in it can end the element.

    >>> embed({"a": "</script>"})
    Markup('{"a":"\\\\u003c/script\\\\u003e"}')
    """
    return Markup(json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(_IN_SCRIPT))


def hash_of(script: str) -> str:
    """What a page's policy (Content-Security-Policy) calls a script that may run in it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
