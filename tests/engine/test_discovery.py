"""Rules are found by path, alike for built-in ones and others, and what is no rule is refused by name."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest

from migrator.engine.discovery import built_in_directory, load, load_rules, rule_files, select
from migrator.errors import RuleError, UsageError
from migrator.rule import Rule, Safety

GOOD = """\
from dataclasses import dataclass
from migrator import Rule, Safety

@dataclass(frozen=True)
class Fact:
    name: str

class {name}(Rule):
    id = "{id}"
    title = "A title"
    safety = Safety.SAFE

    def check(self, config, policy):
        yield from ()
"""


def write(folder: Path, stem: str, text: str | None = None, *, page: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    name = "".join(word.capitalize() for word in stem.split("_"))
    path = folder / f"{stem}.py"
    path.write_text(GOOD.format(name=name, id=stem.replace("_", "-")) if text is None else text)
    if page:
        path.with_suffix(".md").write_text("# A title\n")
    return path


def refusal(folder: Path, rule: str) -> str:
    with pytest.raises(RuleError) as caught:
        load_rules([rule], [folder])
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_nothing_is_imported_by_listing(tmp_path: Path) -> None:
    write(tmp_path, "old_thing", "raise SystemExit('imported')")
    files = rule_files([tmp_path])
    assert files["old-thing"].class_name == "OldThing"
    assert list(files) == sorted(files)


def test_only_the_rules_asked_for_are_imported(tmp_path: Path) -> None:
    write(tmp_path, "old_thing")
    write(tmp_path, "broken_thing", "raise SystemExit('imported')")
    (rule,) = load_rules(["old-thing"], [tmp_path])
    assert (rule.id, rule.safety) == ("old-thing", Safety.SAFE)
    assert isinstance(rule, Rule)


def test_what_a_module_defines_can_be_pickled(tmp_path: Path) -> None:
    write(tmp_path, "old_thing")
    (rule,) = load_rules(["old-thing"], [tmp_path])
    fact = sys.modules[type(rule).__module__].Fact("x")
    assert pickle.loads(pickle.dumps(fact)) == fact


def test_two_topics_and_a_rule_without_topic(tmp_path: Path) -> None:
    write(tmp_path / "one", "thing_a")
    write(tmp_path / "two", "thing_b")
    write(tmp_path, "thing_c")
    files = rule_files([tmp_path])
    assert [files[name].topic for name in ("thing-a", "thing-b", "thing-c")] == ["one", "two", ""]


def test_a_directory_given_twice_is_read_once(tmp_path: Path) -> None:
    write(tmp_path, "old_thing")
    assert "old-thing" in rule_files([tmp_path, tmp_path])


def test_the_built_in_directory_may_be_given_too() -> None:
    assert rule_files([built_in_directory()]) == rule_files()


def test_hidden_and_private_files_are_no_rules(tmp_path: Path) -> None:
    for folder in ("_shared", ".git", "__pycache__"):
        write(tmp_path / folder, "old_thing", "broken(")
    write(tmp_path, "_base", "broken(", page=False)
    assert rule_files([tmp_path]) == rule_files()


def test_an_id_that_is_taken_names_both_files(tmp_path: Path) -> None:
    write(tmp_path / "a", "old_thing")
    write(tmp_path / "b", "old_thing")
    with pytest.raises(RuleError, match=r"b/old_thing\.py: id 'old-thing' is already taken by .*a/old_thing\.py"):
        rule_files([tmp_path])


def test_a_rule_without_a_page_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "old_thing", page=False)
    assert "has no page; write old_thing.md beside it" in refusal(tmp_path, "old-thing")


def test_a_file_name_that_is_no_id_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "OldThing")
    with pytest.raises(RuleError, match="named like its id"):
        rule_files([tmp_path])


def test_a_directory_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such directory of rules"):
        rule_files([tmp_path / "nowhere"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = (", "cannot be loaded: line 1: '(' was never closed"),
        ("\0", "cannot be loaded: source code"),
        ("import nothing_of_that_name", "cannot be loaded: ModuleNotFoundError: No module named"),
        ("raise SystemExit(3)", "cannot be loaded: SystemExit: 3"),
        ("x = 1", "expected one rule, the class OldThing; found none"),
        ("from migrator.rule import Rule as OldThing", "expected one rule, the class OldThing; found none"),
        (GOOD.format(name="Other", id="old-thing"), "expected one rule, the class OldThing; found Other"),
        (GOOD.format(name="OldThing", id="old-thing") + "class More(Rule): pass", "found OldThing, More"),
        (GOOD.format(name="OldThing", id="old-thingy"), "the id of OldThing must be 'old-thing'"),
        (GOOD.format(name="OldThing", id="old-thing").replace('"A title"', '""'), "needs a title of one line"),
        (GOOD.format(name="OldThing", id="old-thing").replace("Safety.SAFE", '"safe"'), "needs a safety"),
        (GOOD.format(name="OldThing", id="old-thing").replace("def check", "def chek"), "does not implement `check`"),
        (
            GOOD.format(name="OldThing", id="old-thing") + "    def __init__(self, x): pass",
            "cannot be created: TypeError",
        ),
    ],
)
def test_what_is_no_rule_is_refused_with_its_reason(tmp_path: Path, text: str, words: str) -> None:
    path = write(tmp_path, "old_thing", text)
    line = refusal(tmp_path, "old-thing")
    assert line.startswith(f"{path}: ")
    assert words in line


def test_selecting_and_ignoring() -> None:
    files = rule_files()
    first, *others = files
    assert select(files) == tuple(files)
    assert select(files, [first]) == (first,)
    assert select(files, [], [first]) == tuple(others)
    with pytest.raises(UsageError, match="no rule is left to run"):
        select(files, [first], [first])
    with pytest.raises(UsageError, match=f"did you mean '{first}'"):
        select(files, [first[:-1]])


def test_every_built_in_rule_loads() -> None:
    for file in rule_files().values():
        assert load(file).id == file.id
