"""`migrate rules test DIR`: the cases of an organisation's own rules, run as those of the built-in rules are."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path

import click

from migrator.cli.options import named
from migrator.cli.talk import tell
from migrator.engine.cases import Case, cases_of, faults, pages_of, read_page, try_case, updated
from migrator.engine.discovery import RuleFile, load, rule_files
from migrator.engine.rule_shape import shape_faults
from migrator.errors import RuleError, UsageError
from migrator.files.writing import write_whole
from migrator.results.masking import visible
from migrator.rule import Rule

ALL_PASS, SOME_FAIL, BROKEN = 0, 1, 3


@click.command()
@click.argument("directory", metavar="DIR", callback=named)
@click.option(
    "--cases", metavar="DIR", callback=named, help="Also run the cases in DIR/<name of the rule's file>/*.md."
)
@click.option("--update", is_flag=True, help="First write what the rules report into the `text` blocks of the cases.")
def command(directory: str, cases: str | None, update: bool) -> int:
    """Run the cases of all rules in DIR, each twice. Exit code 1: a rule does something else than its page says."""
    files = _files_in(Path(directory))
    more = Path(cases) if cases else None
    if more and not more.is_dir():
        raise UsageError(f"{more}: no such directory of cases")
    code = ALL_PASS
    for file in files:
        try:
            failed = _run(file, pages_of(file, more), update)
        except RuleError as error:
            tell(str(error))
            code = BROKEN
        else:
            code = max(code, SOME_FAIL if failed else ALL_PASS)
    return code


def _files_in(directory: Path) -> list[RuleFile]:
    inside = directory.resolve()
    files = [file for file in rule_files([directory]).values() if inside in file.path.resolve().parents]
    if not files:
        raise UsageError(f"{directory}: contains no rules; `migrate rules new ID --dir {directory}` writes one")
    return files


def _run(file: RuleFile, pages: list[Path], update: bool) -> int:
    """Run the cases of one rule, print those that fail and what else is wrong, and return how many faults that is."""
    rule = load(file)
    if update:
        for page in pages:
            _update(page, rule)
    cases = [case for page in pages for case in cases_of(page, file.id)]
    if not cases:
        raise RuleError(f"{file.page}: has no cases; add one under `## Left alone` or `## Changed`")
    failed = 0
    for case in cases:
        found = faults(case, try_case(case, rule))
        failed += bool(found)
        for line in _lines(case, found):
            print(visible(line))
    print(f"{file.id}: {len(cases)} {'case' if len(cases) == 1 else 'cases'}, {failed} failed")
    wrong = shape_faults(file, rule, cases)
    for line in wrong:
        print(visible(f"    {line}"))
    return failed + len(wrong)


def _lines(case: Case, found: list[str]) -> Iterator[str]:
    if found:
        yield f"{case.page}:{case.line}: {case.name}"
        yield from (textwrap.indent(fault, "    ") for fault in found)


def _update(page: Path, rule: Rule) -> None:
    text = updated(page, rule)
    if text != read_page(page):
        write_whole(page, text.encode())
        print(f"updated {visible(str(page))}")
