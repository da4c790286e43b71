"""Planted secrets, looked for in everything that the program prints or writes, in any spelling.

The only two places that hold one are the file itself and a patch that was asked for.
"""

from __future__ import annotations

import base64
import json
import os
import stat
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from urllib.parse import quote

import pytest

from migrator.engine import passes
from migrator.engine.batch import write
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Failed
from migrator.policy import Policy
from migrator.reports.report import FORMATS, Report
from migrator.results.decisions import DecisionLog
from migrator.review.preview import preview
from migrator.review.scan import scan
from migrator.review.session import Session
from tests.places import ROOT

# Each stands in another place; together they need every way to spell a value.
AUTH = 'Au7h"Se\\nt1nel $&9'
LOGIN = "L0g!n'Sentinel=/7"
TOKEN = "5ent1nelT0ken9f86d081884c"
KEY = "wJ4lrXUtnFEM1qK7MDENGxbPxRf1CYzZTTKKEYab"
LINE = "s3ntinelLineOfAKeyFile0123456789"
SERVICE = "kT9x-Vq2mWz7Lb-Sent1nel"
COMMENT = "c0mmentSent1nelQ8w9E0r"
ALL = (AUTH, LOGIN, TOKEN, KEY, LINE, SERVICE, COMMENT)

CONFIG = f"""\
version: 2.1
jobs:
  build:
    docker:
      - image: acme/app:1
        auth:
          username: bot
          password: {json.dumps(AUTH)}
      - image: eu.gcr.io/acme/db:1
        auth:
          username: _json_key
          password: |
            {{
              "private_key": "{LINE}"
            }}
      - image: postgres:14
        environment:
          POSTGRES_PASSWORD: {SERVICE}
      - image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/app:1
        aws_auth: {{aws_access_key_id: $AWS_ACCESS_KEY_ID, aws_secret_access_key: {KEY}}}
    environment:
      API_TOKEN: {TOKEN}  # and again: {TOKEN}
      MODE: fast
    steps:
      # DEPLOY_TOKEN: {COMMENT}
      - run: |
          docker login -u bot -p "{LOGIN}"
          curl https://example.com/?token={quote(LOGIN, safe="")}&b={base64.b64encode(TOKEN.encode()).decode()}
      - run: {json.dumps(f"curl -u 'bot:{SERVICE}' https://example.com")}
workflows:
  main:
    jobs:
      - build
"""
# Each of these is refused with a message that could quote what stands there.
BROKEN = {
    "alias": CONFIG.replace(f"POSTGRES_PASSWORD: {SERVICE}", f"POSTGRES_PASSWORD: *{SERVICE}"),
    "alias on the next line": CONFIG.replace(
        f"POSTGRES_PASSWORD: {SERVICE}", f"POSTGRES_PASSWORD:\n            *{SERVICE}"
    ),
    "alias in a list": CONFIG.replace("      MODE: fast", f"      MODE: fast\n      ANYTHING: [x, *L{SERVICE}]"),
    "alias for a key": CONFIG + f"*{TOKEN}: 1\n",
    "twice an item with a value": CONFIG.replace(
        "      MODE: fast", f"      MODE: fast\n      API_TOKEN={TOKEN}:\n      API_TOKEN={TOKEN}:"
    ),
    "unclosed": CONFIG + f'\nAPI_TOKEN: "{TOKEN}\n  : [',
    "duplicate": CONFIG + f"\n{{}}: 1\nAPI_TOKEN: {TOKEN}\nAPI_TOKEN: {TOKEN}\n",
    "tab": CONFIG.replace("      MODE: fast", f"\tDEPLOY_TOKEN: {TOKEN}"),
}


def spellings(secret: str) -> set[str]:
    """A value as it is, and as YAML, JSON, a shell, a URL, base64 and a masked line's neighbours may spell it."""
    words = {secret, secret.strip(), json.dumps(secret)[1:-1], secret.replace("'", "''"), quote(secret, safe="")}
    words |= {repr(secret)[1:-1], base64.b64encode(secret.encode()).decode().rstrip("=")}
    words |= {json.dumps(word)[1:-1] for word in set(words)}
    return words


def found_in(text: str) -> list[str]:
    return [secret for secret in ALL for word in spellings(secret) if word in text]


def run(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "migrator", *arguments],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDEVMODE": "1", "PYTHONWARNINGS": "ignore"},
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".circleci").mkdir()
    (tmp_path / ".circleci" / "config.yml").write_text(CONFIG)
    (tmp_path / "migrator.toml").write_text('[aws]\n[registries."docker.io"]\n')
    return tmp_path


def test_the_search_finds_what_is_planted() -> None:
    assert set(found_in(CONFIG)) == set(ALL)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "rules",
    [(), ("--select", "literal-secret"), ("--select", "unauthenticated-image")],
    ids=["all", "this", "another"],
)
@pytest.mark.parametrize("mode", [(), ("--write", "--review-too")], ids=["dry", "write"])
def test_no_report_shows_one(folder: Path, form: str, rules: tuple[str, ...], mode: tuple[str, ...]) -> None:
    done = run(folder, *rules, *mode, "--format", form, "--output", "report")
    report = (folder / "report").read_text()
    assert found_in(done.stdout + done.stderr + report) == []
    again = run(folder, *rules, *mode, "--format", form)
    assert found_in(again.stdout + again.stderr) == []
    if "literal-secret" in rules[:2] and rules[0] == "--select":
        assert "literal-secret" in report


@pytest.mark.parametrize(("more", "said"), [("", "1 value is"), (f"    # OLD_PASSWORD={SERVICE}\n", "2 values are")])
def test_what_only_a_name_makes_likely_is_counted_and_leaves_the_exit_code_alone(
    folder: Path, more: str, said: str
) -> None:
    path = folder / ".circleci" / "config.yml"
    job = "    docker: [image: acme/app:1]\n    steps: [checkout]\n"
    text = f"version: 2.1\njobs:\n  build:\n{more}    # DEPLOY_TOKEN: {COMMENT}\n{job}"
    path.write_text(text)
    (file,) = json.loads(run(folder, "--format", "json").stdout)["files"]
    assert file["hidden"] == len(more.splitlines()) + 1
    done = run(folder, "--write")
    assert f"  {said} hidden as a precaution; no finding names " in done.stdout
    assert done.returncode == 0
    path.write_text(text.replace("#", "#x").replace(COMMENT, "changeme").replace(SERVICE, "changeme"))
    assert "precaution" not in run(folder).stdout


def test_what_a_finding_names_is_not_counted_as_hidden_by_precaution(folder: Path) -> None:
    (file,) = json.loads(run(folder, "--format", "json").stdout)["files"]
    assert file["hidden"] == 1, "the one in the comment"
    (file,) = json.loads(run(folder, "--format", "json", "--write", "--review-too").stdout)["files"]
    assert file["hidden"] == 1


def test_what_is_masked_is_still_a_diff(folder: Path) -> None:
    done = run(folder, "--select", "literal-secret", "--review-too")
    assert '-          password: "****"\n+          password: "$DOCKERHUB_PASSWORD"\n' in done.stdout
    assert "-      API_TOKEN: ****  # and again: ****\n" in done.stdout


def test_the_filter_writes_the_file_and_shows_nothing(folder: Path) -> None:
    done = run(folder, "-", "--review-too", "--select", "literal-secret", stdin=CONFIG)
    assert set(found_in(done.stdout)) == {SERVICE, COMMENT, TOKEN, LOGIN}, "what no rule moves is the file's own"
    assert found_in(done.stderr) == []


def test_a_patch_holds_them_is_private_and_says_so(folder: Path) -> None:
    done = run(folder, "--review-too", "--select", "literal-secret", "--patch", "out.patch")
    patch = folder / "out.patch"
    assert found_in(done.stdout + done.stderr) == []
    assert {AUTH, LOGIN, TOKEN, KEY, LINE} <= set(found_in(patch.read_text()))
    assert stat.S_IMODE(patch.stat().st_mode) == 0o600
    assert "it contains secrets as they are: keep it private" in done.stderr
    assert subprocess.run(["git", "apply", "out.patch"], cwd=folder, check=False).returncode == 0
    assert AUTH not in (folder / ".circleci" / "config.yml").read_text()


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("form", FORMATS)
def test_no_error_quotes_one(folder: Path, name: str, form: str) -> None:
    (folder / ".circleci" / "config.yml").write_text(BROKEN[name])
    done = run(folder, "--format", form)
    assert done.returncode == 3
    assert found_in(done.stdout + done.stderr) == []


@pytest.mark.parametrize("joint", ['" "', '" + "', '"\n        "'])
def test_a_secret_in_several_strings_of_a_generator_is_hidden_in_each(folder: Path, joint: str) -> None:
    halves = (TOKEN[:12], TOKEN[12:])
    source = """\
import subprocess

config = {
    "version": 2.1,
    "jobs": {"build": {"docker": [{"image": "acme/app:1", "auth": {"username": "bot", "password": ("@")}}]}},
}
subprocess.run(["docker", "login", "-u", "bot", "-p", ("@")])
"""
    (folder / ".circleci" / "config.py").write_text(source.replace("@", joint.join(halves)))
    for form in FORMATS:
        done = run(folder, "--format", form, ".circleci/config.py")
        assert "literal-secret" in done.stdout
        assert not any(half in done.stdout + done.stderr for half in halves)


def test_a_rule_that_breaks_shows_none(folder: Path) -> None:
    (folder / "rules").mkdir()
    (folder / "rules" / "broken_rule.md").write_text("# Broken\n")
    (folder / "rules" / "broken_rule.py").write_text(
        '"""Broken."""\n\nfrom migrator import Rule, Safety\nfrom migrator.circleci.lookup import key_of\n\n\n'
        'class BrokenRule(Rule):\n    id = "broken-rule"\n    title = "Broken"\n    safety = Safety.SAFE\n\n'
        "    def check(self, config, policy):\n"
        "        secret = config.images[0].auth.value.get('password').value\n        raise ValueError(secret)\n"
    )
    for form in FORMATS:
        done = run(folder, "--rules", "rules", "--select", "broken-rule", "--format", form)
        assert done.returncode == 3
        assert found_in(done.stdout + done.stderr) == []


def test_a_rule_that_quotes_one_is_masked(folder: Path) -> None:
    (folder / "rules").mkdir()
    (folder / "rules" / "telling_rule.md").write_text("# Telling\n")
    (folder / "rules" / "telling_rule.py").write_text(
        '"""Telling."""\n\nfrom migrator import Rule, Safety\n\n\n'
        'class TellingRule(Rule):\n    id = "telling-rule"\n    title = "Telling"\n    safety = Safety.SAFE\n\n'
        "    def check(self, config, policy):\n        for image in config.images:\n"
        "            if image.auth:\n                for entry in image.auth.value.entries:\n"
        "                    yield self.finding(image.node, f'{entry.name} is {entry.value.value!r}')\n"
    )
    for form in FORMATS:
        done = run(folder, "--rules", "rules", "--select", "telling-rule", "--format", form)
        assert done.returncode == 1
        assert "password is" in done.stdout
        assert found_in(done.stdout + done.stderr) == []


def test_a_file_that_cannot_be_written_shows_none(folder: Path) -> None:
    path = folder / ".circleci" / "config.yml"
    rules = load_rules(["literal-secret"])
    outcome = passes.run(str(path), CONFIG.encode(), rules, Policy(), passes.choose_by_safety(review_too=True))
    path.write_text(CONFIG + "# changed by somebody else\n")
    failed = write(outcome)
    assert isinstance(failed, Failed)
    assert found_in(repr(outcome) + repr(failed)) == []
    for module in FORMATS.values():
        report = import_module(module).render(Report((failed,), Policy()))
        assert "literal-secret" in report
        assert found_in(report) == []


def test_no_question_shows_one_however_long_the_lines_around_it_are(tmp_path: Path) -> None:
    lines = ("- run: |", f"    true {'x' * 9000}", f"    export API_TOKEN={TOKEN}")
    text = "version: 2.1\njobs:\n  a:\n    machine: true\n    steps:\n" + "".join(f"      {line}\n" for line in lines)
    rules = load_rules(["literal-secret"])
    scanned = [scan("c.yml", text.encode(), rules, Policy())]
    log = DecisionLog(tmp_path / "decisions.toml")
    session = Session(scanned, rules, Policy(), log, lambda _: text.encode(), write)
    assert session.question is not None
    shown = preview(session.question, session.mask, None)
    for context in (3, 100):
        rows = [row.text for hunk in shown.diff.hunks(context) for row in hunk]
        assert any("export API_TOKEN=****" in row for row in rows)
        assert found_in("\n".join(rows)) == []
    assert found_in(repr(shown)) == []


@pytest.mark.parametrize("word", ["docker", "build", "postgres", "true", "admin", "DOCKERHUB_PASSWORD"])
def test_a_word_of_every_report_does_not_blank_it(folder: Path, word: str) -> None:
    text = f"""\
version: 2.1
jobs:
  build:
    docker:
      - image: acme/app:1
        auth: {{username: bot, password: "{word}"}}
      - image: postgres:14
        environment: {{POSTGRES_PASSWORD: {word}}}
    steps: [run: docker build .]
workflows: {{main: {{jobs: [build]}}}}
"""
    (folder / ".circleci" / "config.yml").write_text(text)
    done = run(folder, "--review-too")
    assert "****" not in done.stdout
