"""`migrate rules new ID`: a rule and its page that work, as an example to be replaced."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template

import click

from migrator.cli.options import named
from migrator.engine.discovery import RuleFile, rule_files
from migrator.errors import UsageError, WriteError
from migrator.files.writing import refuse_link, write_new

TEMPLATES = Path(__file__).parent / "templates"
_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_COMMANDS = ("new", "test")
_TOPIC = re.compile(r"[a-z][a-z0-9_]*")


@click.command()
@click.argument("name", metavar="ID")
@click.option("--topic", metavar="T", help="The folder of DIR that it goes to, such as `images`.")
@click.option(
    "--dir",
    "directory",
    metavar="DIR",
    default="rules",
    show_default=True,
    callback=named,
    help="The directory of rules.",
)
def command(name: str, topic: str | None, directory: str) -> None:
    """Write a new rule ID and its page. The id names what is wrong, such as frozen-image."""
    if not _ID.fullmatch(name) or name in _COMMANDS:
        raise UsageError(
            f"'{name}' is not a valid rule id; expected lower-case words with hyphens, such as frozen-image"
        )
    if topic is not None and not _TOPIC.fullmatch(topic):
        raise UsageError(f"--topic: '{topic}' is not a valid folder name for rules; expected a word such as images")
    folder = Path(directory, topic) if topic else Path(directory)
    taken = rule_files([Path(directory)] if Path(directory).is_dir() else []).get(name)
    if taken:
        raise UsageError(f"id '{name}' is already taken by {taken.path}")
    file = RuleFile(name, topic or "", folder / f"{name.replace('-', '_')}.py")
    words = {"id": name, "class_name": file.class_name, "words": name.replace("-", " ").capitalize()}
    for path in (file.path, file.page):
        refuse_link(path)
        if path.exists():
            raise UsageError(f"{path}: already exists; choose another id, or remove it")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, template in ((file.path, "rule.py.tmpl"), (file.page, "page.md.tmpl")):
            text = Template((TEMPLATES / template).read_text("utf-8")).substitute(words)
            write_new(path, text.encode("utf-8"))
            print(path)
    except OSError as error:
        raise WriteError(f"{error.filename}: cannot be written: {error.strerror}") from None
