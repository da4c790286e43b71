"""The documentation as a static site: `python -m release.site FOLDER`, by Zensical (docs/zensical.toml).

Pages are written for a checkout, where links lead to files outside of docs/ as well. Of these the rules, what a
contributor reads and the changelog become pages; other links become text.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath

from migrator.engine.cases import split_page

ROOT = Path(__file__).parents[1]
_FENCED = re.compile(r"^(`{3,}).*?^\1$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?://|#)([^)#\s]+)(#[^)\s]*)?\)")


def pages(root: Path) -> dict[str, Path]:
    """The Markdown of the site, by path in it."""
    found = {file.relative_to(root / "docs").as_posix(): file for file in sorted((root / "docs").rglob("*.md"))}
    found |= {f"rules/{file.stem.replace('_', '-')}.md": file for file in sorted((root / "rules").rglob("*.md"))}
    return {**found, "contributing.md": root / "CONTRIBUTING.md", "changelog.md": root / "CHANGELOG.md"}


def adapted(text: str, file: Path, name: str, known: dict[Path, str]) -> str:
    """A page with its links as they are within the site. Code is left as it is."""

    def link(found: re.Match[str]) -> str:
        mark, words, target, anchor = found.groups(default="")
        there = Path(os.path.normpath(file.parent / target))
        if there in known:
            way = os.path.relpath(known[there], PurePosixPath(name).parent)
            return f"{mark}[{words}]({way}{anchor})"
        return words

    done, at = "", 0
    for code in _FENCED.finditer(text):
        done += _LINK.sub(link, text[at : code.start()]) + code[0]
        at = code.end()
    return done + _LINK.sub(link, text[at:])


def gather(root: Path, folder: Path) -> None:
    """Write the pages, and what they show, to a folder. The page of a rule is its prose, without the cases."""
    found = pages(root)
    pictures = {file: f"pictures/{file.name}" for file in (root / "docs" / "pictures").iterdir()}
    known = {file: name for name, file in found.items()} | pictures | {root / "README.md": "index.md"}
    for name, file in found.items():
        text = file.read_text("utf-8")
        if name.startswith("rules/"):
            more = f"`migrate rules {Path(name).stem} --cases` also shows its cases."
            text = f"{split_page(text)[0].rstrip()}\n\n{more}\n"
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(adapted(text, file, name, known), "utf-8")
    for file, name in pictures.items():
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(file, folder / name)


def build(root: Path, output: Path) -> str:
    """Build the site into a folder, which is replaced; return what the generator said.

    Raises `RuntimeError` with its words on any warning.
    """
    with tempfile.TemporaryDirectory() as scratch:
        gather(root, Path(scratch, "docs"))
        shutil.copyfile(root / "docs" / "zensical.toml", Path(scratch, "zensical.toml"))
        command = [sys.executable, "-m", "zensical", "build", "--strict"]
        done = subprocess.run(command, cwd=scratch, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        shutil.rmtree(output, ignore_errors=True)
        shutil.copytree(Path(scratch, "site"), output)
    return done.stdout


if __name__ == "__main__":
    where = Path(sys.argv[1] if len(sys.argv) > 1 else "site")
    print(build(ROOT, where), end="")
    print(f"open {where}/index.html")
