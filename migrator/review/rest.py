"""What one key does to many files, to be seen before a yes: the fixes of a rule that wait everywhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from migrator.results.counted import counted
from migrator.results.masking import one_line
from migrator.results.prerequisites import title
from migrator.review.screens.lines import Line, ruled, shortened, two_ends, worded
from migrator.review.session import Left, Session


@dataclass(frozen=True, slots=True)
class Rest:
    """`fixes` of a rule that an answer for all of them covers; `files` are their numbers by path, those first in which
    nothing else waits; `whole` are the paths of these, which are written at once."""

    rule: str
    fixes: tuple[Left, ...]
    files: dict[str, int]
    whole: frozenset[str]
    manual: int


def rest_of(session: Session, rule: str) -> Rest:
    """What is left of a rule in all files."""
    left = session.left()
    same = [each for each in left if each.located.rule == rule]
    fixes = tuple(each for each in same if each.located.fix)
    others = {each.path for each in left} - {each.path for each in fixes}
    others |= {each.path for each in left if each.located.rule != rule or not each.located.fix}
    counts = Counter(each.path for each in fixes)
    files = dict(sorted(counts.items(), key=lambda each: each[0] in others))
    return Rest(rule, fixes, files, frozenset(files) - others, len(same) - len(fixes))


def rest_lines(session: Session, rest: Rest, columns: int, rows: int) -> list[Line]:
    """A screen about it, for a question below."""
    head = two_ends(
        f"Apply all fixes of {rest.rule}", f"{len(rest.fixes)} in {counted(len(rest.files), 'file')}", columns
    )
    lines = [*head, ruled("", columns), *(line for text in _facts(session, rest) for line in worded(text, "", columns))]
    paths = [(f"{rest.files[path]:>5}  ", path) for path in rest.files]
    room = max(rows - len(lines) - 1, 1)
    shown = paths if len(paths) <= room else paths[: room - 1]
    for count, path in shown:
        name = one_line(session.mask.text(path))
        lines.append([("", count), ("" if path in rest.whole else "dim", shortened(name, columns - 9, at_start=True))])
    if len(shown) < len(paths):
        lines.append([("", f"{'':>5}  and {counted(len(paths) - len(shown), 'more file')}")])
    return lines


def _facts(session: Session, rest: Rest) -> Iterator[str]:
    safeties = Counter(each.located.safety.value for each in rest.fixes)
    yield "Safety: " + ", ".join(f"{count} {safety}" for safety, count in safeties.most_common())
    needs = Counter(title(need) for each in rest.fixes for need in each.located.requirements)
    for need, count in needs.most_common(5):
        yield f"Needs: {one_line(session.mask.text(need))} ({counted(count, 'fix', 'fixes')})"
    warnings = Counter(warning for each in rest.fixes for warning in each.located.warnings)
    for warning, count in warnings.most_common(3):
        yield f"Warning: {one_line(session.mask.text(warning))} ({counted(count, 'fix', 'fixes')})"
    if rest.manual:
        yield f"{counted(rest.manual, 'finding')} of this rule without a fix will still be shown."
    yield f"Written at once: {counted(len(rest.whole), 'file')}, in which nothing else waits."
    if open_ := len(rest.files) - len(rest.whole):
        yield f"Written once their other findings have an answer (dimmed): {counted(open_, 'file')}."
