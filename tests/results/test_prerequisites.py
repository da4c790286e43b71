"""The commands that create what a change needs: each does what it says, whatever the names are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.results import prerequisites
from migrator.results.needs import Needed, Place, Use, collect
from migrator.results.prerequisites import title
from migrator.rule import Requirement
from migrator.startup.records import replace
from tests.doses import examples

PIECES = [
    "$(touch PWNED)",
    "`touch PWNED`",
    "'; touch PWNED; '",
    '"; touch PWNED; "',
    "\ntouch PWNED\n",
    "creds",
    " ",
    "\\",
    "!",
]
NAMES = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join)


def commands(need: Requirement, target: str) -> list[str]:
    return prerequisites.commands(Needed(need, target=target))


STUBS = "circleci() { :; }; read() { V=x; }; jq() { cat > /dev/null; }; curl() { cat > /dev/null; }; "


@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    name=NAMES,
    kind=st.sampled_from(["context", "project-env"]),
    target=st.sampled_from(["cloud", "server"]),
    owner=st.one_of(NAMES.map(lambda name: f"gh/{name}/web"), st.sampled_from(["", "gh/acme", "gh/acme/web"])),
    named=st.booleans(),
)
def test_a_printed_line_runs_the_named_commands_and_nothing_else(
    tmp_path: Path, name: str, kind: str, target: str, owner: str, named: bool
) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    need = Requirement(kind, name, ("DOCKERHUB_PASSWORD",), owner, today=(name,) if named else ())
    for line in commands(need, target):
        assert "\n" not in line
        subprocess.run([bash, "-n", "-c", line], check=True, cwd=tmp_path)
        subprocess.run([bash, "--norc", "-c", STUBS + line], check=True, cwd=tmp_path)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["X_TOKEN'$(touch PWNED)'", "A B", "", "9"])
def test_what_is_no_variable_is_never_needed_as_one(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a variable"):
        Requirement("project-env", "it was a literal", (name,))


HUB = Requirement("context", "hub", ("A",), "gh/acme")


def test_commands_name_the_owner_where_it_is_known() -> None:
    assert commands(HUB, "cloud") == [
        "circleci context create hub --org gh/acme",
        "circleci context secret set hub --org gh/acme --name A",
    ]
    assert commands(HUB, "server") == [
        "circleci context create github acme hub",
        "circleci context store-secret github acme hub A",
    ]
    project = Requirement("project-env", "why", ("A",), "bb/acme/web")
    assert commands(project, "server") == ["circleci project secret create bitbucket acme web A"]
    assert commands(project, "cloud")[0].endswith("https://circleci.com/api/v2/project/bb/acme/web/envvar")


@pytest.mark.parametrize(
    "owner", ["", "gh/..", "gh/-x", "gh/a b", "gh/a;b", "gl/acme", "acme", "gh/acme/web/x", "gh/$(x)"]
)
def test_what_is_no_slug_is_in_no_command(owner: str) -> None:
    assert commands(replace(HUB, owner=owner), "cloud")[0] == "circleci context create hub"
    assert commands(replace(HUB, owner=owner), "server")[0] == "circleci context create --org-id ORG_ID hub"
    project = Requirement("project-env", "why", ("A",), owner)
    assert commands(project, "cloud")[0].endswith("/project/gh/ORG/REPO/envvar")
    assert commands(project, "server") == ["circleci project secret create VCS ORG PROJECT A"]


def test_a_context_that_configs_name_is_looked_into_and_not_created() -> None:
    named = replace(HUB, today=("hub",))
    assert commands(named, "cloud")[0] == "circleci context secret list hub --org gh/acme"
    assert commands(named, "server")[0] == "circleci context show github acme hub"
    assert "set what is missing there" in title(named)


def test_what_is_there_has_no_command_and_says_where_it_is_from() -> None:
    before = Requirement("project-env", "a login", ("A", "B"), "gh/acme/web", new=False, today=("x", "y"))
    assert commands(before, "cloud") == commands(before, "server") == []
    assert title(before) == "A and B from `x` or `y` or the project gh/acme/web: a login"


@pytest.mark.parametrize("name", ["-x", "--help"])
def test_a_name_like_an_option_is_a_name(name: str) -> None:
    for target in ("cloud", "server"):
        for line in commands(replace(HUB, name=name), target):
            words = line.split()
            assert words.index("--") == words.index(name) - 1


def test_each_repository_gets_the_commands_of_its_own_circleci() -> None:
    places = [
        Place("web", "web", "gh/acme/web", "gh/acme"),
        Place("old", "old", "gh/acme/old", "gh/acme", target="server"),
    ]
    found = collect([Use(place, (HUB,)) for place in places]).demanded
    assert [(each.paths, each.target) for each in found] == [(("web",), "cloud"), (("old",), "server")]
    assert ["--org" in prerequisites.commands(each)[0] for each in found] == [True, False]
