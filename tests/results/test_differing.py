"""What differs within a shape is said, whoever of it is looked at."""

from __future__ import annotations

from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from migrator.results.differing import Differing, Noted, images_of

FIXED = Noted("unauthenticated-image", True)
LEFT = Noted("literal-secret", False)


def said(*repositories: tuple[list[Noted], list[str], bool], alike_too: bool = False) -> list[str]:
    differing = Differing()
    for number, (findings, images, has_secrets) in enumerate(repositories):
        differing.add(f"acme/r{number}", findings, images, has_secrets=has_secrets)
    return differing.sentences(alike_too=alike_too)


def test_of_repositories_that_are_alike_nothing_is_said() -> None:
    assert said() == said(([FIXED, LEFT], ["a"], True)) == said(*[([FIXED, LEFT], ["a"], True)] * 3) == []


def test_what_all_have_is_said_where_nothing_else_shows_it() -> None:
    assert said(*[([LEFT], ["a"], True)] * 2, alike_too=True) == [
        "2 of 2 repositories have literal secrets in what changes: `acme/r0`, `acme/r1`",
        "2 of 2 repositories have findings of `literal-secret` that this diff does not fix: `acme/r0`, `acme/r1`",
    ]


def test_a_finding_that_is_left_in_one_of_them_is_said_with_its_name() -> None:
    assert said(([FIXED], [], False), ([FIXED, LEFT, LEFT], [], False)) == [
        "1 of 2 repositories has findings of `literal-secret` that this diff does not fix: `acme/r1`"
    ]


def test_a_literal_secret_in_one_of_them_is_said() -> None:
    assert said(([], [], False), ([], [], True)) == [
        "1 of 2 repositories has literal secrets in what changes: `acme/r1`"
    ]


def test_warnings_that_differ_in_names_are_one() -> None:
    warned = [Noted("x", True, (f"job `{name}` runs on a schedule",)) for name in "ab"]
    assert said(([warned[0]], [], False), ([warned[1]], [], False), ([FIXED], [], False)) == [
        "2 of 3 repositories have a warning (`acme/r0`, `acme/r1`): job `a` runs on a schedule"
    ]


def test_the_warning_of_a_finding_that_is_left_is_a_part_of_that() -> None:
    left = Noted("x", False, ("careful",))
    assert said(([left], [], False), ([left], [], False)) == []


def test_images_are_counted_the_most_common_first() -> None:
    assert said(([], ["acme/b", "acme/b"], False), ([], ["acme/b", "acme/a"], False)) == [
        "images: `acme/b` (2), `acme/a` (1)"
    ]


def test_long_lists_are_cut() -> None:
    many = [([Noted(f"rule-{n}", False)], [f"image-{n:02}"], False) for n in range(20)]
    lines = said(*many)
    assert len(lines) == 14
    assert lines[-2] == "8 more differences: filter by rule, or look at the repositories"
    assert lines[-1].endswith("`image-04` (1) and 15 more")
    assert said(*[([LEFT], [], False)] * 5, ([], [], False))[0].endswith("`acme/r0`, `acme/r1`, `acme/r2` and 2 more")


def test_the_images_are_those_that_the_fixes_are_about() -> None:
    text = (
        "version: 2.1\njobs:\n  a:\n    docker: [{image: acme/app:1}, {image: quay.io/b/c}]\n    steps: [checkout]\n"
        "workflows:\n  w:\n    jobs: [a]\n"
    )
    rules = load_rules(["unauthenticated-image"])
    outcome = run(".circleci/config.yml", text.encode(), rules, Policy(), choose_by_safety(review_too=False))
    assert isinstance(outcome, Changed)
    assert images_of([outcome]) == ("acme/app:1",)
