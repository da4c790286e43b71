"""What is demanded, and what is there: by organisation and project, and never put together over projects."""

from __future__ import annotations

from migrator.results.needs import Place, Use, collect
from migrator.rule import Requirement

HUB = ("DOCKERHUB_USERNAME", "DOCKERHUB_PASSWORD")
CONTEXT = Requirement("context", "docker-hub-creds", HUB)
WHY = "`docker/check` logs in to docker.io"


def place(name: str, organization: str = "gh/acme") -> Place:
    project = f"{organization}/{name}" if organization else ""
    return Place(f"/work/{name}", f"{name}/.circleci/config.yml", project, organization, name)


def told(*uses: Use) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Owner or project, then variables, of what is demanded and of what is there."""
    needs = collect(uses)
    demanded, existing = (
        [(each.need.owner or each.project, *each.need.variables) for each in some]
        for some in (needs.demanded, needs.existing)
    )
    return demanded, existing


def test_variables_of_projects_are_never_put_together() -> None:
    a = Use(place("a"), [Requirement("project-env", WHY, ("DOCKER_USER", "DOCKER_PASS"))])
    b = Use(place("b"), [Requirement("project-env", WHY, ("DH_USER", "DH_PASS"))])
    assert told(a, b) == ([("gh/acme/a", "DOCKER_USER", "DOCKER_PASS"), ("gh/acme/b", "DH_USER", "DH_PASS")], [])


def test_nor_are_they_where_nobody_knows_the_projects() -> None:
    uses = [Use(place(name, ""), [Requirement("project-env", WHY, (name.upper(),))]) for name in ("a", "b")]
    assert told(*uses) == ([("a", "A"), ("b", "B")], [])


def test_a_context_is_demanded_once_for_an_organization() -> None:
    uses = [Use(place(name, owner), [CONTEXT]) for name, owner in (("a", "gh/acme"), ("b", "gh/acme"), ("c", "gh/x"))]
    assert told(*uses) == ([("gh/acme", *HUB), ("gh/x", *HUB)], [])
    assert [each.repositories for each in collect(uses).demanded] == [2, 1]


def test_what_is_as_before_is_no_demand() -> None:
    before = Requirement("project-env", WHY, ("HUB_USER",), new=False, today=("my-docker",))
    assert told(Use(place("a"), [before])) == ([], [("gh/acme/a", "HUB_USER")])


def test_what_jobs_of_the_project_use_today_is_no_demand() -> None:
    assert told(Use(place("a"), [CONTEXT], [("docker-hub-creds", HUB)])) == ([], [("gh/acme", *HUB)])


def test_only_what_they_do_not_use_may_be_missing() -> None:
    use = Use(place("a"), [CONTEXT], [("docker-hub-creds", HUB[:1])])
    assert told(use) == ([("gh/acme", HUB[1])], [("gh/acme", HUB[0])])
    (needed,) = collect([use]).demanded
    assert needed.need.today == ("docker-hub-creds",), "named already"


def test_a_context_that_another_project_names_is_there_and_may_lack_variables() -> None:
    uses = [Use(place("a"), [CONTEXT]), Use(place("b"), [], [("docker-hub-creds", HUB)])]
    assert told(*uses) == ([("gh/acme", *HUB)], [])
    assert collect(uses).demanded[0].need.today == ("docker-hub-creds",)


def test_the_context_of_another_organization_is_another_one() -> None:
    uses = [Use(place("a"), [CONTEXT]), Use(place("b", "gh/x"), [], [("docker-hub-creds", HUB)])]
    assert collect(uses).demanded[0].need.today == ()


def test_where_nobody_knows_the_organizations_another_project_proves_nothing() -> None:
    uses = [Use(place("a", ""), [CONTEXT]), Use(place("b", ""), [], [("docker-hub-creds", HUB)])]
    assert collect(uses).demanded[0].need.today == ()


def test_variables_that_jobs_without_a_context_use_are_the_projects() -> None:
    new = Requirement("project-env", "the policy takes credentials from project variables", HUB)
    assert told(Use(place("a"), [new], [("", HUB)])) == ([], [("gh/acme/a", *HUB)])
    before = Requirement("project-env", WHY, HUB, new=False)
    assert told(Use(place("a"), [new, before]))[0] == []


def test_the_answer_does_not_depend_on_the_order() -> None:
    uses = [
        Use(place("a"), [CONTEXT]),
        Use(place("b"), [CONTEXT], [("docker-hub-creds", HUB[:1])]),
        Use(place("c"), [Requirement("project-env", WHY, ("X",))]),
    ]
    orders = [[set(each) for each in told(*given)[0]] for given in (uses, list(reversed(uses)))]
    assert orders[0] == orders[1]


def test_what_a_new_context_brings_to_one_job_is_as_before_in_another() -> None:
    pulled = Requirement("context", "docker-hub-creds", HUB)
    login = Requirement("project-env", WHY, ("MY_USER", HUB[1]), new=False, today=("mine",))
    demanded, existing = told(Use(place("a"), [pulled, login]))
    assert demanded == [("gh/acme", *HUB)]
    assert existing == [("gh/acme/a", "MY_USER", HUB[1])]
