"""Templates that are beside what they are rendered to, known by their names."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
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
    for template, rendered, is_whole in _templates(tuple(names)):
        if template != own and (rendered == own or (rendered == stem and not is_whole)):
            return template
    return ""


@lru_cache(maxsize=16)  # asked for each config of a folder
def _templates(names: tuple[str, ...]) -> tuple[tuple[str, str, bool], ...]:
    """The templates among these names, each with the name of what it is rendered to; or that may lack its last end."""
    found = []
    for name in names:
        suffix = next((suffix for suffix in SUFFIXES if name.endswith(suffix)), "")
        if suffix:
            found.append((name, name.removesuffix(suffix), False))
        if TEMPLATE.search(name):
            found.append((name, _RENDERED.sub("", name), True))
    return tuple(found)


def is_template(name: str) -> bool:
    """Whether a file may be such a template, whatever it is rendered to."""
    return name.endswith(SUFFIXES) or TEMPLATE.search(name) is not None
