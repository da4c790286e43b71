"""A format is one module in the folder of formats; nothing else lists it."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from shutil import copytree

from migrator.reports.report import FORMATS
from tests.places import ROOT


def test_the_modules_of_the_folder_are_the_formats() -> None:
    assert {"text", "json", "html", "sarif", "github", "junit", "markdown"} <= set(FORMATS)
    assert all(callable(import_module(module).render) for module in FORMATS.values())


def test_a_new_file_is_a_new_format(tmp_path: Path) -> None:
    copytree(ROOT / "migrator", tmp_path / "migrator")
    copytree(ROOT / "rules", tmp_path / "migrator" / "_rules")
    module = tmp_path / "migrator" / "reports" / "formats" / "count.py"
    module.write_text("def render(report):\n    return f'{len(report.outcomes)} files\\n'\n")
    (tmp_path / "config.yml").write_text("version: 2.1\njobs: {}\n")
    for arguments in (["--format", "count", "config.yml"], ["--no-such-option"], ["--help"]):
        done = subprocess.run(
            [sys.executable, "-m", "migrator", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        if arguments[0] == "--format":
            assert (done.returncode, done.stdout) == (0, "1 files\n"), done.stderr
        elif arguments[0] == "--help":
            assert "count" in done.stdout
        else:
            assert done.returncode == 2
