"""The text of the config policy: `policy.rego` with what the policy says put into it, as data and never as code."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from migrator.circleci.credentials.contexts import OF_REGISTRIES
from migrator.circleci.references import ECR_HOST, GRAMMAR, HUB_HOSTS, MAX_PATH
from migrator.guard.sentences import SENTENCES
from migrator.guard.settings import Settings
from migrator.policy import HUB

NAME: Final = "registry_credentials"
RULES: Final = (
    "migrate_image_without_credentials",
    "migrate_literal_credentials",
    "migrate_missing_context",
    "migrate_login_with_password",
)
UNKNOWN_REPOSITORY: Final = "migrate_unknown_repository"
"""The rule that says that overrides by repository were not used. It refuses nothing."""

_TEMPLATE: Final = Path(__file__).with_name("policy.rego")
_HOLE: Final = re.compile(r"\{\{ (\w+) \}\}")

# What may be before `docker` in a command; `echo docker login` is none, nor is a comment.
_RUNS_IT: Final = r"(?:sudo|env|exec|command|time|timeout|retry|nohup|nice)(?:\s+(?:-[a-z]\s+[\w.:-]+|-\S+|\d\S*))*"
_BEFORE: Final = rf"(?:(?:{_RUNS_IT}|if|then|else|do|while|until|!|[A-Za-z_]\w*=\S*|\{{|\()\s+)*"
_BLANK: Final = r"(?:[ \t]|\\\r?\n)"
_PART: Final = r"""(?:[^;&|\n"'\\]|"(?:[^"\\]|\\[\s\S])*"|'[^']*'|\\[\s\S]|\$\([^()]*\))"""
LOGIN: Final = (
    rf"""(?m)(?:^|[;&|({{\x60]|-c\s+["'])\s*{_BEFORE}(?:[\w./-]*/)?docker(?:{_BLANK}+-[^\s;&|]*(?:{_BLANK}+[^-\s;&|]\S*)?)*?"""
    rf"""{_BLANK}+login(?:{_BLANK}{_PART}*?)?{_BLANK}["']?(?:-p|--password(?:[=\s\\"']|$))"""
)
"""A `docker login` with `-p` or `--password`, in a script as it is written."""

_SOFT: Final = "\n# Nothing is refused: violations are in the log of decisions. Written with --soft.\n"
_WARNING: Final = """
enable_rule["{rule}"]

{rule} = {sentence} {{
	not migrate_repository
}}
"""


def policy_rego(settings: Settings, *, soft: bool = False) -> str:
    """The config policy. Rules of it that are violated refuse a pipeline, unless they are `soft`."""
    enforcement = _SOFT if soft else "".join(f"\nhard_fail[{quoted(rule)}]\n" for rule in RULES)
    if settings.overrides:
        sentence = quoted(SENTENCES["unknown_repository"])
        enforcement += _WARNING.format(rule=UNKNOWN_REPOSITORY, sentence=sentence)
    return _filled({
        **{name: quoted(sentence) for name, sentence in SENTENCES.items()},
        "header": _header(settings),
        "name": NAME,
        "base": data(settings.base),
        "overrides": data(settings.overrides),
        "patterns": data(settings.patterns),
        "enforcement": enforcement,
        "login": quoted(LOGIN),
        "words": _set(OF_REGISTRIES),
        "grammar": quoted(f"^(?:{GRAMMAR.pattern})$"),
        "longest": str(MAX_PATH),
        "ecr": quoted(f"^(?:{ECR_HOST.pattern})$"),
        "hub": HUB,
        "hub_hosts": _set(sorted(("", *HUB_HOSTS))),  # and where none is written
    })  # fmt: skip


def quoted(text: str) -> str:
    """A text in Rego, whose strings are those of JSON."""
    return json.dumps(text)


def _set(texts: Iterable[str]) -> str:
    return f"{{{', '.join(map(quoted, texts))}}}"


def data(value: object, depth: int = 0) -> str:
    """Data in Rego, indented as `opa fmt` does; what is empty or a list of texts on one line."""
    inner = "\t" * (depth + 1)
    if isinstance(value, dict) and value:
        lines = [f"{inner}{quoted(key)}: {data(each, depth + 1)},\n" for key, each in value.items()]
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        lines = [f"{inner}{data(each, depth + 1)},\n" for each in value]
    else:
        return json.dumps(value)
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    indent = "\t" * depth
    return f"{opening}\n{''.join(lines)}{indent}{closing}"


def _header(settings: Settings) -> str:
    lines = [
        "Written by `migrate guard` from migrator.toml: change that file and write this one again.",
        "",
        "It refuses pipelines in which images of the registries of the policy have no credentials, credentials are",
        "written out, jobs lack the context that these come from, or a password is on a command line.",
    ]
    if settings.left_out:
        lines += ["", "Not in here:", *(f"- {_printable(each)}" for each in settings.left_out)]
    return "\n".join(f"# {line}".rstrip() for line in lines)


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def _filled(values: Mapping[str, str]) -> str:
    """The template with all values in their places, in one go: what a value holds is no place of another."""
    return _HOLE.sub(lambda hole: values[hole[1]], _TEMPLATE.read_text("utf-8"))
