"""Comments that suppress what is left: on the right line, nothing else changed, and a second run finds nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.documents import open_document
from migrator.documents.edits import apply_edits
from migrator.engine.discovery import load_rules, rule_files
from migrator.engine.ignoring import ignore_rest
from migrator.engine.outcomes import Changed, Failed, Outcome, Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.engine.verify import verify
from migrator.policy import Policy
from tests.corpus import example_configs, needs_corpus, real_configs

IDS = tuple(rule_files(()))
RULES = load_rules(IDS)
REASON = "until the audit"
IGNORE = f"# migrator: ignore[unauthenticated-image] {REASON}"
HEAD = "version: 2.1\njobs:\n  b:\n"
STEPS = "    steps: [checkout]\n"


def ignored(text: str, path: str = "config.yml") -> Outcome:
    return ignore_rest(path, text.encode(), RULES, Policy(), REASON, known=IDS)


def found(text: str, path: str = "config.yml") -> list[tuple[int, str]]:
    """What a run of the rules finds that counts."""
    outcome = run(path, text.encode(), RULES, Policy(), choose_by_safety(review_too=False), known=IDS)
    assert isinstance(outcome, Unchanged | Changed)
    made = outcome.applied if isinstance(outcome, Changed) else ()
    return [(each.line, each.rule) for each in (*made, *outcome.left) if each.counts]


def written(text: str, path: str = "config.yml") -> str:
    """The file with comments, after the proof that nothing is left and nothing else changed."""
    outcome = ignored(text, path)
    assert isinstance(outcome, Changed)
    assert outcome.left == ()
    assert_only_comments(outcome)
    assert found(outcome.after, path) == []
    again = ignored(outcome.after, path)
    assert isinstance(again, Unchanged), "a second run adds nothing"
    return outcome.after


def assert_only_comments(outcome: Changed) -> None:
    assert all(edit.start == edit.end for edit in outcome.edits)
    assert apply_edits(outcome.before, outcome.edits) == outcome.after
    before = open_document(outcome.path, outcome.before.encode())
    verify(before.root, (), open_document(outcome.path, outcome.after.encode()).root)
    # Each is at the end of a line, in a comment that suppresses.
    for one, other in zip(outcome.before.split("\n"), outcome.after.split("\n"), strict=True):
        assert one == other or "# migrator: ignore[" in other


def left(text: str, path: str = "config.yml") -> list[str]:
    """Why what is left got no comment; the file is unchanged."""
    outcome = ignored(text, path)
    assert isinstance(outcome, Unchanged)
    return [each.why_not for each in outcome.left]


# What is left alone


def test_a_file_without_findings_is_unchanged() -> None:
    assert ignored("version: 2.1\njobs: {}\n") == Unchanged("config.yml")


def test_what_does_not_count_gets_no_comment() -> None:
    text = "version: 2.1\norbs: {o: acme/o@1}\nworkflows: {w: {jobs: [o/build]}}\n"
    outcome = ignored(text)
    assert isinstance(outcome, Unchanged)
    assert [each.counts for each in outcome.left] == [False]


def test_what_is_suppressed_already_gets_no_second_comment() -> None:
    text = f"{HEAD}    docker:\n      # migrator: ignore[unauthenticated-image] ours\n      - image: acme/a:1\n{STEPS}"
    assert isinstance(ignored(text), Unchanged)


@pytest.mark.parametrize(
    "text",
    [
        f'{HEAD}    docker:\n      - image: "acme/a\\\n          :1"\n{STEPS}',
        f"{HEAD}    machine: true\n    steps:\n      - run: docker login -u $A\n          -p $B\n",
        f'{HEAD}    machine: true\n    steps:\n      - run: "docker login -u $A\n\n          -p $B"\n',
    ],
    ids=["quoted image", "plain", "quoted"],
)
def test_a_line_that_ends_inside_a_text_gets_none(text: str) -> None:
    assert found(text)
    assert {*left(text)} == {
        "no comment can be added behind its line, which ends inside a text; add one above it by hand"
    }


def test_a_template_gets_none() -> None:
    text = f"{HEAD}    docker:\n      - image: acme/a:1\n{{% if x %}}\n      - image: acme/b:1\n{{% endif %}}\n{STEPS}"
    assert found(text, "config.yml.j2")
    assert {*left(text, "config.yml.j2")} == {"no comment is added to a template"}
    plain = f"{HEAD}    docker:\n      - image: acme/a:{{{{ tag }}}}\n{STEPS}"
    assert {*left(plain, "config.yml.j2")} == {"no comment is added to a template"}


@pytest.mark.parametrize(
    "comment",
    ["# migrator: ignore-file[old] x", "# migrate: ignore[a] x", "# migrator: ignor[a] x", "# migrator: ignore[] x"],
)
def test_a_comment_of_ours_that_says_something_else_is_left(comment: str) -> None:
    text = f"{HEAD}    docker:\n      - image: acme/a:1 {comment}\n{STEPS}"
    assert "the comment of its line is about something else" in left(text)


def test_a_suppression_without_use_is_not_suppressed() -> None:
    text = f"{HEAD}    machine: true # migrator: ignore[broken-auth] x\n{STEPS}"
    outcome = ignored(text)
    assert isinstance(outcome, Unchanged)
    assert [each.rule for each in outcome.left] == ["unused-suppression"]


def test_a_file_that_cannot_be_read_fails_as_ever() -> None:
    outcome = ignored("jobs: [")
    assert isinstance(outcome, Failed)
    assert outcome.unread


# What gets a comment


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("- image: acme/a:1", f"- image: acme/a:1  {IGNORE}"),
        ("- image: 'acme/a:1'   ", f"- image: 'acme/a:1'   {IGNORE}"),
        ("- image: acme/a:1 ", f"- image: acme/a:1  {IGNORE}"),
        ("- image: acme/a:1\t", f"- image: acme/a:1\t {IGNORE}"),
        ("- image: acme/a:1 # pinned", f"- image: acme/a:1 # pinned {IGNORE}"),
        ("- {image: acme/a:1}", f"- {{image: acme/a:1}}  {IGNORE}"),
        ("- &a {image: acme/a:1, name: 'x # y'}", f"- &a {{image: acme/a:1, name: 'x # y'}}  {IGNORE}"),
        ("- {image: acme/a:1,\n         name: x}", f"- {{image: acme/a:1,  {IGNORE}\n         name: x}}"),
        (
            "- image: acme/a:1 # migrator: ignore[broken-auth] x",
            "- image: acme/a:1 # migrator: ignore[broken-auth,unauthenticated-image] x",
        ),
    ],
)  # fmt: skip
def test_the_comment_is_behind_the_line_of_the_finding(line: str, after: str) -> None:
    text = f"{HEAD}    docker:\n      {line}\n{STEPS}"
    if "broken-auth" in line:
        outcome = ignored(text)
        assert isinstance(outcome, Changed)
        assert outcome.after == f"{HEAD}    docker:\n      {after}\n{STEPS}"
        assert [each.rule for each in outcome.left] == ["unused-suppression"], "the id that had no use before"
        return
    assert written(text) == f"{HEAD}    docker:\n      {after}\n{STEPS}"


def test_several_findings_of_a_line_are_one_comment() -> None:
    text = f"{HEAD}    machine: true\n    steps:\n      - run: docker login -u acme -p hunter2-Xk7Qm2Z quay.io\n"
    assert "# migrator: ignore[docker-login-step,literal-secret] until the audit\n" in written(text)


@pytest.mark.parametrize("script", ["|", ">-", "|2", "&a |", "| # why"])
def test_a_block_scalar_gets_it_behind_its_header(script: str) -> None:
    login = "            docker login -u $A -p $B\n            make\n"
    text = f"{HEAD}    machine: true\n    steps:\n      - run: {script}\n{login}"
    after = written(text)
    assert after.split("\n")[5].startswith(f"      - run: {script} ")


def test_an_anchor_that_several_jobs_share_gets_one() -> None:
    text = f"x: &d\n  - image: acme/a:1\n{HEAD}    docker: *d\n{STEPS}  c:\n    docker: *d\n{STEPS}"
    assert written(text).count("# migrator:") == 1


def test_crlf_a_byte_order_mark_and_a_missing_last_line_end_stay() -> None:
    text = f"{HEAD}    steps: [checkout]\n    docker:\n      - image: acme/a:1".replace("\n", "\r\n")
    outcome = ignore_rest("config.yml", b"\xef\xbb\xbf" + text.encode(), RULES, Policy(), REASON, known=IDS)
    assert isinstance(outcome, Changed)
    assert outcome.data == b"\xef\xbb\xbf" + f"{text}  {IGNORE}".encode()


def test_no_fix_is_made_and_nothing_is_needed() -> None:
    text = f"{HEAD}    docker:\n      - image: acme/a:1\n{STEPS}workflows: {{w: {{jobs: [b]}}}}\n"
    outcome = ignored(text)
    assert isinstance(outcome, Changed)
    assert "auth" not in outcome.after.replace("unauthenticated", "")
    assert [(each.rule, each.applied, each.requirements) for each in outcome.applied] == [
        ("unauthenticated-image", True, ())
    ]


def test_part_of_a_file_may_be_left() -> None:
    text = f'{HEAD}    docker:\n      - image: acme/a:1\n      - image: "acme/b\\\n          :1"\n{STEPS}'
    outcome = ignored(text)
    assert isinstance(outcome, Changed)
    assert_only_comments(outcome)
    assert (len(outcome.applied), len(outcome.left)) == (1, 1)
    assert "ends inside a text" in outcome.left[0].why_not


# Scripts


def test_a_script_gets_it_behind_its_line() -> None:
    text = "CONFIG = {\n    'jobs': {'b': {'docker': [{'image': 'acme/a:1'}]}},\n}\nprint(CONFIG)\n"
    assert f"[{{'image': 'acme/a:1'}}]}}}},  {IGNORE}\n" in written(text, "make_config.py")


@pytest.mark.parametrize(
    "value",
    [
        "'''\nversion: 2.1\njobs:\n  b:\n    docker: [{image: acme/a:1}]\n    steps: [checkout]\n'''",
        "'acme/' \\\n    'a:1'",
    ],
    ids=["YAML in a string", "continued"],
)
def test_a_script_whose_line_ends_inside_a_string_or_goes_on_is_left(value: str) -> None:
    config = value if "jobs" in value else f"{{'jobs': {{'b': {{'docker': [{{'image': {value}}}]}}}}}}"
    outcome = ignored(f"CONFIG = {config}\nprint(CONFIG)\n", "make_config.py")
    assert isinstance(outcome, Unchanged)
    assert all("ends inside a text" in each.why_not for each in outcome.left)


# All that there is


@pytest.mark.parametrize(
    "configs",
    [pytest.param(example_configs(), id="examples"), pytest.param(real_configs()[::9], id="real", marks=needs_corpus)],
)
def test_real_configs_are_clean_afterwards_but_for_what_is_reported(configs: list[Path]) -> None:
    changed = 0
    for path in configs:
        data = path.read_bytes()
        outcome = ignore_rest(str(path), data, RULES, Policy(), REASON, known=IDS)
        if not isinstance(outcome, Changed):
            continue
        changed += 1
        assert_only_comments(outcome)
        told = {(each.line, each.rule) for each in outcome.left if each.counts}
        assert {*found(outcome.after, str(path))} == told
        assert all(each.why_not or each.rule == "unused-suppression" for each in outcome.left if each.counts), path
        again = ignore_rest(str(path), outcome.data, RULES, Policy(), REASON, known=IDS)
        assert isinstance(again, Unchanged), path
    assert changed > 5


def test_a_job_that_is_added_later_is_reported_though_those_before_it_are_suppressed() -> None:
    """None has the context, which is one finding until one of them is left alone."""
    head = (
        "version: 2.1\njobs:\n  b:\n    docker:\n      - image: acme/a:1\n"
        "        auth: {username: $DOCKERHUB_USERNAME, password: $DOCKERHUB_PASSWORD}\n"
        f"{STEPS}workflows:\n"
    )
    workflows = "".join(f"  w{number}:\n    jobs:\n      - b\n" for number in range(7))
    assert found(head + workflows) == [(11, "missing-context")]
    after = written(head + workflows)
    assert after.count("# migrator: ignore[missing-context]") == 7
    assert found(f"{after}  new:\n    jobs:\n      - b\n") == [(32, "missing-context")]
