"""Where a report, a patch or a config goes: standard output or a file, whole or not at all."""

from __future__ import annotations

import importlib
import os
import stat
import sys
from pathlib import Path

from migrator.cli.talk import tell
from migrator.errors import WriteError
from migrator.reports.patch import patch_base, render_patch
from migrator.reports.report import FORMATS, Report
from migrator.sources import real_path, write_whole


def put_report(report: Report, form: str, output: str | None) -> None:
    """Print or write the report. Failures are told as well where nobody sees the report."""
    module = importlib.import_module(FORMATS[form])
    if output is not None:
        put_file(output, module.render(report).encode("utf-8", "backslashreplace"))
    elif sys.stdout is not None and sys.stdout.isatty() and hasattr(module, "show"):
        module.show(report, sys.stdout)
        return
    elif sys.stdout is not None:
        sys.stdout.write(module.render(report))
    for failed in report.failed:
        tell(report.mask.text(f"{failed.path}: {failed.reason}"))


def put_patch(report: Report, patch: str) -> None:
    """Write the patch of everything that changed, readable by its owner only, and say where it is applied."""
    changed = report.changed
    put_file(patch, render_patch(changed, base := patch_base(changed)), private=True)
    if not changed:
        tell(f"{patch}: nothing changes, so the patch is empty")
        return
    secret = "; it holds secrets on its removed lines: keep it private, delete it after use" if report.mask else ""
    tell(f"{patch}: apply it with `git apply` in {base}{secret}")


def put_ecr_plan(report: Report, path: str) -> None:
    """Write the script that copies distant images of ECR, ready to run; one that does nothing where there are none."""
    plan = report.ecr_plan
    script = plan.script if plan else "#!/bin/sh\n# `migrate` found no images of ECR to copy.\n"
    put_file(path, script.encode(), executable=True)
    tell(f"{path}: read it, try it with --dry-run, then run it" if plan else f"{path}: there are no images to copy")


def put_file(path: str, data: bytes, *, private: bool = False, executable: bool = False) -> None:
    """Write a file in one go. Pipes and devices are written to as they are."""
    target = Path(path)
    try:
        if target.exists() and not stat.S_ISREG(target.stat().st_mode):
            target.write_bytes(data)
            return
        write_whole(real_path(target), data, 0o600 if private else _mode(target, 0o777 if executable else 0o666))
    except OSError as error:
        raise WriteError(f"{path}: cannot be written: {error.strerror}") from None


def _mode(target: Path, new: int) -> int:
    if target.exists():
        return stat.S_IMODE(target.stat().st_mode)
    mask = os.umask(0)
    os.umask(mask)
    return new & ~mask
