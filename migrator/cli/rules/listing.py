"""`migrate rules [ID]`: the rules that there are, or what the page of one says."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from migrator.cli.options import directories_option, ids_from, no_pager_option
from migrator.engine.discovery import load, rule_files, select
from migrator.errors import UsageError
from migrator.results.masking import visible


@click.command(epilog="`migrate rules new ID` writes a new rule and its page, `migrate rules test DIR` runs pages.")
@click.argument("name", metavar="[ID]", required=False, shell_complete=ids_from)
@click.option("--cases", is_flag=True, help="With ID: also show the cases of its page.")
@directories_option
@no_pager_option
def command(name: str | None, cases: bool, rules: tuple[str, ...], no_pager: bool) -> None:
    """List the rules, or explain one."""
    files = rule_files(Path(folder) for folder in rules)
    if name is not None:
        from migrator.engine.cases import read_page, split_page

        (chosen,) = select(files, [name])
        page = read_page(files[chosen].page)
        _explain(page if cases else split_page(page)[0].rstrip("\n") + "\n", may_page=not no_pager)
        return
    if cases:
        raise UsageError("--cases needs the ID of a rule; `migrate rules` lists them")
    width = max(map(len, files), default=0)
    for file in files.values():
        rule = load(file)
        print(visible(f"{rule.id:{width}}  {rule.safety.value:6}  {rule.title}"))


def _explain(text: str, *, may_page: bool) -> None:
    if sys.stdout is None or not sys.stdout.isatty():
        print(visible(text), end="")
        return
    import io

    from rich.console import Console
    from rich.markdown import Markdown

    from migrator.cli.shell.paging import page

    shown = io.StringIO()
    width = shutil.get_terminal_size().columns
    Console(file=shown, force_terminal=True, color_system="standard", width=width).print(Markdown(visible(text)))
    if not (may_page and page(shown.getvalue())):
        sys.stdout.write(shown.getvalue())
