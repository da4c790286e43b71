"""Which policy is found, what it adds to the built-in one, and how a wrong one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.errors import PolicyError, UsageError
from migrator.policy import BUILT_IN_HUB, HUB, Aws, Generated, Override, Policy, Registry
from migrator.policy.location import find_policy
from migrator.policy.toml import parse_policy
from migrator.policy.writing import policy_toml
from migrator.startup.records import replace

FILE = Path("migrator.toml")


def read(text: str) -> Policy:
    return parse_policy(text, FILE)


def refusal(text: str) -> str:
    with pytest.raises(PolicyError) as caught:
        read(text)
    line = str(caught.value)
    assert line.startswith("migrator.toml: ")
    assert "\n" not in line
    return line.removeprefix("migrator.toml: ")


def test_without_a_file_the_built_in_policy_holds(tmp_path: Path) -> None:
    assert find_policy(None, tmp_path) == Policy()
    assert find_policy(None, tmp_path).source is None


def test_the_nearest_file_upwards_is_taken_and_the_one_given_before_it(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "migrator.toml").write_text('target = "server"')
    (tmp_path / "other.toml").write_text('scheduled = "skip"')
    assert find_policy(None, inner).target == "server"
    assert find_policy(None, inner).source == tmp_path / "migrator.toml"
    assert find_policy(str(tmp_path / "other.toml"), inner) == replace(Policy(), scheduled="skip")


def test_a_working_folder_that_was_deleted_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(UsageError, match="this folder was deleted"):
        find_policy()


def test_an_empty_file_is_the_built_in_policy() -> None:
    assert read("") == Policy()


def test_a_registry_is_overridden_key_by_key() -> None:
    assert read('[registries."docker.io"]\ncontext = "x"').registries == (replace(BUILT_IN_HUB, context="x"),)


def test_another_registry_stands_beside_the_built_in_one() -> None:
    quay = '[registries."quay.io"]\nusername = "robot"\npassword = "$QUAY"\ncontext = "q"\nimages = ["acme/*"]'
    assert read(quay).registries == (BUILT_IN_HUB, Registry("quay.io", "robot", "$QUAY", "q", ("acme/*",)))


def test_no_context_is_asked_for_with_project_variables() -> None:
    quay = '[registries."quay.io"]\nusername = "$A"\npassword = "$B"\n'
    assert 'registries."quay.io".context: is missing' in refusal(quay)
    assert read(f'credentials = "project"\n{quay}').registry("quay.io") == Registry("quay.io", "$A", "$B", "")


@pytest.mark.parametrize("written", ["$DOCKER_LOGIN", "${DOCKER_LOGIN}"])
def test_a_variable_in_braces_is_the_same_variable(written: str) -> None:
    hub = read(f'[registries."docker.io"]\nusername = "{written}"\npassword = "{written}"').registry(HUB)
    assert hub == replace(BUILT_IN_HUB, username="$DOCKER_LOGIN", password="$DOCKER_LOGIN")
    keys = f'aws_access_key_id = "{written}"\naws_secret_access_key = "{written}"'
    assert read(f"[aws]\n{keys}").aws == Aws("$DOCKER_LOGIN", "$DOCKER_LOGIN")


def test_aws_is_there_only_if_its_table_is() -> None:
    assert read("").aws is None
    assert read("[aws]").aws == Aws()
    role = "arn:aws:iam::123456789012:role/ci"
    assert read(f'[aws]\noidc_role_arn = "{role}"').aws == Aws(oidc_role_arn=role)


def test_a_byte_order_mark_and_crlf_are_read(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_bytes(b'\xef\xbb\xbftarget = "server"\r\nscheduled = "skip"\r\n')
    assert find_policy(str(tmp_path / "p.toml")).scheduled == "skip"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("targt = 1", "targt: unknown key; did you mean `target`?"),
        ("zzz = 1", "zzz: unknown key; expected one of target, credentials,"),
        ("target = 1", 'target: expected "cloud" or "server", found a number'),
        ('target = "clowd"', 'target: expected "cloud" or "server"'),
        ('registries = "x"', "registries: expected a table, found a text"),
        ('[registries."docker.io"]\nusrname = "x"', 'registries."docker.io".usrname: unknown key; did you mean'),
        ('[registries."docker.io"]\nusername = ""', "expected a username, or a variable"),
        ('[registries."docker.io"]\nusername = "$1"', "expected a username, or a variable"),
        ('[registries."docker.io"]\npassword = 12', "expected a variable such as"),
        ('[registries."docker.io"]\npassword = "${X}y"', "a literal secret is not allowed"),
        ('[registries."docker.io"]\nusername = "${X"', "expected a username, or a variable"),
        ("rules = 1", "rules: expected a table, found a number"),
        ('[rules]\nselct = ["a"]', "rules.selct: unknown key; did you mean `select`?"),
        ('[rules]\nselect = "broken-auth"', "rules.select: expected a list of ids of rules"),
        ('[rules]\nignore = ["Broken Auth"]', "rules.ignore: expected a list of ids of rules"),
        ('[rules]\nexclude = ["/k8s"]', "rules.exclude: expected a list of patterns of paths below .circleci, such as"),
        ('[rules]\nexclude = ["a/../b"]', "rules.exclude: expected a list of patterns"),
        ('[rules]\nexclude = [".circleci/k8s/**"]', "rules.exclude: expected a list of patterns"),
        ('[rules]\nforeign-images = "warn"', 'rules.foreign-images: expected "tell" or "report"'),
        ('[circleci]\norganization = "acme"', 'circleci.organization: expected an organisation such as "gh/acme"'),
        ('[circleci]\napi-url = "http://ci.acme.com"', "circleci.api-url: expected an address such as"),
        ('[circleci]\napi-url = "https://me:hunter2@ci.acme.com"', "circleci.api-url: expected an address such as"),
        ("overrides = 1", "overrides: expected a list of tables, each [[overrides]], found a number"),
        ("overrides = [1]", "overrides: expected a list of tables, each [[overrides]]"),
        ('[[overrides]]\ntarget = "server"', "overrides[0]: does not say what it applies to; expected `repositories`"),
        ('[[overrides]]\nrepositories = []\ntarget = "server"', "overrides[0]: does not say what it applies to"),
        ('[[overrides]]\npaths = ["a"]', "overrides[0]: sets no key; expected policy keys besides"),
        (
            '[[overrides]]\npaths = ["/a"]\ntarget = "server"',
            "overrides[0].paths: expected a list of paths from",
        ),
        (
            '[[overrides]]\npaths = ["a"]\ntarget = 1',
            'overrides[0].target: expected "cloud" or "server"',
        ),
        (
            '[[overrides]]\npaths = ["a"]\ntarget = "server"\n[[overrides]]\npaths = ["a"]\nregistries.q.context = "q"',
            "overrides[1].registries.q.username: is missing",
        ),
        (
            '[[overrides]]\npaths = ["a"]\ngenerated.x.source = "y"',
            "overrides[0].generated: unknown key; expected",
        ),
        ('[[overrides]]\npaths = ["a"]\n[[overrides.overrides]]\npaths = ["b"]', "overrides[0].overrides: unknown key"),
        ('[registries."docker.io"]\nimages = "a"', "images: expected a list of repositories"),
        ('[registries."docker.io"]\nimages = [1]', "images: expected a list of repositories"),
        ('[registries."docker.io"]\nimages = ["acme/x:1"]', "images: expected a list of repositories without registry"),
        (
            '[registries."docker.io"]\nskip = ["docker.io/acme"]',
            "skip: expected a list of repositories without registry",
        ),
        ('[registries."docker.io"]\ncontext = ""', "context: expected the name of a context"),
        (f'[registries."docker.io"]\ncontext = "{"x" * 201}"', "context: expected the name of a context"),
        ('[registries."index.docker.io"]\n', 'Docker Hub is "docker.io" in a policy'),
        ('[registries."https://quay.io"]\n', "expected the bare, lower-case host"),
        ('[registries."123456789012.dkr.ecr.eu-west-1.amazonaws.com"]\n', "ECR images get their keys from"),
        ('[aws]\naws_secret_access_key = "AKIA"', "a literal secret is not allowed"),
        ('[aws]\naws_access_key_id = "AKIA"', "a literal secret is not allowed"),
        ('[aws]\noidc_role_arn = "role/x"', "oidc_role_arn: expected a role such as"),
        ('[docker-orb]\nversion = "4"', "docker-orb.version: expected an exact version"),
        ('[docker-orb]\nversion = "volatile"', "docker-orb.version: expected an exact version"),
        ('[docker-orb]\nversion = "4.0.01"', "docker-orb.version: expected an exact version"),
        ('[docker-orb]\nversion = "4.0.1"', "docker-orb.version: 4.0.1 hides a failed login"),
        ('[registries."docker.io"]\nimages = ["Acme/*"]', "without registry and tag, in lower case, such as"),
        ('[ecr]\ncopied = ["team/app:1"]', "ecr.copied: expected a list of repositories without registry"),
        ('[ecr]\ncopied = ["123456789012.dkr.ecr.us-west-2.amazonaws.com/team/app"]', "ecr.copied: expected a list of"),
        ('[ecr]\nhome-region = "Frankfurt"', "ecr.home-region: expected a region"),
        ('[generated."a.yml"]\n', 'generated."a.yml".source: is missing'),
        (
            '[generated."a.yml"]\nsource = "b"\ncommand = "make"',
            "command: expected a list of a program and its arguments",
        ),
        ("x = 1 2", "line 1, column 7: is not valid TOML"),
        ("a = 1\na = 2", "is not valid TOML"),
    ],
)
def test_what_is_wrong_is_named_with_its_key_and_what_was_expected(text: str, words: str) -> None:
    assert words in refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        '[registries."docker.io"]\npassword = "hunter2!"',
        '[registries."quay.io"]\nusername = "u"\npassword = "hunter2!"\ncontext = "c"',
        '[aws]\naws_secret_access_key = "hunter2!"',
        'target = "hunter2!"',
        'password = "hunter2!',
        'registries = "hunter2!"',
        '[registries."https://me:hunter2!@quay.io"]\nusername = "u"',
    ],
)
def test_no_refusal_quotes_a_value(text: str) -> None:
    assert "hunter2" not in refusal(text)


NAMES = st.from_regex(r"\$[A-Z_][A-Z0-9_]{0,9}", fullmatch=True)
CONTEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs")), min_size=1, max_size=200)
PATTERNS = st.lists(st.from_regex(r"[a-z*]{1,6}(/[a-z*]{1,6})?", fullmatch=True), max_size=3).map(tuple)
USERS = NAMES | st.text(st.characters(categories=("L", "N", "P")), min_size=1).filter(lambda name: name[0] != "$")
REGISTRIES = st.builds(
    Registry,
    st.sampled_from(["quay.io", "ghcr.io", "localhost:5000", "reg.example.com"]),
    USERS,
    NAMES,
    CONTEXTS,
    PATTERNS,
    PATTERNS,
)
RULES = st.lists(st.sampled_from(["broken-auth", "acme-image"]), max_size=2).map(tuple)
GLOBS = st.lists(st.sampled_from(["k8s/**", "a b/*.yml", "[ab]?.yml"]), max_size=2).map(tuple)
KEYS = st.fixed_dictionaries(
    {("scheduled",): st.just("skip")},
    optional={
        ("target",): st.sampled_from(["cloud", "server"]),
        ("registries", HUB, "context"): CONTEXTS,
        ("registries", HUB, "images"): PATTERNS,
        ("registries", HUB, "password"): st.sampled_from(["$P", "${P}"]),
        ("aws",): st.none(),
        ("rules", "ignore"): RULES,
        ("circleci", "organization"): st.just("gh/legacy"),
    },
).map(lambda keys: tuple(sorted(keys.items())))
WHERE = st.lists(st.sampled_from(["acme/legacy-*", "services/**"]), min_size=1, max_size=2).map(tuple)
OVERRIDES = st.builds(Override, WHERE, WHERE | st.just(()), KEYS)
POLICIES = st.builds(
    Policy,
    target=st.sampled_from(["cloud", "server"]),
    credentials=st.sampled_from(["context", "project"]),
    auth_style=st.sampled_from(["auto", "inline", "anchor"]),
    scheduled=st.sampled_from(["warn", "skip"]),
    registries=st.tuples(
        st.lists(REGISTRIES, unique_by=lambda registry: registry.host, max_size=3),
        st.builds(Registry, st.just(HUB), USERS, NAMES, CONTEXTS, PATTERNS, PATTERNS) | st.just(BUILT_IN_HUB),
        st.booleans(),
    ).map(lambda drawn: (*drawn[0], drawn[1]) if drawn[2] else (drawn[1], *drawn[0])),
    aws=st.none()
    | st.builds(Aws, NAMES, NAMES, CONTEXTS)
    | st.just(Aws(oidc_role_arn="arn:aws:iam::123456789012:role/ci")),
    docker_orb=st.sampled_from(["3.0.1", "4.0.0", "2.8.2"]),
    ecr_home_region=st.sampled_from(["us-east-1", "eu-central-1"]),
    ecr_copied=PATTERNS,
    generated=st.lists(
        st.builds(Generated, CONTEXTS, CONTEXTS, st.lists(CONTEXTS, max_size=2).map(tuple)),
        unique_by=lambda pair: pair.target,
        max_size=2,
    ).map(tuple),
    select=RULES,
    ignore=RULES,
    exclude=GLOBS,
    foreign_images=st.sampled_from(["tell", "report"]),
    organization=st.sampled_from(["", "gh/acme", "circleci/5b-a"]),
    api_url=st.sampled_from(["https://circleci.com", "https://ci.acme.com/x", "http://localhost:8000"]),
    overrides=st.lists(OVERRIDES, max_size=3).map(tuple),
)


@given(POLICIES)
def test_a_written_policy_reads_back_as_the_same(policy: Policy) -> None:
    assert read(policy_toml(policy)) == policy


def test_a_policy_without_the_hub_is_written_as_one_that_wants_none_of_its_images() -> None:
    hub = read(policy_toml(Policy(registries=()))).registry(HUB)
    assert hub is not None
    assert not hub.wants("library/python")
