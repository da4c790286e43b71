"""Where a report, a patch or a config goes: standard output or a file, whole or not at all."""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from migrator.cli.request import Request
from migrator.cli.talk import tell
from migrator.errors import UsageError, WriteError
from migrator.files.reading import real_path
from migrator.files.writing import refuse_link, write_whole
from migrator.reports.patch import patch_base, render_patch
from migrator.reports.report import FORMATS, Report

if TYPE_CHECKING:
    from migrator.engine.outcomes import Outcome
    from migrator.results.inventory.counting import InventoryOfFiles

TERMINATED = 143
_AT_ONCE = 100_000
"""So many characters of a report are written at once."""
INSTEAD = ("text", "markdown")
"""The formats that an inventory takes the place of the findings in."""
WITHIN = ("json", "html")
"""The formats that it is a part of."""
_WITH_WARNINGS = ("text", "json")
"""The formats that themselves tell what is wrong with a policy."""


def exit_code(report: Report, request: Request) -> int:
    """The exit code of a run; findings alone are none where `--exit-zero` says so."""
    code = report.exit_code
    return 0 if request.exit_zero and code == 1 else code


def end_cleanly() -> None:
    """Make SIGTERM an exception, so that no temporary file is left behind and a terminal is given back as it was."""
    import signal

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))


def check_targets(targets: Mapping[str, str | None], configs: Iterable[str]) -> None:
    """Refuse a target that takes the place of a config or of another result, or cannot be written: nothing was yet.

    `targets` are files by the option that names them.
    """
    given = {option: Path(name) for option, name in targets.items() if name is not None}
    if not given:
        return
    taken = {real_path(config): "is a config of this run" for config in configs}
    for option, target in given.items():
        refuse_link(target)
        if target.exists() and not (target.is_file() or target.is_dir()):
            continue  # a pipe or a device takes whatever comes
        real = real_path(target)
        if why := taken.get(real):
            raise UsageError(f"{option}: {target} {why}; name another file")
        taken[real] = f"is what {option} writes"
        if fault := _fault(real):
            raise WriteError(f"{target}: cannot be written: {os.strerror(fault)}")


def _fault(file: Path) -> int:
    """The number of the error that replacing a file would end with, or 0."""
    if file.is_dir():
        return errno.EISDIR
    if not file.parent.is_dir():
        return errno.ENOENT
    return 0 if os.access(file.parent, os.W_OK) else errno.EACCES


def check_output(request: Request) -> None:
    """Refuse a report that nobody could read where it goes."""
    if request.statistics and request.format != "text":
        raise UsageError(f"--statistics counts for people; --format {request.format} has every finding: leave one out")
    if request.inventory:
        _check_inventory(request)
    if request.format == "html" and request.output is None and _on_terminal():
        raise UsageError("--format html is a page for a browser: pass --output FILE as well")


def _check_inventory(request: Request) -> None:
    """Refuse an inventory beside what has no place for it."""
    if request.statistics:
        raise UsageError("--statistics and --inventory each print what they count: leave one out")
    if request.format not in (*INSTEAD, *WITHIN):
        formats = ", ".join((*INSTEAD, WITHIN[0]))
        raise UsageError(f"--inventory: --format {request.format} has no place for it; use {formats} or {WITHIN[1]}")
    others = {"--interactive": request.interactive, "--replay": request.replay, "--add-ignores": request.add_ignores}
    if given := [option for option, value in others.items() if value]:
        raise UsageError(f"--inventory counts what is there and decides nothing: leave out {', '.join(given)}")


def counted_in(outcomes: Iterable[Outcome], request: Request, repository: str = "") -> InventoryOfFiles | None:
    """The inventory of files, as they were before anything is written, if one was asked for.

    `repository` names what they are of, where their paths do not say.
    """
    if not request.inventory:
        return None
    from migrator.results.inventory.counting import InventoryOfFiles

    inventory = InventoryOfFiles()
    for outcome in outcomes:
        inventory.add_file(outcome, repository)
    return inventory


def _on_terminal() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def rendered(report: Report, request: Request) -> str:
    """The report as it was asked for."""
    return importlib.import_module(_module(request)).render(report)  # type: ignore[no-any-return]


def _module(request: Request) -> str:
    if request.statistics:
        return "migrator.reports.statistics"
    if request.inventory and request.format in INSTEAD:
        return f"migrator.reports.inventory.{request.format}"
    return FORMATS[request.format]


def put_report(report: Report, request: Request) -> None:
    """Print or write the report. Failures are reported as well where nobody sees the report."""
    module = importlib.import_module(_module(request))
    is_silent = request.quiet and request.format == "text" and not (request.statistics or request.inventory)
    if request.output is not None:
        write_whole(request.output, (text.encode("utf-8", "backslashreplace") for text in _pieces(module, report)))
        if not request.quiet:
            tell(f"{request.output}: the report is written")
    elif sys.stdout is not None and not is_silent:
        in_color = request.color == "always" or (request.color == "auto" and sys.stdout.isatty())
        if in_color and hasattr(module, "show"):
            if not _paged(report, request, module):
                module.show(report, sys.stdout, force=request.color == "always")
            if sys.stdout.isatty():
                return
        else:
            for text in _pieces(module, report):
                sys.stdout.write(text)
    for warning in report.warnings if request.format not in _WITH_WARNINGS and not request.quiet else ():
        tell(warning)
    if report.compiled is not None and report.compiled.stops:
        from migrator.results.compiled import sentence

        tell(report.mask.text(sentence(report.compiled)))
    tell_failures(report)


def _pieces(module: ModuleType, report: Report) -> Iterator[str]:
    """The report as it is written, bit by bit where its format can do that."""
    if not hasattr(module, "pieces"):
        yield module.render(report)
        return
    waiting: list[str] = []
    size = 0
    for piece in module.pieces(report):
        waiting.append(piece)
        size += len(piece)
        if size >= _AT_ONCE:
            yield "".join(waiting)
            waiting, size = [], 0
    yield "".join(waiting)


def _paged(report: Report, request: Request, module: ModuleType) -> bool:
    """Show a long report in a pager, where a person asked for it as it is; whether it was shown."""
    from migrator.cli.shell.paging import may_page, page

    if request.no_pager or request.interactive or request.color != "auto" or not may_page():
        return False
    if os.environ.get("NO_COLOR"):
        return page(module.render(report))
    colored = io.StringIO()
    module.show(report, colored, force=True)
    return page(colored.getvalue())


def tell_failures(report: Report) -> None:
    """Say what failed, a line each, to those who do not see the report."""
    for failed in report.failed if report.tally.failed else ():
        tell(report.mask.text(f"{failed.path}: {failed.reason}"))


def put_patch(report: Report, patch: str) -> None:
    """Write the patch of everything that changed, readable by its owner only, and say where it is applied."""
    base = patch_base([each.path for each in report.changed])
    write_whole(patch, render_patch(report.changed, base), private=True)
    if not report.tally.changed:
        tell(f"{patch}: nothing changes, so the patch is empty")
        return
    secret = "; it contains secrets as they are: keep it private, and delete it after use" if report.mask else ""
    tell(f"{patch}: apply it with `git apply` in {base}{secret}")


def put_ecr_plan(report: Report, path: str) -> None:
    """Write the script that copies distant images of ECR, ready to run; one that does nothing where there are none."""
    plan = report.ecr_plan
    script = plan.script if plan else "#!/bin/sh\n# `migrate` found no images of ECR to copy.\n"
    write_whole(path, script.encode(), executable=True)
    tell(f"{path}: read it, try it with --dry-run, then run it" if plan else f"{path}: there are no images to copy")
