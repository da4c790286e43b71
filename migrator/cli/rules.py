"""`migrate rules [ID]`: the rules that there are, or the page of one."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from migrator.cli.options import directories_option
from migrator.engine.discovery import load, rule_files, select
from migrator.errors import RuleError
from migrator.results.masking import visible


@click.command(epilog="`migrate rules new ID` writes a new rule and its page.")
@click.argument("name", metavar="[ID]", required=False)
@directories_option
def command(name: str | None, rules: tuple[str, ...]) -> None:
    """List the rules, or explain one."""
    files = rule_files(Path(folder) for folder in rules)
    if name is not None:
        (chosen,) = select(files, [name])
        _explain(_text(files[chosen].page))
        return
    width = max(map(len, files), default=0)
    for file in files.values():
        rule = load(file)
        print(visible(f"{rule.id:{width}}  {rule.safety.value:6}  {rule.title}"))


def _text(page: Path) -> str:
    try:
        return page.read_text("utf-8")
    except OSError as error:
        raise RuleError(f"{page}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise RuleError(f"{page}: is not UTF-8; save it as UTF-8") from None


def _explain(page: str) -> None:
    if sys.stdout is None or not sys.stdout.isatty():
        print(visible(page), end="")
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(visible(page)))
