"""Who gets which contexts: nobody for a fix that is not made, and everybody for one that is, whatever is answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.circleci.config import Config
from migrator.circleci.credentials.contexts import contexts_of
from migrator.documents import open_document
from migrator.documents.edits import TextEdit, apply_edits
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Decision, Located, Outcome, Unchanged
from migrator.engine.passes import Proposal, choose_by_safety, migrate, run
from migrator.engine.views import read_configs
from migrator.policy import Policy
from migrator.policy.toml import parse_policy
from migrator.rule import Rule
from migrator.tree import Mapping, Node, resolve
from migrator.tree import Sequence as SequenceNode
from tests.circleci.views import config_of
from tests.doses import examples

HUB, QUAY = "docker-hub-creds", "quay-creds"
LITERAL = "auth: {username: bot, password: Xk7QmZ2pLw9Vt4Rb}"
POLICY = parse_policy(
    '[registries."docker.io"]\nusername = "$DOCKERHUB_USERNAME"\npassword = "$DOCKERHUB_PASSWORD"\n'
    f'context = "{HUB}"\nimages = ["acme/*"]\n'
    f'[registries."quay.io"]\nusername = "$QUAY_USERNAME"\npassword = "$QUAY_PASSWORD"\ncontext = "{QUAY}"\n',
    Path("migrator.toml"),
)


@cache
def the_rules() -> tuple[Rule, ...]:
    return load_rules(["unauthenticated-image", "literal-secret"])


def contexts(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """The contexts of every invocation, in order."""
    (config,) = read_configs(open_document("config.yml", text.encode()), "config.yml")
    found = []
    for invocation in config.invocations:
        value = invocation.argument("context")
        names = contexts_of(value) if value is not None else ()
        assert names is not None
        found.append((invocation.name, names))
    return found


def answered(text: str, accept: Callable[[Proposal], bool], policy: Policy = POLICY) -> Outcome:
    """One run in which every finding is answered on its own."""
    outcome = run(
        "config.yml", text.encode(), the_rules(), policy, lambda p: Decision.APPLY if accept(p) else Decision.SKIP
    )
    assert isinstance(outcome, Changed | Unchanged), outcome
    return outcome


def written(outcome: Outcome, text: str) -> str:
    return outcome.after if isinstance(outcome, Changed) else text


def given_context(text: str, *words: str, policy: Policy = POLICY) -> dict[str, tuple[str, ...]]:
    """The contexts after a run in which the findings that name one of the words are accepted."""
    after = answered(text, lambda p: any(word in p.located.message for word in words), policy)
    return dict(contexts(written(after, text)))


TWO = """
    version: 2.1
    jobs:
      one: {docker: [{image: acme/one}], steps: [checkout]}
      two: {docker: [{image: acme/two}], steps: [checkout]}
    workflows:
      w:
        jobs:
          - one: ONE
          - two: TWO
    """
SHARED = {
    "a list": ("{context: &c [a]}", "{context: *c}"),
    "a body": ("&b {context: [a]}", "*b"),
    "a merged body": ("&b {context: [a]}", "{<<: *b}"),
    "a merged list": ("&b {context: &c [a]}", "{<<: *b, context: *c}"),
}


def two(how: str) -> str:
    one, other = SHARED[how]
    return dedent(TWO).replace("ONE", one).replace("TWO", other)


@pytest.mark.parametrize("how", SHARED)
def test_a_fix_that_was_answered_no_gives_nobody_a_context(how: str) -> None:
    text = two(how)
    assert given_context(text, "acme/two") == {"one": ("a",), "two": ("a", HUB)}
    alone = given_context(text, "acme/one")
    assert alone["two"] == ("a",)
    assert given_context(text, "acme/one", "acme/two") == {"one": ("a", HUB), "two": ("a", HUB)}
    assert given_context(text) == {"one": ("a",), "two": ("a",)}


@pytest.mark.parametrize("how", SHARED)
def test_a_literal_that_waits_for_a_person_gives_nobody_a_context(how: str) -> None:
    text = two(how).replace("image: acme/one", f"image: other/one, {LITERAL}")
    text = text.replace("image: acme/two", f"image: acme/two, {LITERAL}")
    outcome = run("config.yml", text.encode(), the_rules(), POLICY, choose_by_safety(review_too=False))
    assert isinstance(outcome, Changed)
    (waiting,) = outcome.left
    assert "other/one" in waiting.message
    assert dict(contexts(outcome.after)) == {"one": ("a",), "two": ("a", HUB)}
    both = run("config.yml", text.encode(), the_rules(), POLICY, choose_by_safety(review_too=True))
    assert dict(contexts(written(both, text))) == {"one": ("a", HUB), "two": ("a", HUB)}


def test_what_is_made_in_any_case_grows_the_shared_list() -> None:
    outcome = run("config.yml", two("a list").encode(), the_rules(), POLICY, choose_by_safety(review_too=False))
    assert f"- one: {{context: &c [a, {HUB}]}}\n      - two: {{context: *c}}\n" in written(outcome, "")


def test_a_fix_without_a_clean_edit_gives_nobody_a_context() -> None:
    """The document finds out that there is none, once the contexts are planned."""
    text = two("a list").replace(
        "{docker: [{image: acme/one}], steps: [checkout]}", "{docker: [*i], steps: [checkout]}"
    )
    text = text.replace("jobs:\n  one", "x: &i {image: acme/one, ? [k] : v}\njobs:\n  one", 1)
    outcome = run("config.yml", text.encode(), the_rules(), POLICY, choose_by_safety(review_too=False))
    after = dict(contexts(written(outcome, text)))
    applied = outcome.applied if isinstance(outcome, Changed) else ()
    assert after["one"] == (("a", HUB) if any("acme/one" in each.message for each in applied) else ("a",))
    assert after["two"] == ("a", HUB)


SCHEDULED = """
    version: 2.1
    jobs:
      one: {docker: [{image: acme/one, LITERAL}], steps: [checkout]}
    workflows:
      nightly:
        triggers: [{schedule: {cron: "0 0 * * *", filters: {branches: {only: main}}}}]
        jobs: [one]
    """


def literal(text: str, policy: Policy = POLICY) -> Located:
    text = dedent(text).replace("LITERAL", LITERAL)
    outcome = answered(text, lambda _: False, policy)
    assert isinstance(outcome, Unchanged)
    (finding,) = outcome.left
    return finding


def test_a_schedule_is_told_of_or_gets_no_context_as_the_policy_says() -> None:
    warned = literal(SCHEDULED)
    assert "`nightly` runs on a schedule: it fails if the context is restricted" in warned.warnings
    assert [(r.kind, r.name) for r in warned.requirements] == [("context", HUB)]
    policy = parse_policy('scheduled = "skip"\n', Path("migrator.toml"))
    skipped = literal(SCHEDULED, policy)
    assert "`nightly` runs on a schedule and gets no context, because of the policy" in skipped.warnings
    assert skipped.safety.value == "review"
    assert [r.kind for r in skipped.requirements] == ["project-env"]
    text = dedent(SCHEDULED).replace("LITERAL", LITERAL)
    assert dict(contexts(written(answered(text, lambda _: True, policy), text))) == {"one": ()}
    assert dict(contexts(written(answered(text, lambda _: True), text))) == {"one": (HUB,)}


def test_a_schedule_that_shares_its_jobs_is_left_with_its_reason() -> None:
    text = SCHEDULED.replace("jobs: [one]", "jobs: &j [one]") + "  other: {jobs: *j}\n    "
    found = literal(text, parse_policy('scheduled = "skip"\n', Path("migrator.toml")))
    assert not found.fix
    assert "`nightly` runs on a schedule and shares its jobs with a workflow that does not" in found.message


@pytest.mark.parametrize(("had", "told"), [("org", True), (QUAY, False), (HUB, False)])
def test_a_context_whose_variables_overlap_is_warned_of(had: str, told: bool) -> None:
    text = SCHEDULED.replace("jobs: [one]", f"jobs: [{{one: {{context: {had}}}}}]")
    warnings = literal(text).warnings
    assert any("is added last" in warning for warning in warnings) is told


def test_a_second_context_on_server_is_warned_of() -> None:
    policy = parse_policy('target = "server"\n', Path("migrator.toml"))
    text = SCHEDULED.replace("jobs: [one]", "jobs: [{one: {context: org}}]")
    told = "CircleCI Server documents one context per workflow, but `nightly` also has `org`"
    assert told in literal(text, policy).warnings
    assert told not in literal(text).warnings


def test_who_uses_an_orb_reads_which_context_to_give() -> None:
    text = dedent(f"""
        description: x
        jobs:
          one: {{docker: [{{image: acme/one, {LITERAL}}}], steps: [checkout]}}
        """)
    config = config_of(text, "src/@orb.yml")
    (finding,) = [f for rule in the_rules() for f in rule.check(config, POLICY)]
    assert f"job `one` is part of an orb: projects that use it must add the context `{HUB}`" in finding.warnings
    assert [(r.kind, r.name) for r in finding.requirements] == [
        ("project-env", "the projects that use this orb provide them")
    ]


def test_a_body_that_gains_contexts_hides_none_that_is_merged_from_elsewhere() -> None:
    text = two("a body").replace("one: &b {context: [a]}", "one: &b {}").replace("two: *b", "one: {<<: [*b, *other]}")
    text = f"x: &other {{context: [a]}}\n{text}"
    for yes in (("acme/one",), ("acme/two",), ("acme/one", "acme/two")):
        after = written(answered(text, lambda p, yes=yes: any(w in p.located.message for w in yes)), text)  # type: ignore[misc]
        assert contexts(after)[1] == ("one", ("a",))


# The property: any answers, over bodies, lists and merges that are shared in whatever way.

FRAGMENTS = "x-list: &list [base]\nx-body: &body {context: *list}\nx-text: &text {context: base}\n"
BODIES = (
    "", "{context: a}", "{context: [a]}", "{context: *list}", "*body", "{<<: *body}", "{<<: *text}", "*text",
    "{<<: *body, context: *list}", "&ID {context: [a]}", "&ID {context: &IDl [a]}", "{context: &IDl [a]}", "&ID {}",
    "{context: *EARLIERl}", "*EARLIER", "{<<: *EARLIER}", "{<<: *EARLIER, context: *EARLIERl}",
    "{<<: [*EARLIER, *body]}",
)  # fmt: skip
IMAGES = {
    "acme": ("acme/NAME", HUB),
    "quay": ("quay.io/acme/NAME", QUAY),
    "literal": (f"acme/NAME, {LITERAL}", HUB),
    "waits": (f"other/NAME, {LITERAL}", HUB),
    "none": ("gcr.io/acme/NAME", ""),
}


@st.composite
def configs(draw: st.DrawFn) -> tuple[str, dict[str, tuple[str, str]]]:
    """A config, and for each image by the word that messages name it with: its job and the context that it needs."""
    kinds = st.lists(st.sampled_from(sorted(IMAGES)), min_size=1, max_size=2)
    images: dict[str, tuple[str, str]] = {}
    jobs = ""
    names = [f"j{n}" for n in range(draw(st.integers(2, 3)))]
    for name in names:
        items = []
        for index, kind in enumerate(draw(kinds)):
            written_image, context = IMAGES[kind]
            word = f"{name}i{index}"
            items.append(f"{{image: {written_image.replace('NAME', word)}}}")
            if context:
                images[word] = name, context
        jobs += f"  {name}: {{docker: [{', '.join(items)}], steps: [checkout]}}\n"
    lines = ""
    bodies: list[str] = []
    lists: list[str] = []
    for number, name in enumerate(draw(st.lists(st.sampled_from(names), min_size=2, max_size=4))):
        body = draw(st.sampled_from(BODIES))
        if ("*EARLIERl" in body and not lists) or ("EARLIER" in body.replace("EARLIERl", "") and not bodies):
            body = "{context: *list}"
        body = body.replace("EARLIERl", lists[-1] if lists else "").replace("EARLIER", bodies[-1] if bodies else "")
        if "&IDl" in body:
            lists.append(f"b{number}l")
        if "&ID " in body:
            bodies.append(f"b{number}")
        body = body.replace("ID", f"b{number}")
        lines += f"      - {name}: {body}\n" if body else f"      - {name}\n"
    return f"version: 2.1\n{FRAGMENTS}jobs:\n{jobs}workflows:\n  w:\n    jobs:\n{lines}", images


def values(node: Node) -> object:
    """A tree as plain data, for what is the same but for its layout."""
    node = resolve(node)
    if isinstance(node, Mapping):
        return [(values(entry.key), values(entry.value)) for entry in node.entries]
    return [values(item) for item in node.items] if isinstance(node, SequenceNode) else getattr(node, "value", None)


def read(text: str) -> object:
    return values(open_document("config.yml", text.encode()).root)


def word_of(located: Located, images: dict[str, tuple[str, str]]) -> str:
    return next(word for word in images if f"/{word}`" in located.message)


def check_contexts(before: str, after: str, applied: Sequence[Located], images: dict[str, tuple[str, str]]) -> None:
    """Every invocation holds what it had, and what the applied fixes of its job need, and nothing else."""
    needed = {images[word_of(each, images)] for each in applied}
    for (name, had), (other, has) in zip(contexts(before), contexts(after), strict=True):
        assert name == other
        assert has[: len(had)] == had
        assert set(has) == {*had, *(context for job, context in needed if job == name)}, after


def driven(text: str, images: dict[str, tuple[str, str]], yes: frozenset[str]) -> Outcome:
    """A run with answers, in which what was shown is held against what is written pass by pass."""
    steps = migrate(open_document("config.yml", text.encode()), "config.yml", the_rules(), POLICY)
    shown: list[TextEdit] = []
    seen: set[str] = set()
    document = None
    try:
        proposal = next(steps)
        while True:
            if proposal.document is not document:
                if document is not None and shown:
                    expected = apply_edits(document.text, sorted(set(shown)))
                    assert read(proposal.document.text) == read(expected), expected
                document, shown = proposal.document, []
            accept = proposal.located.fix and word_of(proposal.located, images) in yes
            if accept:
                assert proposal.located.fingerprint not in seen, "it was asked twice"
                seen.add(proposal.located.fingerprint)
                shown += proposal.edits()
            proposal = steps.send(Decision.APPLY if accept else Decision.SKIP)
    except StopIteration as stop:
        outcome: Outcome = stop.value
    assert isinstance(outcome, Changed | Unchanged), outcome
    if document is not None and shown:
        assert read(written(outcome, text)) == read(apply_edits(document.text, sorted(set(shown))))
    return outcome


@settings(max_examples=examples(40), deadline=None)
@given(configs())
def test_no_subset_of_answers_gives_a_context_without_need_or_leaves_one_out(
    case: tuple[str, dict[str, tuple[str, str]]],
) -> None:
    text, images = case
    for bits in product((False, True), repeat=len(images)):
        yes = frozenset(word for word, bit in zip(images, bits, strict=True) if bit)
        outcome = driven(text, images, yes)
        applied = outcome.applied if isinstance(outcome, Changed) else ()
        assert {word_of(each, images) for each in applied} <= yes
        check_contexts(text, written(outcome, text), applied, images)
        again = driven(written(outcome, text), images, yes)
        assert isinstance(again, Unchanged), again


@settings(max_examples=examples(60), deadline=None)
@given(configs(), st.booleans(), st.sampled_from(["", "literal-secret", "unauthenticated-image"]))
def test_what_is_made_by_its_safety_has_its_contexts_and_nobody_else(
    case: tuple[str, dict[str, tuple[str, str]]], review_too: bool, left_alone: str
) -> None:
    text, images = case
    if left_alone:  # the first job is left alone by a comment
        text = text.replace("jobs:\n  j0", f"jobs:\n  # migrator: ignore[{left_alone}] it is public\n  j0", 1)
    choose = choose_by_safety(review_too=review_too)
    outcome = run("config.yml", text.encode(), the_rules(), POLICY, choose)
    assert isinstance(outcome, Changed | Unchanged), outcome
    applied = outcome.applied if isinstance(outcome, Changed) else ()
    check_contexts(text, written(outcome, text), applied, images)
    again = run("config.yml", written(outcome, text).encode(), the_rules(), POLICY, choose)
    assert isinstance(again, Unchanged), again


def test_a_config_alone_says_that_what_waits_is_not_made() -> None:
    config = config_of("jobs: {}\n")
    assert isinstance(config, Config)
    assert config.is_made("some-rule", config.root)
    assert not config.is_made("some-rule", config.root, waits=True)
