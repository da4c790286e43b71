"""What becomes of a file whose edits go wrong, and of rules that never come to an end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from migrator import Config, Finding, Policy, Rule, Safety
from migrator.changes import AddEntry, AddItem, Change, RemoveEntry, RenameKey
from migrator.cli.app import run as migrate
from migrator.documents.edits import TextEdit, apply_edits
from migrator.documents.yaml.file import YamlText
from migrator.engine.outcomes import Changed, Decision, Failed
from migrator.engine.passes import Proposal, choose_by_safety, run
from migrator.tree import Node
from tests.engine.test_verify import CHANGES, CONFIG, spoilt, values
from tests.nodes import mapping, sequence

Edits = Callable[[YamlText, Sequence[Change]], list[TextEdit]]
DAMAGE = [name for name, _ in spoilt([TextEdit(1, 1, "x")])]


class Once(Rule):
    """Asks for one change of the file as it is found."""

    id = "once"
    title = "Once"
    safety = Safety.SAFE

    def __init__(self, make: Callable[[Node], Change]) -> None:
        self.make = make
        self.asked = False

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        if not self.asked:
            self.asked = True
            yield self.finding(config.root, "should change", self.make(config.root))


class Other(Once):
    id = "other"


class Endless(Rule):
    id = "endless"
    title = "Endless"
    safety = Safety.SAFE

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        steps = sequence(config.root, "jobs", "build", "steps")
        yield self.finding(steps, "one more", AddItem(steps, len(steps.items), "checkout"))


def outcome_of(*rules: Rule) -> Changed | Failed:
    outcome = run("config.yml", CONFIG.encode(), rules, Policy(), choose_by_safety(review_too=False))
    assert isinstance(outcome, Changed | Failed)
    return outcome


@pytest.fixture
def spoil(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Have every edit of a YAML file go wrong in the way of that name."""
    sound: Edits = YamlText.edits

    def damage(how: str) -> None:
        def edits(self: YamlText, changes: Sequence[Change]) -> list[TextEdit]:
            return dict(spoilt(sound(self, changes)))[how]

        monkeypatch.setattr(YamlText, "edits", edits)

    return damage


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("make", CHANGES, ids=lambda f: f.__name__)
def test_an_edit_that_gives_another_config_fails_the_file(
    make: Callable[[Node], Change], how: str, spoil: Callable[[str], None]
) -> None:
    document = YamlText(CONFIG)
    wanted = values(YamlText(apply_edits(CONFIG, document.edits([make(document.root)]))).root)
    spoil(how)
    outcome = outcome_of(Once(make))
    if isinstance(outcome, Changed):  # damage to blanks and comments alone
        assert values(YamlText(outcome.after).root) == wanted
        return
    assert outcome.rule == "once"
    assert outcome.reason.startswith("an edit of `once` was not made, because it did not give the intended config (")
    assert "\n" not in outcome.reason


def test_the_rule_whose_edit_went_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    sound: Edits = YamlText.edits

    def edits(self: YamlText, changes: Sequence[Change]) -> list[TextEdit]:
        made = sound(self, changes)
        renames = any(isinstance(change, RenameKey) for change in changes)
        return [TextEdit(e.start, e.end, e.text + "x") for e in made] if renames else made

    monkeypatch.setattr(YamlText, "edits", edits)
    rename = Other(lambda root: RenameKey(mapping(root, "jobs"), mapping(root, "jobs").entries[0], "compile"))
    outcome = outcome_of(Once(CHANGES[0]), rename)
    assert isinstance(outcome, Failed)
    assert outcome.rule == "other"
    assert "`once`" not in outcome.reason


def test_rules_that_do_not_settle_are_named() -> None:
    outcome = outcome_of(Once(CHANGES[0]), Endless())
    assert isinstance(outcome, Failed)
    assert outcome.rule == "endless"
    assert outcome.reason == "`endless` still found something to fix after 10 passes"


def test_the_file_stays_as_it_was_and_others_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sound: Edits = YamlText.edits

    def edits(self: YamlText, changes: Sequence[Change]) -> list[TextEdit]:
        made = sound(self, changes)
        return [TextEdit(e.start, e.end, e.text.replace("\n", "\n ")) for e in made] if "spoilt" in self.text else made

    monkeypatch.setattr(YamlText, "edits", edits)
    monkeypatch.chdir(tmp_path)
    sources = {"sound.yml": CONFIG, "spoilt.yml": CONFIG + "# spoilt\n"}
    for name, text in sources.items():
        Path(name).write_text(text)
    assert migrate(["--write", "--select", "unauthenticated-image", *sources]) == 3
    told = capsys.readouterr()
    assert Path("spoilt.yml").read_text() == sources["spoilt.yml"]
    assert "auth:" in Path("sound.yml").read_text().partition("jobs:")[2]
    (line,) = told.err.splitlines()
    assert line.startswith("migrate: spoilt.yml: an edit of `unauthenticated-image` was not made")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(sources)


class LoseAnchor(Rule):
    id = "lose-anchor"
    title = "Lose an anchor"
    safety = Safety.SAFE

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        top = mapping(config.root)
        yield self.finding(top, "should go", RemoveEntry(top, top.entries[0]))


def test_a_change_that_has_no_clean_edit_is_told_and_the_rest_is_made() -> None:
    data = CONFIG.replace("steps: [", "steps: [{run: *auth}, ").encode()
    rules = [LoseAnchor(), Once(CHANGES[0])]
    outcome = run("config.yml", data, rules, Policy(), choose_by_safety(review_too=False))
    assert isinstance(outcome, Changed)
    assert [located.rule for located in outcome.applied] == ["once"]
    assert [(located.rule, located.why_not) for located in outcome.left] == [
        ("lose-anchor", "it would remove the anchor of `*auth`")
    ]


ABOVE = "version: 2.1\njobs:\n  build:\n    docker:\n      - image: acme/app\n    steps:\n      - checkout\n"


class Above(Rule):
    """Puts an entry above everything, once."""

    id = "above"
    title = "Above"
    safety = Safety.SAFE

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        top = mapping(config.root)
        if top.get("setup") is None:
            yield self.finding(top, "put it above", AddEntry(top, "setup", "x"))


class Below(Rule):
    """Says where the steps are, and mends them twice: what comes up after a fix is another finding."""

    id = "below"
    title = "Below"
    safety = Safety.SAFE

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        steps = sequence(config.root, "jobs", "build", "steps")
        if len(steps.items) < 3:
            yield self.finding(steps, "one more", AddItem(steps, len(steps.items), "checkout"))
        else:
            yield self.finding(steps, "look here")


def test_a_finding_is_placed_in_the_file_as_it_was_read_whatever_was_put_above_it() -> None:
    outcome = run("config.yml", ABOVE.encode(), (Above(), Below()), Policy(), choose_by_safety(review_too=False))
    assert isinstance(outcome, Changed)
    assert outcome.after.startswith("setup: x\n")
    assert [(each.rule, each.line, each.column) for each in outcome.applied] == [
        ("above", 1, 1),
        ("below", 7, 7),
        ("below", 7, 7),
    ]
    assert [(each.rule, each.line, each.column) for each in outcome.left] == [("below", 7, 7)]


def test_what_is_found_again_where_a_fix_was_made_is_asked_about_as_another_finding() -> None:
    asked: list[str] = []

    def once(proposal: Proposal) -> Decision:
        asked.append(proposal.located.fingerprint)
        return Decision.APPLY if len(asked) == 1 else Decision.SKIP

    outcome = run("config.yml", ABOVE.encode(), (Below(),), Policy(), once)
    assert isinstance(outcome, Changed)
    assert outcome.after.count("- checkout") == 2
    assert len(asked) == len(set(asked)) == 2
    assert [each.fingerprint for each in outcome.applied] == asked[:1]
    assert [each.fingerprint for each in outcome.left] == asked[1:]
