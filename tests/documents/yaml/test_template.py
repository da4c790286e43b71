"""Templates that become YAML: what stands around their tags is edited, what the tags put in is told."""

from __future__ import annotations

import pytest

from migrator.changes import ReplaceValue, SetText
from migrator.documents import open_document
from migrator.documents.yaml.template import YamlTemplate
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.engine.verify import verify
from migrator.errors import EditError
from migrator.policy import Policy
from migrator.rule import Safety
from migrator.tree import Mapping, Opaque, Sequence, Text, walk

RULES = load_rules(["unauthenticated-image"])
AUTH = "        auth:\n          username: $DOCKERHUB_USERNAME\n          password: $DOCKERHUB_PASSWORD\n"
HEAD = "version: 2.1\njobs:\n"
IMAGE = "    docker:\n      - image: cimg/go:1.22\n"


def migrated(text: str, path: str = ".circleci/config.yml.j2") -> Changed | Unchanged:
    outcome = run(path, text.encode(), RULES, Policy(), choose_by_safety(review_too=True))
    assert isinstance(outcome, Changed | Unchanged), outcome
    if isinstance(outcome, Changed):
        again = run(path, outcome.data, RULES, Policy(), choose_by_safety(review_too=True))
        assert isinstance(again, Unchanged)
        assert outcome.after.replace(AUTH, "") == text
    return outcome


@pytest.mark.parametrize(
    "name",
    ["config.yml.j2", "config.yml.in", "config.yaml.jinja2", "config.yml.tmpl", "config.j2.yml", "x.yml.template"],
)
def test_the_name_says_that_it_is_a_template(name: str) -> None:
    assert isinstance(open_document(f".circleci/{name}", b"a: {{ b }}\n"), YamlTemplate)


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "  build:\n" + IMAGE + "{% if x %}\n    resource_class: large\n{% endif %}\n",
        HEAD + "{%- for v in versions %}\n  test-{{ v }}:\n" + IMAGE + "{%- endfor %}{# of versions #}\n",
        "{# a comment #}\n"
        + HEAD
        + "  build:\n"
        + IMAGE
        + "    steps:\n      - run: |\n          {% if a %}\n          b\n",
        HEAD
        + "  build:\n"
        + IMAGE
        + "    steps:\n      {% raw %}\n      - run: echo {{ .Branch }}\n      {% endraw %}\n",
        HEAD + "  build:\n" + IMAGE + "    environment:\n      A: {{ a }}-{{ b }}{% if c %}x{% endif %}\n",
        HEAD + "  build:\n" + IMAGE + "    x: 1\n    {% if a %}\n    y: 1\n    {% else %}\n    y: 2\n    {% endif %}\n",
        HEAD + "  build:\n" + IMAGE + "    environment:\n      A: [[ name ]]\n      B: [[ other | upper ]]\n",
    ],
)
def test_an_image_is_edited_whatever_tags_stand_around_it(text: str) -> None:
    outcome = migrated(text)
    assert isinstance(outcome, Changed)
    assert outcome.after.count("auth:") == 1


def test_a_tag_at_the_head_of_a_block_scalar_is_read_as_its_text_with_line_breaks_of_windows_too() -> None:
    text = HEAD + "  build:\n" + IMAGE + "    steps:\n      - run: |\n          {% if a %}\n          b\n"
    outcome = run("c.yml.j2", text.replace("\n", "\r\n").encode(), RULES, Policy(), choose_by_safety(review_too=True))
    assert isinstance(outcome, Changed)
    assert outcome.after.replace(AUTH.replace("\n", "\r\n"), "") == text.replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("image", "registry_is_known"),
    [("cimg/go:{{ version }}", True), ("{{ registry }}/go:1", False), ("quay.io/acme/{{ name }}", True)],
)
def test_the_head_of_an_image_says_its_registry(image: str, registry_is_known: bool) -> None:
    outcome = migrated(HEAD + f"  build:\n    docker:\n      - image: {image}\n")
    assert isinstance(outcome, Changed) == image.startswith("cimg")
    assert (outcome.left == ()) == registry_is_known


def test_a_shell_that_tests_in_double_brackets_is_no_template() -> None:
    text = HEAD + "  build:\n" + IMAGE + "    steps:\n      - run: if [[ -z $A ]] && [[ $B == x ]]; then exit; fi\n"
    document = open_document("config.yml.in", text.encode())
    assert any(isinstance(node, Text) and "[[ -z $A ]]" in node.value for node in walk(document.root))


def test_lines_that_a_tag_puts_in_are_told() -> None:
    text = (
        HEAD + "  build:\n" + IMAGE + "  {{ more_jobs() }}\nworkflows:\n  main:\n    jobs:\n      {{ invocations() }}\n"
    )
    outcome = migrated(text)
    assert isinstance(outcome, Changed)
    (applied,) = outcome.applied
    where = "`invocations` of the template adds lines"
    assert applied.warnings[0] == f"{where}: each use of job `build` needs the context `docker-hub-creds`"
    (left,) = outcome.left
    assert (left.line, left.message.partition(":")[0]) == (
        6,
        "a part of `jobs` cannot be read because `more_jobs` of the template adds lines",
    )


def test_another_branch_with_the_same_keys_is_told_and_stays() -> None:
    one = HEAD + "  build:\n    docker:\n{% if a %}\n      - image: cimg/go:1.22\n        name: a\n"
    other = "{% else %}\n      - image: cimg/go:1.23\n        name: b\n{% endif %}\n"
    both = migrated(one + other)
    assert isinstance(both, Changed)
    assert both.after.count("auth:") == 2  # a list of both is YAML as it stands
    keyed = one.replace("    docker:\n{% if a %}\n", "{% if a %}\n    docker:\n")
    outcome = migrated(keyed + other.replace("{% else %}\n", "{% else %}\n    docker:\n"))
    assert isinstance(outcome, Changed)
    assert outcome.after.count("auth:") == 1
    assert [left.line for left in outcome.left] == [8]


def test_a_branch_with_branches_in_it_is_one_branch() -> None:
    inner = "{% if b %}\n    environment: {A: a}\n{% else %}\n    environment: {A: b}\n{% endif %}\n"
    text = HEAD + "{% if a %}\n  build:\n" + IMAGE + "{% else %}\n  build:\n" + IMAGE + inner + "{% endif %}\n"
    outcome = migrated(text)
    assert isinstance(outcome, Changed)
    assert outcome.after.count("auth:") == 1
    assert [left.line for left in outcome.left] == [7]


def test_what_is_no_yaml_until_it_is_rendered_is_told() -> None:
    outcome = migrated("version: 2.1\n{{ jobs }}:\n  - [\n")
    assert isinstance(outcome, Unchanged)
    (left,) = outcome.left
    assert "this template is not YAML until it is rendered" in left.message


def test_a_tag_in_a_text_is_not_rewritten() -> None:
    document = open_document("config.yml.j2", b"a: x{{ b }}\nc: d\n")
    texts = {node.value: node for node in walk(document.root) if isinstance(node, Text)}
    assert set(texts) == {"a", "x<<{b}>>", "c", "d"}
    with pytest.raises(EditError):
        document.edits([SetText(texts["x<<{b}>>"], "y<<{b}>>")])
    change = SetText(texts["d"], "e")
    (edit,) = document.edits([change])
    after = document.reread(document.text[: edit.start] + edit.text + document.text[edit.end :])
    assert after.text == "a: x{{ b }}\nc: e\n"
    verify(document.root, [change], after.root)
    assert not isinstance(document.root, Opaque)


@pytest.mark.parametrize(
    "text",
    [
        "jobs:\n  - run: | # {{ why }}\n      a\n",  # the comment would be written anew
        "jobs:\n  - run: a\n    {% if b %}\n    name: b\n    {% endif %}\n",
        "jobs:\n  - run:\n      {% if b %}\n      name: b\n      {% else %}\n      name: c\n      {% endif %}\n",
    ],
)
def test_a_tag_that_is_not_in_the_tree_is_not_taken_away(text: str) -> None:
    document = open_document("config.yml.j2", text.encode())
    assert isinstance(document.root, Mapping)
    steps = document.root.get("jobs")
    assert isinstance(steps, Sequence)
    with pytest.raises(EditError):
        document.edits([ReplaceValue(steps.items[0], {"checkout": "b"})])


CONTEXT = "workflows:\n  main:\n    jobs:\n      - build:\n"


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "  build:\n" + IMAGE + CONTEXT + "          {% if a %}\n          context: a\n          {% endif %}\n",
        HEAD + "  build:\n" + IMAGE + CONTEXT + "          context:\n            {%- if a %}\n"
        "            - docker-hub-creds\n            {%- endif %}\n",
        HEAD + "{% if a %}\n  build:\n" + IMAGE + "{% endif %}\n" + CONTEXT + "          name: b\n",
        HEAD + "  build:\n" + IMAGE + CONTEXT + "          {% if a %}\n          context: a\n          {% else %}\n"
        "          context: b\n          {% endif %}\n",
        HEAD + "  build:\n    {{- if .Large }}\n    resource_class: large\n    {{- end }}\n" + IMAGE,
        HEAD + "  build:\n" + IMAGE + "        {{ credentials }}\n",
        HEAD + "  build:\n" + IMAGE + CONTEXT + "          {% include 'context.yml' %}\n          name: a\n",
    ],
)
def test_a_fix_waits_for_review_where_tags_decide_which_lines_there_are(text: str) -> None:
    outcome = run("config.yml.j2", text.encode(), RULES, Policy(), choose_by_safety(review_too=False))
    assert isinstance(outcome, Unchanged), outcome
    fix = next(left for left in outcome.left if left.fix)
    assert fix.safety is Safety.REVIEW
    assert "check every case" in fix.warnings[-1]


def test_a_fix_is_safe_where_they_only_repeat_lines_or_fill_them() -> None:
    text = HEAD + "{% for v in versions %}\n  test-{{ v }}:\n" + IMAGE + "{% endfor %}\n"
    outcome = run("config.yml.j2", text.encode(), RULES, Policy(), choose_by_safety(review_too=False))
    assert isinstance(outcome, Changed)


@pytest.mark.parametrize(
    "items",
    [
        "            - a\n            {% if b %}\n            - b\n            {% endif %}\n",
        "            {% for c in contexts %}\n            - {{ c }}\n            {% endfor %}\n",
    ],
)
def test_an_item_is_not_put_into_a_branch_or_a_loop_that_its_list_is_not_in(items: str) -> None:
    text = HEAD + "  build:\n" + IMAGE + CONTEXT + "          context:\n" + items
    outcome = run("config.yml.j2", text.encode(), RULES, Policy(), choose_by_safety(review_too=True))
    assert isinstance(outcome, Unchanged)
    assert outcome.left[0].why_not == "a condition or a loop of the template decides what is there"


def test_an_item_is_put_into_a_list_that_is_in_a_loop_itself() -> None:
    head = HEAD + "  build:\n" + IMAGE + "workflows:\n  main:\n    jobs:\n{% for v in versions %}\n"
    loop = "      - build:\n          name: {{ v }}\n          context:\n            - a\n{% endfor %}\n"
    outcome = run("config.yml.j2", (head + loop).encode(), RULES, Policy(), choose_by_safety(review_too=False))
    assert isinstance(outcome, Changed)
    assert "            - a\n            - docker-hub-creds\n{% endfor %}" in outcome.after
