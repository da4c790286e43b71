"""The JSON Schema of `migrator.toml` and its reader agree, in both directions, wherever a schema can say it."""

from __future__ import annotations

import copy
import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import jsonschema_rs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from migrator.errors import PolicyError
from migrator.policy import Policy
from migrator.policy.schema import policy_schema
from migrator.policy.toml import policy_from
from migrator.policy.writing import policy_toml
from tests.places import DOCS, ROOT
from tests.policy.test_policy_file import POLICIES
from tests.policy.test_policy_file import (
    test_what_is_wrong_is_named_with_its_key_and_what_was_expected as refused_policies,
)

FILE = Path("migrator.toml")
SCHEMA = policy_schema(("broken-auth", "literal-secret"))


def _ending(pattern: str) -> str:
    """The pattern with `$` as ECMA 262 means it: the very end, which in Python is also before a last line feed."""
    return re.sub(r"(?<!\\)\$(?=\)|$)", r"\\Z", pattern)


@cache
def validator() -> jsonschema_rs.Draft7Validator:
    """The library that taplo validates with, and so Even Better TOML."""
    return jsonschema_rs.Draft7Validator(SCHEMA)


def reason(values: dict[str, Any]) -> str:
    """Why the reader refuses it; empty where it takes it."""
    try:
        policy_from(copy.deepcopy(values), FILE)
    except PolicyError as error:
        return str(error)
    return ""


# What a schema cannot say, by how the reader refuses it, each with what has to be there.
UNSAID = {
    "a registry that only an override has lacks a key": (r"overrides\[\d+\]\.registries\.[^:]+: is missing", ""),
    "an override takes contexts where a registry has none": (r": registries\.[^:]+\.context: is missing", "context"),
    "a pattern begins with another registry than Docker Hub": (r"\.(images|skip): expected a list of rep", "/"),
    "a username has a character that nobody sees": (r"\.username: expected a username", "unseen"),
    "an override has a role or keys where the policy has the other": (r"overrides\[\d+\]\.aws\.", ""),
}


def assert_agreed(values: dict[str, Any]) -> None:
    why, valid = reason(values), validator().is_valid(values)
    if valid and why:
        needed = next((needed for words, needed in UNSAID.values() if re.search(words, why)), None)
        assert needed is not None, f"the schema takes it: {why}"
        found = [*texts(values)]
        if needed == "unseen":
            assert not all(map(str.isprintable, found)), why
        else:
            assert any(needed in text for text in found), why
    elif not valid and not why:
        pytest.fail(f"the reader takes it: {next(validator().iter_errors(values)).message}")


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(inner)


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_every_policy_of_the_project_is_valid() -> None:
    shown = "".join((DOCS / page).read_text("utf-8") for page in ("policy.md", "policy-keys.md"))
    blocks = re.findall(r"^```toml\n(.*?)^```$", shown, re.MULTILINE | re.DOTALL)
    files = [file.read_text("utf-8") for file in (ROOT / "examples").rglob("migrator.toml")]
    assert len(blocks) >= 3
    for text in (*blocks, *files):
        assert list(validator().iter_errors(tomllib.loads(text))) == []


@given(POLICIES)
def test_every_policy_that_can_be_written_is_valid(policy: Policy) -> None:
    assert_agreed(tomllib.loads(policy_toml(policy)))
    assert validator().is_valid(tomllib.loads(policy_toml(policy)))


REFUSED = [case for mark in refused_policies.pytestmark for case in mark.args[1]]  # type: ignore[attr-defined]


@pytest.mark.parametrize("text", [text for text, words in REFUSED if "not valid TOML" not in words])
def test_what_the_reader_refuses_the_schema_refuses(text: str) -> None:
    values = tomllib.loads(text)
    assert reason(values)
    assert_agreed(values)
    unsaid = "overrides[1].registries.q.username: is missing" in reason(values)
    assert validator().is_valid(values) is unsaid


def test_what_a_schema_cannot_say_is_still_refused() -> None:
    override = {"paths": ["a"]}
    quay = {"username": "u", "password": "$P", "context": "c"}
    for values in (
        {"overrides": [{**override, "registries": {"quay.io": {"context": "c"}}}]},
        {"registries": {"quay.io": {**quay, "images": ["quay.io/acme"]}}},
        {"registries": {"quay.io": {**quay, "username": "a\u200bb"}}},
        {"credentials": "project", "registries": {"quay.io": {"username": "u", "password": "$P"}},
         "overrides": [{**override, "credentials": "context"}]},
    ):  # fmt: skip
        assert validator().is_valid(values)
        assert reason(values)
        assert_agreed(values)


ODD = st.sampled_from(
    [
        *("", " ", "a", "A", "x y", "$A", "${A}", "$A\n", "$1", "\n", "a\n", "\u0661", "\u200b", "\x7f"),
        *("x" * 201, "\U0001f600" * 200, "cloud", "server", "project", "context", "tell", "4.0.1", "3.0.1"),
        *("3.0.\u0661", "us-east-1", "us-east-1\n", "gh/acme", "acme/*", "docker.io/acme", "quay.io/x", "a:1"),
        *("../a", "a/../b", "a/..", "..", "/a", ".circleci/x", ".circleci", "a\\b", "broken-auth", "Broken"),
        *("https://ci.acme.com", "http://localhost:8080", "http://ci.acme.com", "https://ci.acme.com/\n", "k8s/**"),
        *("arn:aws:iam::123456789012:role/ci", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/a"),
    ]
)
VALUES = st.recursive(
    ODD | st.sampled_from([1, 0, True, 1.5]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(ODD, inner, max_size=2),
    max_leaves=3,
)
KEYS = st.sampled_from(
    [
        *("target", "credentials", "registries", "docker.io", "quay.io", "index.docker.io", "localhost:5000", "a@b"),
        *("username", "password", "context", "images", "skip", "aws", "oidc_role_arn", "aws_access_key_id", "x"),
        *("rules", "select", "ignore", "exclude", "circleci", "organization", "api-url", "overrides", "paths"),
        *("repositories", "generated", "source", "command", "docker-orb", "version", "ecr", "copied", "HOST"),
        "123456789012.dkr.ecr.x",
    ]
)
MUTATIONS = st.lists(st.tuples(st.integers(0, 200), st.sampled_from("srdm"), KEYS, VALUES), min_size=1, max_size=3)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container with each of its keys or indexes."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in [*items]:
        yield value, key
        yield from places(inner)


def mutated(values: dict[str, Any], mutations: list[tuple[int, str, str, Any]]) -> dict[str, Any]:
    values = copy.deepcopy(values)
    for number, how, name, odd in mutations:
        found = [*places(values), (values, name)]
        container, key = found[number % len(found)]
        if how == "s" or (how != "r" and key not in container if isinstance(container, dict) else False):
            container[key] = odd
        elif how == "d":
            del container[key]
        elif how == "m" and isinstance(container, dict):
            container[name] = container.pop(key)
        elif isinstance(container, dict):
            inner = container.get(key)
            (inner if isinstance(inner, dict) else container)[name] = odd
    return values


@given(POLICIES.map(policy_toml).map(tomllib.loads), MUTATIONS)
def test_they_agree_on_whatever_becomes_of_a_policy(values: dict[str, Any], mutations: Any) -> None:
    assert_agreed(mutated(values, mutations))


@st.composite
def drawn(draw: st.DrawFn, schema: dict[str, Any]) -> Any:
    """What a part of the schema describes, as far as its own words say, without its conditions."""
    if "anyOf" in schema and "type" not in schema:
        return draw(drawn(draw(st.sampled_from(schema["anyOf"]))))
    if "enum" in schema:
        return draw(st.sampled_from(schema["enum"]))
    if schema["type"] == "array":
        return draw(st.lists(drawn(schema["items"]), max_size=2))
    if schema["type"] == "string":
        if "pattern" not in schema:
            return draw(st.text(min_size=1, max_size=5))
        return draw(st.from_regex(_ending(schema["pattern"]), fullmatch=True))
    properties = schema.get("properties", {})
    chosen = draw(st.lists(st.sampled_from(sorted(properties)), max_size=4, unique=True)) if properties else []
    made = {key: draw(drawn(properties[key])) for key in {*chosen, *schema.get("required", ())}}
    if isinstance(more := schema.get("additionalProperties"), dict):
        for name in draw(
            st.lists(st.sampled_from(["quay.io", "localhost:5000", "a.yml", "b c"]), max_size=2, unique=True)
        ):
            made[name] = draw(drawn(more))
    return made


@given(drawn(SCHEMA))
@example({"overrides": [{"paths": [], "repositories": ["a"], "aws": {}}]})
@example({"overrides": [{"paths": ["a"], "registries": {}}]})
@example({"overrides": [{"paths": ["a"], "registries": {"docker.io": {"images": []}}}]})
@example({"rules": {"exclude": ["a/..b", "...", "..a/b"]}})
@example({"rules": {"exclude": ["a\n/.."]}})
@example({"registries": {"docker.io": {"context": "\U0001f600" * 200}}})
@example({"aws": {"oidc_role_arn": "arn:aws:iam::123456789012:role/ci", "aws_access_key_id": "$A"}})
def test_what_the_schema_describes_the_reader_takes(values: dict[str, Any]) -> None:
    assert_agreed(values)


def test_an_editor_is_offered_the_rules_and_takes_others() -> None:
    (offered, _) = SCHEMA["properties"]["rules"]["properties"]["select"]["items"]["anyOf"]
    assert offered == {"enum": ["broken-auth", "literal-secret"]}
    assert validator().is_valid({"rules": {"select": ["acme-image"], "ignore": ["broken-auth"]}})


def test_every_key_and_table_says_what_it_is() -> None:
    def silent(schema: dict[str, Any], path: str) -> Iterator[str]:
        for key, inner in schema.get("properties", {}).items():
            if not inner.get("description"):
                yield f"{path}.{key}"
            yield from silent(inner, f"{path}.{key}")
            yield from silent(inner.get("items", {}), f"{path}.{key}[]")

    assert list(silent(SCHEMA, "")) == []
