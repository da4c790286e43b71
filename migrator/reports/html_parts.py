"""What pages are put together from: templates, style sheets and scripts, and a policy that lets nothing else in."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jinja2

TEMPLATES = Path(__file__).parent / "templates"
FOLDERS = {"js": "scripts", "css": "styles"}


def joined(kind: str, names: Sequence[str]) -> str:
    """The parts as one text; scripts in one function of their own."""
    parts = "\n".join((TEMPLATES / FOLDERS[kind] / f"{name}.{kind}").read_text("utf-8").strip() for name in names)
    return f'(function () {{\n"use strict";\n{parts}\n}})();' if kind == "js" else parts


def security_policy(style: str, script: str = "") -> str:
    """The Content-Security-Policy of a page with this style sheet and this script, or none."""
    scripts = f"script-src 'sha256-{_hash(script)}'; " if script else ""
    return (
        f"default-src 'none'; {scripts}style-src 'sha256-{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
    )


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode()


def raw(text: str) -> Any:
    """A text that is HTML already."""
    from markupsafe import Markup

    return Markup(text)


@functools.cache
def environment() -> jinja2.Environment:
    """Where templates are found. What they fill in is escaped."""
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES / "parts"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
