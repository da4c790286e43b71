"""What a change means to CircleCI, in words, and that nothing is left out of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from migrator.cli.request import Request
from migrator.cli.run import make_plan
from migrator.documents.edits import TextEdit
from migrator.engine.outcomes import Changed
from migrator.engine.passes import choose_by_safety, run
from migrator.results.masking import Mask
from migrator.results.meaning import MOST, Meaning, meaning_of, sentences
from tests.doses import examples
from tests.places import ROOT

CONFIG = """\
version: 2.1
references:
  docker: &docker
    - image: acme/app:1
      environment: {STAGE: test}
  body: &body
    context: [deploy]
    requires: [lint]
executors:
  node:
    docker: [{image: cimg/node:20.11}]
jobs:
  lint:
    docker: *docker
    steps: [checkout, run: make lint]
  build:
    docker: *docker
    environment: {TOKEN: hunter22, STAGE: one}
    steps:
      - checkout
      - run:
          name: Log in
          command: docker login -u me -p hunter22
      - run: |
          make build
          make push
  test:
    executor: node
    steps:
      - when:
          condition: << pipeline.parameters.deploy >>
          steps:
            - run: {command: make deploy, environment: {REGION: eu, TOKEN: hunter22}}
workflows:
  main:
    jobs:
      - lint
      - build: *body
      - test: {filters: {branches: {only: main}}}
  nightly:
    jobs: [build]
"""


def meaning(*replaced: tuple[str, str], config: str = CONFIG, secrets: tuple[str, ...] = ("hunter22",)) -> Meaning:
    after = config
    for old, new in replaced:
        assert old in after
        after = after.replace(old, new)
    edits = (TextEdit(0, len(config), after),)
    return meaning_of(Changed(".circleci/config.yml", config, after, edits, (), (), frozenset(secrets)))


def changes(*replaced: tuple[str, str]) -> tuple[str, ...]:
    found = meaning(*replaced)
    assert found.proven
    return found.changes


# What means nothing to CircleCI


@pytest.mark.parametrize(
    "replaced",
    [
        (("version: 2.1\n", "# a comment\nversion: 2.1\n\n"),),
        (("image: acme/app:1", "image: 'acme/app:1'"),),
        (("docker: *docker", "docker: [{image: acme/app:1, environment: {STAGE: test}}]"),),
        (("- build: *body", "- build: {<<: *body}"),),
        (("- build: *body", "- build: {requires: [lint], context: [deploy]}"),),
        (("{TOKEN: hunter22, STAGE: one}", '{"STAGE": one, TOKEN: "hunter22"}'),),
    ],
)
def test_another_spelling_changes_nothing(replaced: tuple[tuple[str, str], ...]) -> None:
    found = meaning(*replaced)
    assert found.changes == ()
    assert re.fullmatch(
        r"Nothing changes for CircleCI \(\d+ values compared, aliases and merge keys resolved\)", found.proof
    )


def test_a_text_that_becomes_a_number_is_no_other_spelling() -> None:
    assert changes(("STAGE: one", "STAGE: 1")) == ("job `build` sets `STAGE` to another value",)


# What rules change


def test_a_shared_image_is_one_sentence_and_its_anchor_another() -> None:
    auth = "auth: {username: $USER, password: $PASS}"
    assert changes(("- image: acme/app:1", f"- image: acme/app:1\n      {auth}")) == (
        "jobs `lint` and `build` pull `acme/app:1` as `$USER`",
        "the shared part `references` changes as well; CircleCI reads it through aliases",
    )


def test_an_executor_names_the_jobs_that_run_on_it() -> None:
    assert changes(("cimg/node:20.11}", "cimg/node:20.11, aws_auth: {aws_access_key_id: $KEY}}")) == (
        "executor `node` (job `test`) pulls `cimg/node:20.11` with the AWS identity `$KEY`",
    )


def test_contexts_are_counted_by_invocations_and_workflows() -> None:
    gained = changes(
        ("- lint", "- lint: {context: hub}"),
        ("- test: {", "- test: {context: hub, "),
        ("[build]", "[{build: {context: [hub]}}]"),
    )
    assert gained == ("3 jobs in 2 workflows gain the context `hub`",)


def test_one_invocation_is_named() -> None:
    assert changes(("- build: *body", "- build: {<<: *body, context: [deploy, hub]}")) == (
        "job `build` in workflow `main` gains the context `hub`",
    )
    assert changes(("- build: *body", "- build: {requires: [lint], context: [hub]}")) == (
        "job `build` in workflow `main` gains the context `hub` and loses the context `deploy`",
    )


def test_of_hundreds_of_jobs_each_with_its_image_not_each_is_a_sentence() -> None:
    jobs = "".join(f"  j{n}: {{docker: [{{image: acme/j{n}:1}}], steps: [checkout]}}\n" for n in range(300))
    calls = ", ".join(f"j{n}" for n in range(300))
    config = f"version: 2.1\njobs:\n{jobs}workflows: {{main: {{jobs: [{calls}]}}}}\n"
    found = meaning((":1}", ":1, auth: {username: $U, password: $P}}"), ("j7,", "j7: {context: hub},"), config=config)
    assert found.changes == (
        (
            "jobs `j0`, `j1`, `j2` and 297 more pull 300 images"
            " (`acme/j0:1`, `acme/j1:1`, `acme/j2:1` and 297 more) as `$U`"
        ),
        "job `j7` in workflow `main` gains the context `hub`",
    )


def test_a_login_that_was_written_out_does_not_show_its_password() -> None:
    config = CONFIG.replace(
        "- image: acme/app:1", "- image: acme/app:1\n      auth: {username: me, password: hunter22}"
    )
    found = meaning(("username: me, password: hunter22", "username: $USER, password: $PASS"), config=config)
    assert found.changes[0] == (
        "jobs `lint` and `build` pull `acme/app:1` as `$USER` instead of `me`"
        " with the password `$PASS` instead of a literal"
    )


def test_a_login_step_becomes_the_orb_that_is_imported() -> None:
    step = CONFIG[CONFIG.index("      - run:\n          name: Log in") : CONFIG.index("      - run: |")]
    assert changes(
        (step, "      - docker/check\n"), ("references:", "orbs: {docker: circleci/docker@3.0.1}\nreferences:")
    ) == (
        "the orb `circleci/docker@3.0.1` is imported as `docker`",
        "job `build`: step 2, `run: Log in`, becomes `docker/check`",
    )


def test_lines_of_a_script_are_counted() -> None:
    assert changes(("          make push\n", "          make push all\n          make tag\n")) == (
        "job `build`: the script of step 3, `run`, changes (lines: 2 added, 1 removed)",
    )


def test_variables_that_go_are_named_by_whoever_set_them() -> None:
    gone = ("{TOKEN: hunter22, STAGE: one}", "{STAGE: one}"), (", TOKEN: hunter22}", "}")
    assert changes(*gone, (" {STAGE: test}", " {A: b}")) == (
        "jobs `lint` and `build` set `A` for the container `acme/app:1`",
        "jobs `lint` and `build` no longer set `STAGE` for the container `acme/app:1`",
        "job `build` no longer sets `TOKEN`",
        "job `test` no longer sets `TOKEN` in step 1 inside step 1 (when)",
        "the shared part `references` changes as well; CircleCI reads it through aliases",
    )


def test_version_and_image_and_anything_else() -> None:
    assert changes(
        ("version: 2.1", "version: 2"), ("cimg/node:20.11", "cimg/node:22.1"), ("only: main", "only: trunk")
    ) == (
        "the config version becomes `2` instead of `2.1`",
        "executor `node` (job `test`) runs `cimg/node:22.1` instead of `cimg/node:20.11`",
        "`workflows.main.test.filters.branches.only` becomes `trunk` instead of `main`",
    )


@pytest.mark.parametrize("old", ["!x {b: 1}", "!x [b]", "!x b"])
def test_a_tag_that_somebody_made_up_is_a_part_of_the_value(old: str) -> None:
    config = CONFIG.replace("    steps: [checkout, run: make lint]", f"    made: {old}\n    steps: [checkout]")
    assert meaning((old, old.replace("!x", "!y")), config=config).changes
    assert not meaning((old, old.replace("!x ", "!x  ")), config=config).changes


def test_what_is_added_and_removed_is_told_by_its_path() -> None:
    assert changes(
        ("    executor: node\n", "    executor: node\n    resource_class: large\n"),
        ("  nightly:\n    jobs: [build]\n", ""),
    ) == (
        "`jobs.test.resource_class` is added",
        "`workflows.nightly` is removed",
    )


# What nobody may see, and what nobody can


def test_no_secret_and_no_control_character_is_told() -> None:
    found = meaning(("only: main", 'only: "hunter22\\e[2J\\u202e`<b>"'))
    assert found.changes == (
        "`workflows.main.test.filters.branches.only` becomes `****␛[2J<U+202E>'<b>` instead of `main`",
    )


def test_a_mask_of_the_whole_run_hides_more() -> None:
    before, after = CONFIG, CONFIG.replace("only: main", "only: elsewhere")
    changed = Changed("c.yml", before, after, (), (), (), frozenset())
    assert "`****` instead of" in meaning_of(changed, Mask(["elsewhere"])).changes[0]


def test_long_names_are_cut_after_they_were_masked() -> None:
    secret = "s" * 200
    (told,) = meaning(("only: main", f"only: {'x' * 100}{secret}{'y' * 1_000_000}"), secrets=(secret,)).changes
    assert "sss" not in told
    assert len(told) < 400


def test_many_changes_are_counted() -> None:
    config = "version: 2.1\nparameters:\n" + "".join(f"  p{n}: {{type: string, default: a}}\n" for n in range(100))
    found = meaning(("default: a", "default: b"), config=config)
    assert len(found.changes) == MOST + 1
    assert found.changes[-1] == "and 60 more changes"


def test_what_cannot_be_read_again_is_not_proven() -> None:
    found = meaning(("version: 2.1", "version: ["))
    assert not found.proven
    assert found.proof == "the effect on CircleCI is unknown: the file cannot be read again"


def test_an_alias_bomb_takes_no_time() -> None:
    levels = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40))
    config = f"version: 2.1\na0: &a0 [x]\n{levels}\njobs: {{j: {{docker: [{{image: a}}], steps: *a39}}}}\n"
    assert meaning(("&a0 [x]", "&a0 [y]"), config=config).changes


def test_a_fragment_of_a_packed_tree() -> None:
    before = "docker: [{image: acme/app:1}]\nsteps: [checkout]\n"
    after = before.replace("app:1", "app:1, auth: {username: $U, password: $P}")
    changed = Changed("x/.circleci/src/jobs/build.yml", before, after, (), (), (), frozenset())
    assert meaning_of(changed).changes == ("job `build` pulls `acme/app:1` as `$U`",)


def test_a_script_that_builds_a_config() -> None:
    before = (
        "import yaml\nprint(yaml.dump({'version': 2.1, 'jobs': {'build': {'docker': [{'image': 'acme/app:1'}]}}}))\n"
    )
    after = before.replace("'acme/app:1'", "'acme/app:1', 'auth': {'username': '$U', 'password': '$P'}")
    found = meaning_of(Changed("gen.py", before, after, (), (), (), frozenset()))
    assert found.changes == ("job `build` pulls `acme/app:1` as `$U`",)
    assert found.proof.endswith("aliases and merge keys resolved, computed parts unchanged)")


SCRIPT = """\
import yaml
image = image_of("app")
config = {"version": 2.1, "jobs": {"build": {"docker": [{"image": image}], "steps": steps(1)}}}
if release:
    config["jobs"]["tag"] = dict(docker=[{"image": "acme/app:1"}], steps=["checkout"])
print(yaml.dump(config))
"""
TEMPLATE = """\
version: 2.1
jobs:
  build:
    docker: [{image: "acme/app:{{ tag }}"}]
{% if deploy %}
    resource_class: large
{% else %}
    resource_class: small
{% endif %}
"""


@pytest.mark.parametrize(
    ("path", "text", "replaced"),
    [
        ("gen.py", SCRIPT, ("steps(1)", "steps(2)")),
        ("gen.py", SCRIPT, ('image_of("app")', 'image_of("other")')),
        ("gen.py", SCRIPT, ("if release", "if not release")),
        ("gen.py", SCRIPT, ("print(", "upload(config)\nprint(")),
        ("gen.py", SCRIPT, ("config = {", "config = other = {")),
        ("config.yml.j2", TEMPLATE, ("if deploy", "if not deploy")),
        ("config.yml.j2", TEMPLATE, ("small", "medium")),
    ],
)
def test_what_is_computed_breaks_the_proof_where_it_changes(path: str, text: str, replaced: tuple[str, str]) -> None:
    assert replaced[0] in text
    assert meaning_of(Changed(path, text, text, (), (), (), frozenset())).proven
    found = meaning_of(Changed(path, text, text.replace(*replaced), (), (), (), frozenset()))
    assert not found.proven
    assert "only running them shows" in found.proof


@pytest.mark.parametrize(
    ("path", "text", "old", "new"),
    [
        ("gen.py", SCRIPT, 'app:1"}', 'app:1", "auth": ("x")}'),
        ("gen.py", SCRIPT, "dict(docker", 'dict(\n    resource_class="large", docker'),
        ("config.yml.j2", TEMPLATE, "    docker:", "    environment: {A: b}\n    docker:"),
    ],
)
def test_an_edit_of_literals_leaves_the_code_around_them(path: str, text: str, old: str, new: str) -> None:
    assert old in text
    found = meaning_of(Changed(path, text, text.replace(old, new), (), (), (), frozenset()))
    assert found.proven
    assert found.changes


# Nothing is left out


@settings(max_examples=examples(100), deadline=None)
@given(st.data())
def test_words_are_found_exactly_where_another_reader_sees_a_difference(data: st.DataObject) -> None:
    """PyYAML is the other reader: it resolves aliases and merge keys on its own."""
    words = [match.span() for match in re.finditer(r"[\w./$-]+", CONFIG)]
    after = CONFIG
    for start, end in sorted(
        data.draw(st.lists(st.sampled_from(words), min_size=1, max_size=3, unique=True)), reverse=True
    ):
        new = data.draw(
            st.sampled_from(["zeta", "lint", "build", "context", "12", "'x y'", "deploy", "image", "[]", ""])
        )
        after = after[:start] + new + after[end:]
    try:
        expected = yaml.safe_load(CONFIG) == yaml.safe_load(after)
    except (yaml.YAMLError, TypeError):
        assume(False)
    found = meaning_of(Changed("c.yml", CONFIG, after, (), (), (), frozenset()))
    if found.proven:
        assert (found.changes == ()) == expected, found.changes


def test_every_example_is_explained_without_a_path() -> None:
    """The kinds of sentences are enough for what the rules do."""
    plan = make_plan(Request(config=str(ROOT / "examples/migrator.toml")))
    from migrator.engine.discovery import load_rules

    rules = load_rules(plan.rules)
    sentences = 0
    for file in sorted((ROOT / "examples/acme").rglob("*.yml")):
        outcome = run(str(file), Path(file).read_bytes(), rules, plan.policy, choose_by_safety(review_too=False))
        if isinstance(outcome, Changed):
            found = meaning_of(outcome)
            sentences += len(found.changes)
            assert found.proven
            assert found.changes
            assert not [text for text in found.changes if text.startswith("`")]
    assert sentences > 15


def test_sentences_end_as_sentences() -> None:
    first, last = sentences(meaning(("only: main", "only: x")))
    assert first == "`workflows.main.test.filters.branches.only` becomes `x` instead of `main`."
    assert last.startswith("Nothing else changes for CircleCI (")
    assert last.endswith(").")
