"""Whether a config is written by something else, and what says so."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.circleci.shell.quoting import command
from migrator.documents import TEMPLATE
from migrator.files.fragments import has_workflows, is_place
from migrator.files.names import YAML
from migrator.files.packed import siblings
from migrator.files.reading import exists, names_in, real_path
from migrator.files.sources import NotRead
from migrator.policy import Generated, Policy

if TYPE_CHECKING:
    from migrator.files.generators import Origin

_WORDS_OF_GENERATED = (b"generate", b"edit", b"modify", b"change", b"touch", b"rendered", b"compiled", b"created")
_OR_PASS = "or pass --include-generated"


def why_generated(path: str, data: bytes, policy: Policy) -> str | None:
    """Why a file should not be edited though it is a config: it is written by something else."""
    if pair := generated_pair(path, policy):
        how = f" and run `{command(*pair.command)}`" if pair.command else ""
        return f"is generated from {pair.source} according to the policy; change that{how}, {_OR_PASS}"
    if path.endswith(YAML) and (origin := _origin(path, data)):
        from migrator.files.generators import lines_to_look_at

        source = f"from {origin.source} " if origin.source else ""
        change = "that" if source else "what it is generated from"
        look = lines_to_look_at(origin.source) if source else ""
        return f"is generated {source}({origin.says}); change {change} and run {origin.command}, {_OR_PASS}{look}"
    if path.endswith(".py") or TEMPLATE.search(path):
        return None  # what a script says of its output is not about itself
    # Only comments above all content say so, and nearly none has these words: the patterns are compiled only then.
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith((b"#", b"-", b"%")) and any(word in head for word in _WORDS_OF_GENERATED):
        from migrator.files.header import why_by_header

        return why_by_header(data)
    return None


def _origin(path: str, data: bytes) -> Origin | None:
    folder = os.path.dirname(path) or "."  # noqa: PTH120
    if not (beside := names_in(folder)):
        return None
    from migrator.files.generators import origin_of

    return origin_of(path, data, beside)


def siblings_of(path: str, policy: Policy, *, include_generated: bool = False) -> list[tuple[str, bytes]]:
    """The other files of the config that a file is a part of, without workflows beside it that something else writes:
    no context can be attached there, and as with workflows that are in no file here the report has to say so."""
    found = siblings(path)
    if include_generated or not found or not is_place(path):
        return found
    return [
        (other, data)
        for other, data in found
        if not (is_place(other) and has_workflows(data) and why_generated(other, data, policy))
    ]


def generated_pair(path: str, policy: Policy) -> Generated | None:
    """The pair of the policy whose target this file is."""
    if not policy.generated or policy.source is None:
        return None
    folder = real_path(policy.source).parent
    real = real_path(path)
    targets = ((pair, folder / pair.target) for pair in policy.generated)
    return next((pair for pair, target in targets if exists(target) and real_path(target) == real), None)


def with_policy_sources(found: Sequence[str | NotRead], paths: Sequence[str], policy: Policy) -> list[str | NotRead]:
    """The files of a run with those that the policy names as sources of files in it, or below its folders."""
    result = list(found)
    if policy.source is None:
        return result
    folder = policy.source.resolve().parent
    known = {real_path(file) for file in found if isinstance(file, str)}
    folders = [real_path(path) for path in paths if Path(path).is_dir()]
    for pair in policy.generated:
        source, target = real_path(folder / pair.source), real_path(folder / pair.target)
        meant = target in known or any(each.is_relative_to(top) for top in folders for each in (source, target))
        if not meant or source in known or source.is_dir():
            continue
        shown = os.path.relpath(source)
        if not source.is_file():
            result.append(NotRead(shown, f"no such file; the policy says that {pair.target} is generated from it"))
        elif source.suffix in (".py", ".yml", ".yaml") or ".y" in source.name:
            result.append(shown)
        else:
            result.append(
                NotRead(
                    shown,
                    f"is in a language that cannot be read; change it by hand in the same way as {pair.target}",
                    fails=False,
                )
            )
        known.add(source)
    return result
