"""What a run says of a policy that is no error and most likely a mistake; and of which it says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from migrator.engine.batch import Plan, examine
from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Outcome, Skipped
from migrator.policy.toml import parse_policy
from migrator.results.policy_lint import policy_warnings
from tests.corpus import needs_corpus, real_configs

IMAGES = "acme/app:1", "python:3", "quay.io/acme/tool:1", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme/base:1"


def config(*images: str) -> str:
    listed = ", ".join(f"{{image: '{image}'}}" for image in images)
    job = f"  build:\n    docker: [{listed}]\n    steps: [checkout]\n"
    return f"version: 2.1\njobs:\n{job}workflows: {{m: {{jobs: [build]}}}}\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(*images: str, repository: str = ".") -> str:
    path = Path(repository) / ".circleci" / "config.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    (Path(repository) / ".git").mkdir(exist_ok=True)
    path.write_text(config(*images))
    return str(path)


def told(text: str, *files: str, at: str = "migrator.toml", paths: tuple[str, ...] = (".",)) -> list[str]:
    """The warnings about a policy, without the name of its file, after a run over the files."""
    policy = parse_policy(text, Path(at))
    plan = Plan(("unauthenticated-image",), (), policy)
    rules = load_rules(plan.rules)
    outcomes: list[Outcome] = [examine(file, plan, rules) for file in files]
    lines = policy_warnings(policy, outcomes, paths)
    assert all(line.startswith(f"{at}: ") for line in lines)
    return [line.removeprefix(f"{at}: ") for line in lines]


HUB = '[registries."docker.io"]\n'
QUAY = '[registries."quay.io"]\nusername = "$Q"\npassword = "$P"\ncontext = "quay"\n'


@pytest.mark.parametrize(
    "text",
    [
        "",
        'target = "server"\n',
        f'{HUB}images = ["*"]\n',
        f'{HUB}images = ["acme/*"]\n',
        f'{HUB}images = ["python", "acme/a*"]\nskip = ["acme/app"]\n',
        f"{HUB}images = []\n",
        f'{HUB}username = "acmebot"\n',
        f'{HUB}username = "$DOCKERHUB_USERNAME"\n',
        f'{HUB}username = "${{DOCKERHUB_USERNAME}}"\n',
        f'{QUAY}images = ["acme/*"]\n',
        QUAY.replace("$Q", "acme+robot"),
        QUAY.replace("$Q", "_json_key"),
        QUAY.replace("$Q", "AWS"),
        '[registries."ghcr.io"]\nusername = "Acme"\npassword = "$P"\ncontext = "c"\nimages = ["acme/*"]\n',
        '[ecr]\ncopied = ["acme/*"]\n',
        '[rules]\nexclude = ["config.yml"]\n',
        '[[overrides]]\nrepositories = ["acme/legacy-*"]\nscheduled = "skip"\n',
        '[[overrides]]\npaths = [".circleci/**"]\nscheduled = "skip"\n',
        '[[overrides]]\nrepositories = ["acme/legacy-*"]\npaths = ["services/**"]\nscheduled = "skip"\n',
    ],
)
def test_a_policy_that_fits_what_is_read_is_not_mentioned(text: str) -> None:
    assert told(text, written(*IMAGES)) == []


def test_a_name_without_a_dollar_is_told() -> None:
    (line,) = told(f'{HUB}username = "DOCKERHUB_USERNAME"\n')
    assert line == (
        'registries."docker.io".username: "DOCKERHUB_USERNAME" has no `$`, so configs get it as the username itself; '
        'for the variable write "$DOCKERHUB_USERNAME"'
    )
    assert told(f'{HUB}username = "%HUB_USER%"\n')[0].endswith('for the variable write "$HUB_USER"')
    assert told(QUAY.replace('"$Q"', '"QUAY_USER"'))[0].startswith('registries."quay.io".username: "QUAY_USER" has no')
    override = '[[overrides]]\nrepositories = ["a"]\nregistries."docker.io".username = "HUB_USER"\n'
    assert told(override)[0].startswith('overrides[0].registries."docker.io".username: "HUB_USER" has no `$`')


@pytest.mark.parametrize("pattern", ["acme/", "/acme", "acme//app", "quay.io/acme/*", "hub.docker.com/r/acme"])
def test_a_pattern_that_can_name_nothing_is_told_once_wherever_the_policy_is(pattern: str) -> None:
    (line,) = told(f'{HUB}images = ["{pattern}", "acme/*"]\n', written(*IMAGES))
    assert line.startswith(f'registries."docker.io".images: "{pattern}" can match no image')
    assert told(f'{HUB}images = ["{pattern}"]\n', at="../migrator.toml") != []


@pytest.mark.parametrize("paths", [(".",), (".circleci/config.yml",)])
def test_an_organisation_in_place_of_a_pattern_is_told(paths: tuple[str, ...]) -> None:
    (line,) = told(f'{HUB}images = ["acme"]\n', written(*IMAGES), paths=paths)
    assert line == (
        'registries."docker.io".images: "acme" means the official image of that name alone, which no config here uses; '
        'for all of acme write "acme/*"'
    )
    (line,) = told(f'{QUAY}images = ["acme"]\n', written(*IMAGES), paths=paths)
    assert line.startswith('registries."quay.io".images: "acme" means the repository of that name alone')


def test_the_official_image_of_that_name_may_be_meant() -> None:
    assert told(f'{HUB}images = ["acme"]\n', written("acme/app:1", "acme:1")) == []
    file = written("redis/redis-stack:1")
    assert told(f'{HUB}images = ["redis"]\n', file, paths=(file,)) == []


UNUSED = [
    (f'{HUB}images = ["acme/*", "amce/*"]\n', 'registries."docker.io".images: "amce/*" matches none of the images of'),
    (f'{HUB}images = ["node"]\n', 'registries."docker.io".images: "node" matches none of the images of docker.io'),
    (f'{HUB}skip = ["circleci/*"]\n', 'registries."docker.io".skip: "circleci/*" matches none'),
    ('[ecr]\ncopied = ["other/*"]\n', 'ecr.copied: "other/*" matches none of the images of ECR here'),
    ('[rules]\nexclude = ["k8s/**"]\n', 'rules.exclude: "k8s/**" matches no file here; it counts from `.circleci`'),
    ('[[overrides]]\npaths = ["service/**"]\nscheduled = "skip"\n', 'overrides[0].paths: "service/**" matches no file'),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line"), UNUSED)
def test_a_pattern_without_a_match_is_told_where_the_policy_lies_in_what_is_read(text: str, line: str) -> None:
    file = written(*IMAGES)
    (found,) = told(text, file)
    assert found.startswith(line)
    assert told(text, file, paths=("..",)) == [found]
    assert told(text, file, paths=(file,)) == []
    assert told(text, file, at="../migrator.toml") == []


def test_nothing_is_said_where_an_image_is_not_known_or_could_be_meant() -> None:
    text = f'{HUB}images = ["other/*"]\n'
    assert told(text, written("acme/app:1", "<< pipeline.parameters.image >>")) == []
    assert told(text, written("acme/app:1", "<< pipeline.parameters.x >>/app:1")) == []
    assert len(told(text, written("acme/app:1", "acme/app:<< pipeline.parameters.tag >>"))) == 1


def test_nothing_is_said_of_a_registry_without_images() -> None:
    assert told(f'{QUAY}images = ["acme/*"]\n', written("acme/app:1")) == []


def test_what_a_parameter_gives_an_image_counts() -> None:
    file = written("<< parameters.image >>")
    text = (
        Path(file)
        .read_text()
        .replace("  build:\n", "  build:\n    parameters: {image: {type: string, default: acme/app:1}}\n")
    )
    Path(file).write_text(text)
    assert told(f'{HUB}images = ["acme/*"]\n', file) == []
    assert len(told(f'{HUB}images = ["other/*"]\n', file)) == 1


def test_an_override_without_a_repository_is_told_only_of_several_repositories() -> None:
    text = '[[overrides]]\nrepositories = ["legacy-*", "web"]\nscheduled = "skip"\n'
    one, other = written(*IMAGES, repository="web"), written(*IMAGES, repository="api")
    assert told(text, one) == []
    assert told(text, one, other) == ['overrides[0].repositories: "legacy-*" matches no repository here']
    assert told(text, one, other, written(*IMAGES, repository="legacy-x")) == []


def test_what_an_option_left_out_says_nothing() -> None:
    policy = parse_policy('[rules]\nexclude = ["k8s/**"]\n', Path("migrator.toml"))
    by_policy = Skipped(".circleci/k8s/a.yml", "excluded by the policy")
    by_option = Skipped(".circleci/k8s/a.yml", "excluded by --exclude")
    assert policy_warnings(policy, [by_policy], ["."]) == ()
    assert len(policy_warnings(policy, [by_option], ["."])) == 1


@needs_corpus
@pytest.mark.parametrize(
    "text",
    [
        "",
        f'{HUB}images = ["acme/*"]\n',
        f'{HUB}images = ["acme/*", "python"]\nskip = ["acme/public-*"]\nusername = "acmebot"\n',
        f'{QUAY}images = ["acme/*"]\n\n[ecr]\ncopied = ["acme/*"]\n\n[rules]\nexclude = ["k8s/**"]\n',
        '[[overrides]]\nrepositories = ["acme/legacy-*"]\npaths = ["services/**"]\nscheduled = "skip"\n',
    ],
)
def test_the_policy_of_an_organisation_is_not_mentioned_in_one_of_its_repositories(text: str) -> None:
    for path in real_configs()[::6]:
        assert told(text, str(path), at="../migrator.toml", paths=(str(path),)) == []
