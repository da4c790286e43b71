"""Shapes: what makes two changes look alike to who reviews them, and what does not."""

from __future__ import annotations

from migrator.documents.edits import TextEdit
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy, Registry
from migrator.results.shapes import Shape, shape_of
from tests.growth import calls

RULES = load_rules(["unauthenticated-image"])


def shape(text: str, policy: Policy | None = None) -> Shape:
    outcome = run(".circleci/config.yml", text.encode(), RULES, policy or Policy(), choose_by_safety(review_too=False))
    assert isinstance(outcome, Changed)
    return shape_of([outcome])


def config(job: str = "build", image: str = "acme/app:1", indent: str = "  ", extra: str = "") -> str:
    i = indent
    return (
        f"version: 2.1\njobs:\n{i}{job}:\n{i * 2}docker:\n{i * 3}- image: {image}\n{extra}{i * 2}steps: [checkout]\n"
        f"workflows:\n{i}main:\n{i * 2}jobs:\n{i * 3}- {job}\n"
    )


def test_other_credentials_are_another_shape() -> None:
    other = Policy().with_registry(Registry("docker.io", "$NAME", "$WORD", "my-creds"))
    assert shape(config()).id != shape(config(), other).id


def test_another_way_to_attach_the_context_is_another_shape() -> None:
    listed = config().replace("      - build\n", "      - build:\n          context: [mine]\n")
    assert shape(config()).id != shape(listed).id


def test_a_context_in_flow_is_another_shape() -> None:
    assert shape(config()).id != shape(config().replace("    jobs:\n      - build\n", "    jobs: [build]\n")).id


def test_names_of_jobs_and_images_do_not_matter() -> None:
    assert shape(config()).id == shape(config("deploy-all", "cimg/go:1.22")).id
    assert shape(config()).id == shape(config("docker-2", "acme/app@sha256:" + "0" * 64)).id


def test_indentation_does_not_matter() -> None:
    assert shape(config()).id == shape(config(indent="    ")).id


def test_the_same_edit_in_more_places_is_the_same_shape() -> None:
    assert shape(config()).id == shape(config(extra="      - image: acme/db:2\n")).id


def test_a_shape_names_nothing_of_the_repository() -> None:
    text = shape(config("secret-project", "acme/hidden:1")).text
    assert "secret-project" not in text
    assert "hidden" not in text
    assert "<job>" in text


def test_the_order_of_files_does_not_matter() -> None:
    texts = config(), config().replace("    jobs:\n      - build\n", "    jobs: [build]\n")
    found = [run("config.yml", text.encode(), RULES, Policy(), choose_by_safety(review_too=False)) for text in texts]
    changes = [outcome for outcome in found if isinstance(outcome, Changed)]
    assert len(changes) == 2
    assert shape_of(changes) == shape_of(changes[::-1])


def test_a_shape_holds_no_secret_that_an_edit_moves() -> None:
    before, after = "a: 1\nkey: hunter22\n", "a: {what-is-longer: [1, 2], key: hunter22}\n"
    edits = (TextEdit(0, len(before), after),)
    change = Changed("config.yml", before, after, edits, (), (), frozenset(["hunter22"]))
    assert "hunter22" not in shape_of([change]).text


def test_shapes_are_linear() -> None:
    def work(jobs: int) -> int:
        names = [f"job-{number}" for number in range(jobs)]
        body = "".join(
            f"  {name}:\n    docker:\n      - image: acme/{name}:1\n    steps: [checkout]\n" for name in names
        )
        listed = "".join(f"      - {name}\n" for name in names)
        text = f"version: 2.1\njobs:\n{body}workflows:\n  main:\n    jobs:\n{listed}"
        outcome = run(".circleci/config.yml", text.encode(), RULES, Policy(), choose_by_safety(review_too=False))
        assert isinstance(outcome, Changed)
        return calls(lambda: shape_of([outcome]))

    assert work(500) < 11 * work(50)
