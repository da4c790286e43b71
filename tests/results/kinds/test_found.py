"""Kinds: what makes two changes alike to who reviews them, and what does not."""

from __future__ import annotations

import pytest

from migrator.documents.edits import TextEdit
from migrator.engine.outcomes import Changed
from migrator.policy import Policy, Registry
from migrator.results.kinds.found import Found, kinds_of
from migrator.results.kinds.runs import Trees
from migrator.results.masking import Mask
from tests.growth import calls
from tests.results.kinds.changes import changed, config, names, texts

PLAIN = texts(config())
SECRET = "9f31xKq-Lm72vT"


def flow(text: str) -> str:
    return text.replace("    jobs:\n      - build\n", "    jobs: [build]\n")


def test_a_change_has_the_kinds_of_its_hunks() -> None:
    assert names(config()) == {"auth on an image", "context on its job"}


@pytest.mark.parametrize(
    "text",
    [
        config("deploy-all", "cimg/go:1.22"),
        config("docker-2", "acme/app@sha256:" + "0" * 64),
        config(indent="    "),
        config(image='"acme/app:1"'),
        config(extra="      - image: acme/db:2\n"),
        config(extra="      - image: acme/db:2\n      - {image: redis}\n"),
        flow(config()),
        config().replace("      - image: acme/app:1\n", "      - {image: acme/app:1}\n"),
        config().replace("      - build\n", "      - build:\n          context: [mine]\n"),
        config().replace("      - build\n", "      - build:\n          context: mine\n"),
        config().replace("      - build\n", "      - build: {context: [mine, other]}\n"),
        config().replace("      - build\n", "      - build:\n          {}\n"),
        config().replace("\n", "\r\n"),
        config().replace("- image: acme/app:1", "- image: acme/app:1 # ours"),
        config().replace("docker:", "docker: &i").replace("workflows:", "  b: {docker: *i, steps: []}\nworkflows:"),
    ],
)  # fmt: skip
def test_names_form_and_number_are_no_other_kind(text: str) -> None:
    assert texts(text) == PLAIN


def test_anchored_credentials_are_the_credentials() -> None:
    auth = "\n        auth: &login\n          username: $DOCKERHUB_USERNAME\n          password: $DOCKERHUB_PASSWORD"
    text = config(extra="      - image: acme/db:2\n").replace("image: acme/app:1", f"image: acme/app:1{auth}")
    assert texts(text) >= {"+ image auth.password: $DOCKERHUB_PASSWORD\n+ image auth.username: $DOCKERHUB_USERNAME"}


def test_other_variables_are_another_kind() -> None:
    other = Policy().with_registry(Registry("docker.io", "$NAME", "$WORD", "my-creds"))
    assert texts(config()) ^ texts(config(), other) == {
        "+ image auth.password: $DOCKERHUB_PASSWORD\n+ image auth.username: $DOCKERHUB_USERNAME",
        "+ image auth.password: $WORD\n+ image auth.username: $NAME",
    }


def test_a_literal_that_goes_is_another_kind() -> None:
    auth = f"\n        auth: {{username: $U, password: {SECRET}}}"
    found = names(config().replace("image: acme/app:1", f"image: acme/app:1{auth}"))
    assert "a literal password becomes a variable" in found
    assert "auth on an image" not in found


def test_a_secret_of_an_environment_goes_whatever_its_name() -> None:
    given = "    environment:\n      {}: {}\n      OTHER: 1\n    steps:"
    first = texts(config().replace("    steps:", given.format("API_TOKEN", SECRET)))
    second = texts(config().replace("    steps:", given.format("DB_PASSWORD", "Zq8-Lm31xKtV72")))
    assert first == second == {*PLAIN, "- environment of a job <name>: <secret>"}


def login(line: str) -> str:
    job = f"  push:\n    machine: true\n    steps:\n      - checkout\n      - run: {line}\n      - run: make push\n"
    return (
        config()
        .replace("workflows:\n", f"{job}workflows:\n")
        .replace("      - build\n", "      - build\n      - push\n")
    )


@pytest.mark.parametrize(
    "line",
    [
        'echo "$DOCKER_PASSWORD" | docker login -u "$DOCKER_LOGIN" --password-stdin',
        'echo "$MINE" | docker login -u "$ME" --password-stdin',
        "docker login -u $ME -p $MINE quay.io",
        '{name: Log in, command: "docker login -u $ME -p $MINE"}',
    ],
)
def test_a_login_becomes_a_step_with_what_it_had(line: str) -> None:
    assert names(login(line)) - {"auth on an image", "context on its job"} == {
        "`docker login` becomes docker/check",
        "orb circleci/docker@3.0.1 imported",
    }


def test_a_context_where_nothing_else_changes_is_another_kind() -> None:
    auth = "\n        auth:\n          username: $DOCKERHUB_USERNAME\n          password: $DOCKERHUB_PASSWORD"
    assert names(config().replace("image: acme/app:1", f"image: acme/app:1{auth}")) == {
        "context on a job that changes nowhere else"
    }


def test_the_context_of_a_job_whose_executor_changes_is_on_its_job() -> None:
    text = config().replace(
        "jobs:\n  build:\n    docker:\n      - image: acme/app:1", "jobs:\n  build:\n    executor: e"
    )
    assert names(f"executors: {{e: {{docker: [{{image: a/b}}]}}}}\n{text}") == {
        "auth on an image",
        "context on its job",
    }


def test_a_comment_that_is_lost_is_a_kind() -> None:
    before, after = "a: 1\n# why\nb: 2\n", "a: 1\nb: 2\n"
    change = Changed("config.yml", before, after, (TextEdit(5, 11, ""),), (), (), frozenset())
    assert [each.kind.text for each in kinds_of([change])] == ["- comment"]


def test_a_file_that_cannot_be_read_again_has_its_lines() -> None:
    before = 'job("{{ x }}")\n'
    change = Changed(
        "config.yml", before, f"{before}more('a b')\n", (TextEdit(15, 15, "more('a b')\n"),), (), (), frozenset()
    )
    assert [each.kind.text for each in kinds_of([change], trees=lambda _: Trees(None, None))] == [
        "+ line: more(<text>)"
    ]


def test_what_differs_is_counted_by_name() -> None:
    text = config(extra="      - image: acme/db:2\n").replace(
        "      - build\n", "      - build:\n          context: mine\n"
    )
    counted = {pair for each in kinds_of([changed(text)]) for pair in each.counted}
    assert counted == {
        ("images", "acme/app:1"),
        ("images", "acme/db:2"),
        ("contexts", "docker-hub-creds"),
        ("beside contexts", "mine"),
    }


def test_the_places_of_a_kind_are_those_of_its_lines() -> None:
    found = {
        each.kind.text.split()[1]: each.places for each in kinds_of([changed(config(extra="      - image: b/c\n"))])
    }
    path = ".circleci/config.yml"
    assert found == {"image": ((path, 6), (path, 7)), "invocation": ((path, 11),)}


def test_a_kind_holds_no_name_and_no_secret() -> None:
    text = config("hidden-job", "acme/hidden:1").replace(
        "steps: [checkout]", "steps: [{run: docker login -u me -p " + SECRET + "}]"
    )
    for each in kinds_of([changed(text.replace("    steps", f"    environment: {{API_TOKEN: {SECRET}}}\n    steps"))]):
        assert "hidden" not in each.kind.text
        assert SECRET not in str(each)


def test_a_secret_as_a_name_is_hidden_too() -> None:
    before, after = f"a: 1\n{SECRET}: 2\n", "a: 1\n"
    change = Changed("config.yml", before, after, (TextEdit(5, len(before), ""),), (), (), frozenset([SECRET]))
    assert SECRET not in str(kinds_of([change], Mask([SECRET])))


def test_a_kind_is_stored_and_read() -> None:
    import json

    for each in kinds_of([changed(config())]):
        assert Found.from_json(json.loads(json.dumps(each.as_json()))) == each


def test_kinds_are_linear() -> None:
    def work(jobs: int) -> int:
        body = "".join(f"  j{n}:\n    docker:\n      - image: acme/{n}:1\n    steps: [checkout]\n" for n in range(jobs))
        listed = "".join(f"      - j{n}\n" for n in range(jobs))
        change = changed(f"version: 2.1\njobs:\n{body}workflows:\n  main:\n    jobs:\n{listed}")
        return calls(lambda: kinds_of([change]))

    assert work(150) < 11 * work(15)
