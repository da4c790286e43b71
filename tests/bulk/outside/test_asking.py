"""The same plan for the same repository, whichever source it is read from; and how much is asked for to get it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.bulk.generated import File, absent_beside, sources_of
from migrator.bulk.outside.asking import asking, complete
from migrator.policy import Policy
from tests.bulk.conftest import Bulk, Host
from tests.bulk.hosts.github.fake import GitHub
from tests.bulk.repositories import commit, config, git, make_bare
from tests.doses import examples

CONFIG = ".circleci/config.yml"
JOB = "docker:\n  - image: acme/app:1\nsteps:\n  - checkout\n"
ORB = {
    "src/@orb.yml": "version: 2.1\n",
    "src/jobs/build.yml": JOB,
    "src/examples/x.md": "x",
    "src/.hidden/jobs/old.yml": JOB,
    CONFIG: "version: 2.1\nsetup: true\norbs: {orb-tools: circleci/orb-tools@12.0}\n",
}
REPOSITORIES: dict[str, dict[str, str]] = {
    "plain": {CONFIG: config(), "Makefile": "all:\n\techo\n", "README.md": "x", "src/main.py": "x"},
    "make": {
        CONFIG: config(),
        "Makefile": "ci:\n\truby ci/make.rb > .circleci/config.yml\n",
        "ci/make.rb": "image: a\n",
    },
    "gone": {CONFIG: config(), "Makefile": "ci:\n\truby ci/make.rb > .circleci/config.yml\n"},
    "script": {CONFIG: config(), "package.json": '{"scripts": {"ci": "node x.js > .circleci/config.yml"}}', "x.js": ""},
    "inside": {CONFIG: config(), ".circleci/Makefile": "config.yml: gen.rb\n\truby gen.rb > config.yml\n"},
    "header": {CONFIG: "# run: erb ci/config.erb > .circleci/config.yml\n" + config(), "ci/config.erb": "image: x\n"},
    "step": {
        CONFIG: config().replace("make build", "ci/gen.sh && git diff --exit-code .circleci/config.yml"),
        "ci/gen.sh": "echo image: x\n",
    },
    "packed": {
        CONFIG: config(),
        "Makefile": "ci:\n\tcircleci config pack deep/er/tree > .circleci/config.yml\n",
        "deep/er/tree/@config.yml": "version: 2.1\n",
        "deep/er/tree/jobs/build.yml": JOB,
        "deep/er/tree/workflows/main.yml": "jobs: [build]\n",
    },
    "orb": ORB,
    "owned": {CONFIG: config(), ".github/CODEOWNERS": "* @acme/web\n", "CODEOWNERS": "* @acme/other\n"},
    "not-named": {CONFIG: config(), "a/b/src/@orb.yml": "version: 2.1\n", "a/b/src/jobs/build.yml": JOB},
    "leads-out": {
        CONFIG: config(),
        "Makefile": "ci:\n\truby ../../x.rb > .circleci/config.yml\n\tcircleci config pack ..\n",
    },
    "tasks": {CONFIG: config(), "Taskfile.yml": "tasks: {ci: {cmds: ['yq . ci/a.yml > .circleci/config.yml']}}\n"},
}
LINKS = {
    "linked": {"circleci/config.yml": config()},
    "recipe": {CONFIG: config(), "build/ci.mk": REPOSITORIES["make"]["Makefile"]},
}
POINTS = {"linked": (".circleci", "circleci"), "recipe": ("Makefile", "build/ci.mk")}


def link(repository: Path, name: str, target: str) -> None:
    data = "commit refs/heads/main\ncommitter A <a@example.com> 1700000000 +0000\ndata 4\nlink\nfrom main\n"
    git(repository, "fast-import", "--quiet", given=f"{data}M 120000 inline {name}\ndata {len(target)}\n{target}\n")


def make_all(folder: Path) -> None:
    for name, files in {**REPOSITORIES, **LINKS}.items():
        make_bare(folder / f"{name}.git", dict(files))
        if name in POINTS:
            link(folder / f"{name}.git", *POINTS[name])


def seen(bulk: Bulk, name: str, *source: str) -> dict[str, Any]:
    """What a campaign says of each repository."""
    planned = bulk("plan", name, *source, "--review-too")
    assert planned.code in (0, 1), planned.err
    said = json.loads(bulk("status", name, "--format", "json", "--no-refresh").out)["repositories"]
    rows = {}
    for each in said:
        shown = each["repository"].rpartition("/")[2]
        diff = bulk("review", name, "--show", each["repository"]).out if each["state"] == "planned" else ""
        rows[shown] = (each["state"], each["message"], diff)
    return rows


@pytest.fixture
def three(host: Host, tmp_path: Path) -> dict[str, tuple[str, ...]]:
    """The same repositories as a folder of checkouts, as a list of URLs, and at GitHub."""
    host.repositories.clear()
    folder = tmp_path / "three"
    make_all(folder)
    host.repositories.update(GitHub(folder).repositories)
    names = [*REPOSITORIES, *LINKS]
    for name in names:
        git(tmp_path, "clone", "-q", str(folder / f"{name}.git"), str(tmp_path / "checkouts" / name))
    (tmp_path / "list").write_text("".join(f"{folder}/{name}.git\n" for name in names))
    return {
        "github": ("--source", "github:acme", "--api-url", host.url),
        "git": ("--source", f"file:{tmp_path}/list"),
        "dir": ("--source", f"dir:{tmp_path}/checkouts"),
        "bare": ("--source", f"dir:{folder}"),
    }


def test_a_repository_has_one_plan_whatever_it_is_read_from(
    three: dict[str, tuple[str, ...]], host: Host, bulk: Bulk
) -> None:
    found = {kind: seen(bulk, kind, *source) for kind, source in three.items()}
    states = {name: row[0] for name, row in found["github"].items()}
    assert states == {
        **dict.fromkeys(("plain", "not-named", "leads-out", "linked", "packed", "orb", "owned"), "planned"),
        **dict.fromkeys(("make", "gone", "script", "inside", "header", "step", "tasks", "recipe"), "unchanged"),
    } | {"leads-out": "unchanged"}
    for kind in ("git", "dir", "bare"):
        assert found[kind] == found["github"], kind
    messages = {name: row[1] for name, row in found["github"].items()}
    assert "line 1 of it has images or logins" in messages["make"]
    assert "from ci/make.rb (line 2 of Makefile writes it); change that" in messages["gone"]
    assert "src/jobs/build.yml" in found["github"]["orb"][2]
    assert "deep/er/tree/jobs/build.yml" in found["github"]["packed"][2]


def test_what_a_checkout_shows_is_what_a_campaign_says(
    three: dict[str, tuple[str, ...]], bulk: Bulk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from migrator.cli.app import run

    campaign = seen(bulk, "github", *three["github"])
    for name in (
        "plain",
        "make",
        "gone",
        "script",
        "inside",
        "header",
        "step",
        "packed",
        "orb",
        "tasks",
        "linked",
        "recipe",
    ):
        monkeypatch.chdir(tmp_path / "checkouts" / name)
        run([".", "--format", "json", "--review-too", "--output", "r.json", "--select", "unauthenticated-image"])
        files = json.loads(Path("r.json").read_text())["files"]
        reasons = [
            f"{os.path.relpath(os.path.realpath(f['path']))}: {f['reason']}" for f in files if f["status"] == "skipped"
        ]
        assert "; ".join(reasons) == campaign[name][1], name
        changed = {os.path.relpath(os.path.realpath(each["path"])) for each in files if each["status"] == "changed"}
        assert changed == {line[6:] for line in campaign[name][2].splitlines() if line.startswith("+++ b/")}, name


def test_one_more_query_for_all_that_name_something_and_none_for_the_others(
    three: dict[str, tuple[str, ...]], host: Host, bulk: Bulk
) -> None:
    bulk("plan", "one", *three["github"], "--match", "plain|script$")
    assert host.requests["query"] == 2 + 1, "listed, read, and what the script is"
    host.requests.clear()
    bulk("plan", "all", *three["github"])
    assert host.requests["query"] == 2 + 2, "what is named, and what is named there"
    assert host.requests["GET"] == 2, "a tree and a blob for the one whose folder is a link"
    host.requests.clear()
    bulk("plan", "all")
    assert host.requests["query"] <= 2 + 1 + 2


def test_a_recipe_that_begins_to_write_the_config_is_seen_by_the_next_plan(
    three: dict[str, tuple[str, ...]], host: Host, bulk: Bulk
) -> None:
    assert seen(bulk, "hub", *three["github"], "--match", "plain")["plain"][0] == "planned"
    commit(host.bare("plain"), {"Makefile": "ci:\n\tjsonnet ci.jsonnet > .circleci/config.yml\n"})
    assert seen(bulk, "hub")["plain"][0] == "unchanged"


def test_a_packed_tree_that_appears_is_seen_by_the_next_plan(
    three: dict[str, tuple[str, ...]], host: Host, bulk: Bulk
) -> None:
    seen(bulk, "hub", *three["github"], "--match", "plain")
    commit(host.bare("plain"), {name: text for name, text in ORB.items() if name != CONFIG})
    assert "src/jobs/build.yml" in seen(bulk, "hub")["plain"][2]


def test_nothing_is_read_again_where_nothing_changed(three: dict[str, tuple[str, ...]], host: Host, bulk: Bulk) -> None:
    bulk("plan", "hub", *three["github"], "--match", "plain|orb")
    host.requests.clear()
    commit(host.bare("plain"), {"README.md": "other"})
    bulk("plan", "hub")
    assert host.requests["query"] == 2, "listed, and looked whether it is the same"
    assert host.requests["GET"] == 0


def test_a_tree_outside_is_changed_in_a_commit(three: dict[str, tuple[str, ...]], host: Host, bulk: Bulk) -> None:
    for kind in ("git", "bare", "github"):
        bulk("plan", kind, *three[kind], "--match", "packed", "--review-too")
        bulk("review", kind, "--approve", "all")
        bulk("push", kind)
        shown = subprocess.run(
            ["git", "show", f"migrator/{kind}", "--stat"], cwd=host.bare("packed"), capture_output=True, check=True
        )
        assert b"deep/er/tree/jobs/build.yml" in shown.stdout, kind


PATHS = st.sampled_from([*{path for files in REPOSITORIES.values() for path in files}, "ci/make.rb", "a/@x.yml"])
TEXTS = st.sampled_from([text for files in REPOSITORIES.values() for text in files.values()])


class _AtHand:
    def __init__(self, files: dict[str, str]) -> None:
        self._files, self.asked = files, list[str]()

    def listed(self) -> list[str]:
        return [path for path in self._files if path.count("/") < 2 and not path.startswith(".circleci/")]

    def files(self, path: str) -> list[File]:
        self.asked.append(path)
        of = (
            [path]
            if path in self._files
            else [each for each in self._files if path[-1] == "/" and each.startswith(path)]
        )
        return [File(each, self._files[each].encode()) for each in of]


@settings(max_examples=examples(60), deadline=None)
@given(st.dictionaries(PATHS, TEXTS, max_size=8))
def test_nothing_is_asked_for_twice_nor_out_of_the_repository_and_what_is_left_out_decides_nothing(
    files: dict[str, str],
) -> None:
    place = _AtHand(files)
    inside = [File(path, text.encode()) for path, text in files.items() if path.startswith(".circleci/")]
    found = complete(inside, place)
    assert len(place.asked) == len(set(place.asked))
    assert all(not path.startswith(("/", "..", ".git/")) and "$" not in path for path in place.asked)
    everything = [
        File(p, t.encode(), is_beside=p not in {f.path for f in found if not f.is_beside}) for p, t in files.items()
    ]
    assert sources_of(found, Policy()) == sources_of(everything, Policy())


def test_a_repository_without_anything_to_tell_asks_for_nothing() -> None:
    with pytest.raises(StopIteration) as stop:
        next(asking([File(CONFIG, config().encode())], ["README.md", "src/x.py"]))
    assert [file.path for file in stop.value.value] == [CONFIG]
    assert absent_beside([File(CONFIG, config().encode())]) == set()
