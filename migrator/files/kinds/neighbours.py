"""Templates that lie beside what they are rendered to, known by their names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from migrator.documents import TEMPLATE
from migrator.startup.patterns import lazy

SUFFIXES: Final = (
    *(".erb", ".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".template", ".in", ".m4", ".mustache", ".hbs", ".gotmpl"),
    *(".ejs", ".jsonnet", ".cue", ".dhall"),
)
"""What names a template or a program whose output is a file of the name before it. Copies as `.bak`, `.orig` and
`.example` are none."""

_RENDERED: Final = lazy(r"\.(?:in|j2|jinja2?|tmpl|tpl|template)$|\.(?:j2|jinja2?)(?=\.ya?ml$)")


def template_of(own: str, names: Iterable[str]) -> str:
    """The name of the template that a file of this name is rendered from, among those in its folder; else nothing."""
    stem = own.rpartition(".")[0]
    wanted = {f"{base}{suffix}" for base in (own, stem) for suffix in SUFFIXES}
    for name in names:
        if name != own and (name in wanted or (TEMPLATE.search(name) and _RENDERED.sub("", name) == own)):
            return name
    return ""


def is_template(name: str) -> bool:
    """Whether a file may be such a template, whatever it is rendered to."""
    return name.endswith(SUFFIXES) or TEMPLATE.search(name) is not None
