"""`migrate --interactive` as a person sees it: the real program in a pseudo-terminal, key by key."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_snapshot.plugin import Snapshot

from migrator.results.decisions import Answer, read_decisions
from tests.places import ROOT
from tests.review.conftest import CONFIG, DECISIONS, IDS, RULES
from tests.review.terminal import CONTROL_C, CONTROL_D, DOWN, ENTER, ESCAPE, PAGE_DOWN, PAGE_UP, Terminal

POLICY = '[registries."docker.io"]\ncontext = "team-context"\n'
OWN = ("--rules", str(RULES), "--select", ",".join(IDS))
SECRET = "hunter2hunter2"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a policy and two configs, in which every kind of finding is made."""
    (tmp_path / "migrator.toml").write_text(POLICY)
    for name in ("app", "web"):
        (tmp_path / name / ".circleci").mkdir(parents=True)
        (tmp_path / name / ".circleci" / "config.yml").write_text(CONFIG)
    return tmp_path


def config(folder: Path, name: str = "app") -> Path:
    return folder / name / ".circleci" / "config.yml"


def interactive(folder: Path, *arguments: str, columns: int = 80, env: dict[str, str] | None = None) -> Terminal:
    return Terminal(folder, "--interactive", "--decisions", str(DECISIONS), *OWN, *arguments, columns=columns, env=env)


def only_images(folder: Path, count: int, env: dict[str, str] | None = None) -> Terminal:
    """A session about one file with so many findings of one rule."""
    shutil.rmtree(folder / "web", ignore_errors=True)
    jobs = "".join(f"  job{n}:\n    docker:\n      - image: acme/go:{n}\n    steps: [checkout]\n" for n in range(count))
    config(folder).write_text(f"version: 2.1\njobs:\n{jobs}")
    return Terminal(
        folder, "--interactive", "--decisions", str(DECISIONS), "--rules", str(RULES), "--select", "acme-image", env=env
    )


def test_a_walk_with_every_key(folder: Path, snapshot: Snapshot) -> None:
    screen = interactive(folder)

    def check(name: str, *words: str) -> None:
        snapshot.assert_match(screen.shows(*words), f"walk_{name}.txt")

    check("01_review", "acme-image, line 6", "finding 1 of 7")
    screen.press("w")
    check("02_page", "rule acme-image")
    screen.press(ESCAPE).wait("finding 1 of 7")
    screen.press("x").wait("x has no function here.")
    screen.press("b").wait("This is the first decision in this file.")
    screen.press("u").wait("There is no decision in this file to undo.")
    screen.press("y").wait("finding 2 of 7", "unauthenticated-image, line 6")
    screen.press("e")
    check("03_edit_which", "Which value?")
    screen.press(ENTER).wait("? context for docker.io: team-context")
    screen.press("\x15" + ENTER)
    check("04_edit_refused", "expected a value")
    screen.press("hub-\x07" + "x" * 200 + ENTER).wait("expected the name of a context")
    screen.press("\x15hub-context" + ENTER)
    check("05_edit_scope", "For what?")
    screen.press(ENTER)
    check("06_edited", "Changed. Press y to apply.", "Needs: context hub-context")
    screen.press(ENTER)
    check("07_menu", "(arrows and Enter, or the key)")
    screen.press(DOWN + ENTER).wait("finding 3 of 7")
    screen.press("u").wait("finding 2 of 7", "Undone.")
    screen.press("n").wait("finding 3 of 7")
    screen.press("b")
    check("08_back", "finding 2 of 7", "(decided: skip)")
    screen.press("y").wait("finding 3 of 7")
    screen.press("d")
    check("09_secret", "acme-secret, line 9")
    screen.press("a").wait("acme-image, line 15").press("y")
    check("10_manual", "acme-note, line 15")
    # That its image is called cimg/node once the other fix is made does not ask for it again.
    screen.press("n").wait("file 2 of 2", "acme-image, line 6")
    assert "cimg/go:1.22" in config(folder).read_text()
    screen.press("A")
    check("13_all", "Apply all of these, and write the files?")
    screen.press("n").wait("file 2 of 2", "acme-image, line 6").press("A").wait("Apply all of these").press("y")
    screen.wait("file 2 of 2", "unauthenticated-image, line 6")
    screen.press("D").wait("file 2 of 2", "acme-secret, line 9")
    screen.press("s")
    assert screen.end() == 1
    snapshot.assert_match(screen.text, "walk_11_summary.txt")
    assert config(folder, "web").read_text() == CONFIG
    assert SECRET.encode() not in screen.raw
    snapshot.assert_match(config(folder).read_text(), "walk_12_written.yml")
    decisions = read_decisions(folder / DECISIONS)
    assert SECRET not in (folder / DECISIONS).read_text()
    again = interactive(folder)
    assert again.end() == 1
    assert "Nothing to ask" in again.text
    assert len(read_decisions(folder / DECISIONS).recorded) == len(decisions.recorded)


def test_stopping_and_discarding(folder: Path, snapshot: Snapshot) -> None:
    screen = only_images(folder, 3).wait("finding 1 of 3")
    before = config(folder).read_text()
    screen.press("y").wait("finding 2 of 3").press("Q")
    assert screen.end() == 1
    snapshot.assert_match(screen.text, "discarded.txt")
    assert config(folder).read_text() == before
    assert not (folder / DECISIONS).exists()
    screen = only_images(folder, 3).wait("finding 1 of 3")
    screen.press("y").wait("finding 2 of 3").press("q")
    assert screen.end() == 1
    snapshot.assert_match(screen.text, "stopped.txt")
    assert config(folder).read_text() == before.replace("acme/go:0", "cimg/go:0")


def test_questions_come_first_where_there_is_no_policy(folder: Path, snapshot: Snapshot) -> None:
    (folder / "migrator.toml").unlink()
    screen = interactive(folder)
    snapshot.assert_match(screen.shows("Where do the credentials come from?"), "questions_1_where.txt")
    screen.press(ENTER)
    snapshot.assert_match(screen.shows("which context?"), "questions_2_context.txt")
    screen.press("\x15team-context" + ENTER).wait("Username for docker.io: which variable?")
    screen.press("\x15HUB_USER" + ENTER).wait("Password for docker.io: which variable?")
    screen.press("\x15secret1" + ENTER)
    snapshot.assert_match(screen.shows("a literal secret is not allowed"), "questions_3_refused.txt")
    screen.press("\x15$HUB_PASS" + ENTER)
    snapshot.assert_match(screen.shows("Save this as migrator.toml"), "questions_4_policy.txt")
    screen.press(ENTER).wait("finding 1 of 7").press("Q")
    assert screen.end() == 1
    saved = (folder / "migrator.toml").read_text()
    assert 'username = "$HUB_USER"\npassword = "$HUB_PASS"\ncontext = "team-context"\n' in saved


def test_enter_five_times_gives_no_job_a_context_of_another_job(folder: Path) -> None:
    (folder / "migrator.toml").unlink()
    shutil.rmtree(folder / "web")
    deploy = "  deploy:\n    docker:\n      - image: acme/deployer:3\n    steps: [checkout]\n"
    jobs = "workflows:\n  main:\n    jobs:\n      - build\n      - deploy: {context: production-aws-admin}\n"
    build = "version: 2.1\njobs:\n  build:\n    docker:\n      - image: acme/builder:3\n    steps: [checkout]\n"
    config(folder).write_text(build + deploy + jobs)
    screen = Terminal(folder, "--interactive", "--select", "unauthenticated-image")
    for question in ("Where do the credentials", "which context?", "Username", "Password", "Save this"):
        screen.wait(question).press(ENTER)
    screen.wait("finding 1 of 2").press("A").wait("Apply all of these").press("y")
    assert screen.end() == 0
    assert "Credentials for docker.io: which context? docker-hub-creds" in screen.text
    first, second = config(folder).read_text().split("- deploy:")
    assert first.endswith("      - build:\n          context:\n            - docker-hub-creds\n      ")
    assert second == " {context: [production-aws-admin, docker-hub-creds]}\n"


def test_what_a_policy_most_likely_does_not_mean_is_told_at_the_end(folder: Path) -> None:
    (folder / "migrator.toml").write_text(f'{POLICY}username = "HUB_USER"\nimages = ["none/*"]\n')
    screen = Terminal(folder, "--interactive", "--select", "unauthenticated-image", columns=120)
    assert screen.end() == 0
    assert screen.text.count('username: "HUB_USER" has no `$`') == 1


def test_answers_that_are_not_saved_are_kept_for_the_next_session(folder: Path) -> None:
    (folder / "migrator.toml").unlink()
    screen = interactive(folder).wait("Where do the credentials come from?")
    screen.press(DOWN + ENTER).wait("Username").press(ENTER).wait("Password").press(ENTER).wait("Save this")
    screen.press(DOWN + ENTER).wait("finding 1 of 7")
    assert not (folder / "migrator.toml").exists()
    screen.press("n").wait("finding 2 of 7", "project environment variables DOCKERHUB_USERNAME").kill()
    screen = interactive(folder).wait("finding 2 of 7", "project environment variables DOCKERHUB_USERNAME")
    screen.press("Q").end()


def test_discarding_keeps_the_answers_of_the_session_before(folder: Path) -> None:
    (folder / "migrator.toml").unlink()
    screen = interactive(folder).wait("Where do the credentials come from?")
    screen.press(DOWN + ENTER).wait("Username").press(ENTER).wait("Password").press(ENTER).wait("Save this")
    screen.press(DOWN + ENTER).wait("finding 1 of 7").press(CONTROL_D)
    assert screen.end() == 130
    screen = interactive(folder).wait("finding 1 of 7").press("y").wait("finding 2 of 7").press("Q")
    assert screen.end() == 1
    (kept,) = (folder / DECISIONS.parent / "circleci-migrator").rglob("*.toml")
    assert kept.name == "policy.toml"
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_reason_is_read_whole_on_a_narrow_screen(folder: Path) -> None:
    (folder / "migrator.toml").unlink()
    screen = interactive(folder, columns=40).wait("Where do the credentials come from?")
    screen.press(DOWN + ENTER).wait("Username").press(ENTER).wait("Password")
    screen.press("\x15secret1" + ENTER).wait("a literal secret is not allowed", '"$DOCKERHUB_PASSWOR', 'D"')
    screen.press(CONTROL_C).end()


def test_leaving_the_questions_leaves_nothing(folder: Path) -> None:
    (folder / "migrator.toml").unlink()
    screen = interactive(folder).wait("Where do the credentials come from?").press(CONTROL_C)
    assert screen.end() == 130
    assert sorted(path.name for path in folder.iterdir()) == ["app", "web"]


def test_what_needs_no_credentials_is_not_asked_for(folder: Path) -> None:
    (folder / "migrator.toml").unlink()
    screen = only_images(folder, 1).wait("finding 1 of 1").press("y")
    assert screen.end() == 0


def test_no_file_is_written_and_no_answer_lost_by_control_c(folder: Path, snapshot: Snapshot) -> None:
    screen = only_images(folder, 4).wait("finding 1 of 4")
    before = config(folder).read_text()
    screen.press("y").wait("finding 2 of 4").press("n").wait("finding 3 of 4").press(CONTROL_C)
    assert screen.end() == 130
    snapshot.assert_match(screen.text, "interrupted.txt")
    assert config(folder).read_text() == before
    screen = only_images(folder, 4).wait("finding 3 of 4", "acme/go:2")
    screen.press("y").wait("finding 4 of 4").press("n")
    assert screen.end() == 1
    assert config(folder).read_text() == before.replace("acme/go:0", "cimg/go:0").replace("acme/go:2", "cimg/go:2")


@pytest.mark.parametrize("keys", [ESCAPE + "w", ESCAPE + ENTER + ESCAPE + ESCAPE + "w"])
def test_a_key_right_after_leaving_a_menu_is_one_of_the_session(folder: Path, keys: str) -> None:
    screen = only_images(folder, 2).wait("finding 1 of 2").press(ENTER).wait("or the key").press(keys)
    screen.wait("rule acme-image").press(ESCAPE).wait("finding 1 of 2").press("Q")
    assert screen.end() == 1
    assert "Traceback" not in screen.text


def test_decisions_that_cannot_be_kept_end_the_session_in_one_line(folder: Path) -> None:
    screen = only_images(folder, 3).wait("finding 1 of 3").press("y").wait("finding 2 of 3")
    before = config(folder).read_text()
    shutil.rmtree(folder / DECISIONS.parent)
    (folder / DECISIONS.parent).write_text("")
    screen.press("y")
    assert screen.end() == 3
    assert "0 files written. Stopped by an error." in screen.text
    assert "cannot be written" in " ".join(screen.text.split())
    assert b"Traceback" not in screen.raw
    assert b"event loop" not in screen.raw
    assert config(folder).read_text() == before


def test_where_nothing_is_asked_the_reason_is_told(folder: Path) -> None:
    shutil.rmtree(folder / "web")
    config(folder).write_text("version: 2.1\njobs: {}\n")
    screen = interactive(folder)
    assert screen.end() == 0
    assert "0 files written. Nothing to decide." in screen.text
    config(folder).write_text("version: 2.1\n# migrator: ignore[nonsense]: why not\njobs: {}\n")
    screen = interactive(folder)
    assert screen.end() == 1
    assert "line 2: suppresses `nonsense`, which is not a rule" in screen.text


def test_a_session_that_is_ended_gives_the_screen_back(folder: Path) -> None:
    screen = only_images(folder, 3).wait("finding 1 of 3").press("y").wait("finding 2 of 3")
    screen.process.kill(signal.SIGTERM)
    assert screen.end() == 143
    assert screen.raw.rindex(b"\x1b[?1049l") > screen.raw.rindex(b"\x1b[?1049h")
    assert "Traceback" not in screen.text
    assert [each.answer for each in read_decisions(folder / DECISIONS).recorded] == [Answer.APPLY]


@pytest.mark.parametrize("how", ["kill", "hang_up"])
def test_no_answer_is_lost_by_a_crash_or_a_closed_terminal(folder: Path, how: str) -> None:
    screen = only_images(folder, 3).wait("finding 1 of 3")
    before = config(folder).read_text()
    screen.press("y").wait("finding 2 of 3")
    getattr(screen, how)()
    assert config(folder).read_text() == before
    assert [each.answer for each in read_decisions(folder / DECISIONS).recorded] == [Answer.APPLY]
    screen = only_images(folder, 3).wait("finding 2 of 3", "acme/go:1").press("y").wait("finding 3 of 3").press("y")
    assert screen.end() == 0
    assert "acme" not in config(folder).read_text()
    assert not list(folder.rglob("*migrate-tmp"))


COUNTING = """\
import atexit, pathlib, sys
count = 0
def note(frame, event, argument):
    global count
    count += event in ("call", "c_call")
atexit.register(lambda: pathlib.Path("calls").write_text(str(count)))
sys.setprofile(note)
"""


def test_an_answer_takes_as_much_work_with_many_findings_as_with_few(folder: Path) -> None:
    """Counted in calls of functions, which are as many on a loaded machine as on an idle one."""
    (folder / "counting").mkdir()
    (folder / "counting" / "sitecustomize.py").write_text(COUNTING)

    def work(count: int) -> int:
        shutil.rmtree(folder / DECISIONS.parent, ignore_errors=True)
        env = {"PYTHONPATH": os.pathsep.join([str(folder / "counting"), str(ROOT)])}
        screen = only_images(folder, count, env).wait(f"finding 1 of {count}")
        for number in range(2, count + 1):
            screen.press("y").wait(f"finding {number} of {count}")
        screen.press("y").wait("1 file written.")
        assert screen.end() == 0
        assert config(folder).read_text().count("cimg/go") == count
        return int((folder / "calls").read_text())

    few, some, many = work(10), work(20), work(50)
    assert (many - some) / 30 < 1.5 * (some - few) / 10


def test_a_resize_draws_everything_anew(folder: Path, snapshot: Snapshot) -> None:
    screen = interactive(folder).wait("finding 1 of 7")
    screen.resize(200, 50)
    snapshot.assert_match(screen.shows("finding 1 of 7", "all keys"), "resized_200x50.txt")
    screen.resize(80, 24)
    narrow = screen.shows("finding 1 of 7", "all keys")
    fresh = interactive(folder).shows("finding 1 of 7", "all keys")
    assert narrow == fresh
    screen.resize(40, 12)
    snapshot.assert_match(screen.shows("finding 1 of 7", "all keys"), "resized_40x12.txt")
    screen.resize(120, 30)
    screen.press(ENTER).wait("(arrows and Enter, or the key)").resize(80, 24)
    screen.press("n").wait("finding 2 of 7").press("Q")
    assert screen.end() == 1


def test_a_screen_of_200_columns(folder: Path, snapshot: Snapshot) -> None:
    screen = interactive(folder, columns=200).wait("finding 1 of 7").press("y")
    snapshot.assert_match(screen.shows("finding 2 of 7"), "wide_200.txt")
    screen.press("Q").end()


def test_a_long_finding_is_paged(folder: Path, snapshot: Snapshot) -> None:
    image = f"registry.example.com/{'a-long-name/' * 9}app"
    invocations = "".join(f"      - build:\n          name: build-{n}\n          context: org-{n}\n" for n in range(40))
    jobs = "jobs:\n  build:\n    docker:\n      - image: cimg/go:1\n    environment:\n"
    jobs += f"      IMAGE: {image}\n    steps: [checkout]\n"
    config(folder).write_text(f"version: 2.1\n{jobs}workflows:\n  main:\n    jobs:\n{invocations}")
    screen = interactive(folder, "app")
    first = screen.shows("lines 1-")
    snapshot.assert_match(first, "paged_1.txt")
    screen.press(PAGE_DOWN)
    snapshot.assert_match(screen.shows("lines 19-"), "paged_2.txt")
    screen.press(PAGE_UP)
    assert screen.shows("lines 1-") == first
    screen.press(" ").wait("lines 19-").press("y")
    assert screen.end() == 0


def test_colours_are_the_terminals_own_and_never_a_background(folder: Path) -> None:
    screen = interactive(folder).wait("finding 1 of 7")
    screen.press("w").wait("rule acme-image").press(ESCAPE).press(ENTER).wait("or the key").press("Q").end()
    # A bar that is shown while many files are read, or on a slow machine, comes before.
    review = screen.raw[screen.raw.index(b"\x1b[?1049h") :]
    codes = {code for sgr in re.findall(rb"\x1b\[([\d;]*)m", review) for code in sgr.split(b";")}
    assert b"32" in codes, "there are no colours at all"
    backgrounds = {str(n).encode() for n in (*range(40, 49), *range(100, 108), 38, 37, 97, 30)}
    assert not codes & backgrounds, "white, black and backgrounds are unreadable on somebody's terminal"


def test_no_color_turns_colours_off_and_tells_the_same(folder: Path) -> None:
    plain, coloured = interactive(folder, env={"NO_COLOR": "1"}), interactive(folder)
    assert plain.shows("finding 1 of 7", "all keys") == coloured.shows("finding 1 of 7", "all keys")
    plain.press("w").wait("rule acme-image").press(ESCAPE).press(ENTER).wait("or the key").press("Q").end()
    assert not re.search(rb"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]", plain.raw)
    coloured.press("Q").end()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--interactive needs a terminal; use --write, or --replay FILE"),
        (("--write",), "--interactive cannot be used with --write"),
        (("--patch", "p"), "--interactive cannot be used with --patch"),
        (("--format", "json"), "--interactive cannot be used with --format"),
        (("-",), "--interactive cannot be used with -"),
    ],
)
def test_without_a_terminal_one_line_says_what_to_use(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "migrator", "--interactive", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (folder / DECISIONS).exists()


def test_a_terminal_that_can_do_nothing_is_none(folder: Path) -> None:
    screen = interactive(folder, env={"TERM": "dumb"})
    assert screen.end() == 2
    assert "needs a terminal" in screen.text


def test_a_file_that_cannot_be_read_is_told_at_the_end(folder: Path) -> None:
    config(folder, "web").write_text("a: [")
    screen = interactive(folder).wait("finding 1 of 7").press("s")
    assert screen.end() == 3
    assert "failed web/.circleci/config.yml" in " ".join(screen.text.split())
