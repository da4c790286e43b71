"""Secrets at more than 200 positions of a repository, looked for in everything that the program prints or writes.

`docs/secrets.md` lists the positions at which a secret is shown: no other may be, and each of those is.
"""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from migrator.cli.app import run
from migrator.engine import passes
from migrator.engine.discovery import load_rules, rule_files
from migrator.engine.outcomes import Outcome
from migrator.policy import Policy
from migrator.reports.report import FORMATS, Report
from migrator.results.decisions import Answer, DecisionLog
from migrator.review.preview import preview
from migrator.review.scan import scan
from migrator.review.session import Session
from tests.bulk.repositories import ENVIRONMENT, git, make_bare
from tests.circleci.secrets.test_tokens import EXAMPLES
from tests.doses import IS_SOAK
from tests.places import DOCS
from tests.planted import plant, positions, spellings
from tests.review.terminal import CONTROL_C, Terminal

TOKENS = {f"token: {example.id}".replace("\n", " "): str(example.values[1]) for example in EXAMPLES}
POSITIONS = positions(TOKENS)
FILES = plant(POSITIONS)
POLICY = """\
[registries."docker.io"]
[aws]
[ecr]
home-region = "eu-west-1"
"""
QUOTING = '''\
"""Quotes every line of a file and every value of its tree, as the worst of rules would."""

from migrator import Rule, Safety
from migrator.tree import Text, walk


class QuotingRule(Rule):
    id = "quoting-rule"
    title = "Quote everything"
    safety = Safety.SAFE

    def check(self, config, policy):
        for number, line in enumerate(config.part.source.splitlines()):
            yield self.finding(config.root, f"line {line}", subject=f"line {number}")
        for number, node in enumerate(walk(config.root)):
            if isinstance(node, Text):
                yield self.finding(node, f"value {node.value!r}", subject=f"value {number}")
'''


def listed() -> list[str]:
    """The positions that the documentation says are shown."""
    table = (
        (DOCS / "secrets.md").read_text("utf-8").partition("<!-- shown -->")[2].partition("<!-- end of shown -->")[0]
    )
    return [name for row in re.findall(r"(?m)^\| (`.*?`) \|", table) for name in re.findall(r"`([^`]+)`", row)]


SHOWN = frozenset(listed())
_WORDS = {word: place.name for place in POSITIONS for word in spellings(place.secret)}


def found_in(text: str) -> set[str]:
    """The positions whose secret is in a text, in any spelling."""
    once = " ".join(set(text.split()))  # no secret has a blank
    return {name for word, name in _WORDS.items() if word in once}


def write_files(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class Command:
    """`migrate`, in this process, in a folder of its own and with all that it keeps below that."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self._capsys = folder, capsys
        monkeypatch.chdir(folder)
        state = {"XDG_STATE_HOME": str(folder / "state"), "XDG_CACHE_HOME": str(folder / "cache")}
        for name, value in {**ENVIRONMENT, **state, "MIGRATOR_DEBUG": "1"}.items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("MIGRATOR_NO_CACHE")

    def __call__(self, *arguments: str) -> str:
        self._capsys.readouterr()
        run(list(arguments))
        said = self._capsys.readouterr()
        assert "Traceback" not in said.err, said.err
        return said.out + said.err


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    work = tmp_path / "work"
    work.mkdir()
    return Command(work, monkeypatch, capsys)


def stored(folder: Path) -> str:
    """All that a folder holds, names of files included."""
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    return "\n".join(f"{file.name}\n{file.read_bytes().decode('utf-8', 'replace')}" for file in files)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, ...]:
    """Of every file, with all rules and the one that quotes everything."""
    rules = tmp_path_factory.mktemp("rules")
    write_files(rules, {"quoting_rule.py": QUOTING, "quoting_rule.md": "# Quote everything\n"})
    loaded = load_rules(sorted(rule_files([rules])), [rules])
    every = passes.choose_by_safety(review_too=True)
    return tuple(passes.run(name, text.encode(), loaded, Policy(), every) for name, text in FILES.items())


def test_each_position_is_planted_once_under_a_name_of_its_own() -> None:
    assert len({place.name for place in POSITIONS}) == len(POSITIONS) > 200 + len(TOKENS)
    assert len({place.secret for place in POSITIONS}) == len(POSITIONS)
    text = "\n".join(FILES.values())
    assert [place.name for place in POSITIONS if place.spelt not in text] == []
    assert {place.name for place in POSITIONS} >= SHOWN


def test_what_is_shown_is_what_the_documentation_lists(outcomes: tuple[Outcome, ...]) -> None:
    """As text, where every line and every value is quoted."""
    assert len(SHOWN) < 30
    report = Report(outcomes, Policy())
    assert found_in(import_module(FORMATS["text"]).render(report)) == SHOWN


@pytest.mark.parametrize("form", sorted(set(FORMATS) - {"text"}))
def test_no_report_shows_more(outcomes: tuple[Outcome, ...], form: str) -> None:
    assert found_in(import_module(FORMATS[form]).render(Report(outcomes, Policy()))) - SHOWN == set()


def test_neither_a_run_nor_what_it_writes_beside_the_files_shows_more(command: Command) -> None:
    folder = command.folder
    write_files(folder, {**FILES, "migrator.toml": POLICY})
    said = command("--ecr-plan", "ecr.sh", "--patch", "out.patch", "--output", "report")
    said += command("--write", "--review-too", "--format", "json", "--jobs", "1")
    said += (folder / "report").read_text() + (folder / "ecr.sh").read_text()
    assert "literal-secret" in said
    said += stored(folder / "state") + stored(folder / "cache")
    assert found_in(said) - SHOWN == set()
    assert len(found_in((folder / "out.patch").read_text())) > 100, "but for the patch that was asked for"


def test_no_policy_is_proposed_with_any(command: Command) -> None:
    write_files(command.folder, FILES)
    said = command("init", "--yes")
    assert "migrator.toml" in said
    assert found_in(said + (command.folder / "migrator.toml").read_text()) == set()


def test_no_question_shows_more(tmp_path: Path) -> None:
    rules = load_rules(sorted(rule_files()))
    scanned = [scan(name, text.encode(), rules, Policy()) for name, text in FILES.items()]
    log = DecisionLog(tmp_path / "decisions.toml")
    session = Session(scanned, rules, Policy(), log, lambda name: FILES[name].encode(), lambda outcome: outcome)
    shown: list[str] = []
    while session.question is not None:
        made = preview(session.question, session.mask, None)
        shown.append(f"{made!r}{made.diff.hunks(100)!r}")
        session.skip_file() if len(shown) % 8 == 0 else session.answer(Answer.SKIP)
    assert len(shown) > 20
    assert found_in("".join(shown)) - SHOWN == set()


def test_no_replay_shows_more(tmp_path: Path, command: Command) -> None:
    write_files(command.folder, {**FILES, "migrator.toml": POLICY})
    rules = load_rules(sorted(rule_files()))
    scanned = [scan(name, text.encode(), rules, Policy()) for name, text in FILES.items()]
    log = DecisionLog(tmp_path / "decisions.toml")
    session = Session(scanned, rules, Policy(), log, lambda name: FILES[name].encode(), lambda outcome: outcome)
    answered = 0
    while session.question is not None and answered < 60:
        session.answer(Answer.APPLY if answered % 3 else Answer.SKIP)
        answered += 1
    said = command("--replay", str(tmp_path / "decisions.toml"))
    assert "literal-secret" in said
    assert "open: " in said
    assert found_in(said + (tmp_path / "decisions.toml").read_text()) - SHOWN == set()


def test_no_screen_shows_more(tmp_path: Path) -> None:
    some = [place for place in POSITIONS if place.kind in ("job", "script", "step")][::9]
    write_files(tmp_path, {".circleci/config.yml": plant(some)[".circleci/config.yml"], "migrator.toml": POLICY})
    screen = Terminal(tmp_path, "--interactive", columns=160, rows=50)
    for number in range(1, 13):
        screen.shows(f"finding {number} of ")
        screen.press("n" if number % 3 else "y")
    screen.press(CONTROL_C)
    screen.end()
    assert found_in(screen.raw.decode("utf-8", "replace")) - SHOWN == set()
    assert found_in(stored(tmp_path / "state")) - SHOWN == set()


def test_no_campaign_shows_more_nor_keeps_more_in_its_ledger(tmp_path: Path, command: Command) -> None:
    work = command.folder
    broken = tuple(place.written for place in POSITIONS if place.kind == "broken")
    unread = {name: text for name, text in FILES.items() if text.endswith(broken)}
    read = [name for name in FILES if name not in unread][:: 1 if IS_SOAK else 6]
    make_bare(tmp_path / "top" / "app.git", {name: FILES[name] for name in read})
    make_bare(tmp_path / "top" / "broken.git", {**unread})
    said = command("bulk", "plan", "hub", "--source", f"dir:{tmp_path / 'top'}", "--review-too")
    said += command("bulk", "review", "hub") + command("bulk", "review", "hub", "--show", "app")
    said += command("bulk", "review", "hub", "--html", "review.html") + (work / "review.html").read_text()
    said += command("bulk", "review", "hub", "--approve", "all")
    said += command("bulk", "push", "hub", "--dry-run") + command("bulk", "push", "hub")
    said += command("bulk", "status", "hub", "--format", "json") + command("bulk", "status", "hub")
    message = git(tmp_path / "top" / "app.git", "log", "-1", "--format=%B", "migrator/hub")
    assert "literal-secret" in message
    assert found_in(said + message + stored(work)) - SHOWN == set()
