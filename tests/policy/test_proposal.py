"""The policy that is proposed from what repositories do: what most do, the others as overrides, and why."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.engine.outcomes import Unchanged
from migrator.policy import HUB, Aws, Policy, Registry
from migrator.policy.overrides import policy_for
from migrator.policy.practice import ECR, Practice, Pull, Use
from migrator.policy.proposal import Proposal, Wanted, propose
from migrator.policy.proposal_text import conflicts, proposal_toml
from migrator.policy.toml import parse_policy
from migrator.results.policy_lint import policy_warnings
from tests.doses import examples

U, P = "$HUB_USER", "$HUB_PASS"


def use(
    *contexts: str, pair: tuple[str, str] = (U, P), registry: str = HUB, is_image: bool = True, jobs: int = 1
) -> Use:
    return Use(registry, *pair, is_image, invocations=jobs, contexts=tuple((name, jobs) for name in sorted(contexts)))


def pull(space: str, *, auth: bool = False, registry: str = HUB) -> Pull:
    return Pull(registry, space, auth)


def practice(**repositories: tuple[Sequence[Use], Sequence[Pull]]) -> Practice:
    found = Practice()
    for name, (uses, pulls) in repositories.items():
        found.add(f"acme/{name}", uses, pulls)
    return found


def proposed(wanted: Wanted | None = None, **repositories: tuple[Sequence[Use], Sequence[Pull]]) -> Proposal:
    proposal = propose(practice(**repositories), wanted)
    assert parse_policy(proposal_toml(proposal), Path("migrator.toml")) == proposal.policy
    return proposal


def hub(policy: Policy) -> Registry:
    found = policy.registry(HUB)
    assert found is not None
    return found


def values(policy: Policy) -> tuple[str, str, str]:
    return hub(policy).username, hub(policy).password, hub(policy).context


OWN = pull("acme", auth=True)
USUAL = ("$DOCKERHUB_USERNAME", "$DOCKERHUB_PASSWORD", "docker-hub-creds")


def test_with_nothing_to_learn_from_the_names_are_the_usual_ones_and_the_images_those_that_look_private() -> None:
    policy = proposed(web=([], [pull("acme"), pull("cimg"), pull("library"), pull("other")])).policy
    assert policy == Policy(registries=(Registry(HUB, *USUAL, images=("acme/*",)),))
    text = proposal_toml(proposed(web=([], [pull("acme"), pull("cimg"), pull("other")])))
    assert "# acme/*: without credentials in 1; its name looks like yours.\n" in text
    assert "# Add to `images` what of these is private: other/*.\n" in text


def test_no_image_gets_credentials_where_none_looks_private() -> None:
    assert hub(proposed(web=([], [pull("cimg"), pull("mockserver")])).policy).images == ()


def test_where_nothing_says_whose_repositories_they_are_every_name_space_counts_that_is_not_known_to_be_public() -> (
    None
):
    found = Practice()
    found.add("web", [], [pull("acme"), pull("cimg"), pull("other")])
    assert hub(propose(found).policy).images == ("acme/*", "other/*")


def test_on_server_all_images_of_docker_hub_get_credentials() -> None:
    assert hub(proposed(Wanted("server"), web=([], [pull("cimg")])).policy).images == ("*",)


def test_what_most_repositories_do_is_the_policy_and_what_others_do_its_overrides() -> None:
    other = use("team", pair=("$DH_USER", "$DH_PASS"))
    most = ([use("hub")], [OWN])
    proposal = proposed(a=most, b=most, f=most, c=([other], [OWN]), d=([], [pull("cimg")]), e=([other], [OWN]))
    policy = proposal.policy
    assert values(policy) == (U, P, "hub")
    assert [override.repositories for override in policy.overrides] == [("acme/c", "acme/e")]
    assert values(policy_for(policy, "acme/e", ".circleci/config.yml")) == ("$DH_USER", "$DH_PASS", "team")
    assert conflicts(proposal) == []
    text = proposal_toml(proposal)
    assert "# Images of docker.io are in 6 of 6 repositories; 5 have credentials for it.\n" in text
    assert "# $HUB_USER and $HUB_PASS: in 3 of 5.\n# hub: the context of their jobs in 3 of 3.\n" in text
    assert "# As in 2 repositories today.\n[[overrides]]\n" in text


def test_one_repository_has_no_overrides() -> None:
    proposal = proposed(a=([use("hub"), use("hub", pair=("$X", "$Y"))], [OWN]))
    assert proposal.policy.overrides == ()
    assert conflicts(proposal) == [
        "acme/a has 2 sets of credentials for docker.io: $HUB_USER and $HUB_PASS, $X and $Y."
    ]


@pytest.mark.parametrize("name", ["production-aws-admin", "deploy", "acmeProduction", "npm", "aws", "quay.io"])
def test_a_context_that_is_for_more_than_pulls_is_named_and_not_proposed(name: str) -> None:
    proposal = proposed(a=([use(name)], [OWN]), b=([use(name)], [OWN]))
    assert values(proposal.policy) == (U, P, "docker-hub-creds")
    assert f"# {name} is on their jobs in 2, but by its name is for more than pulls: not proposed.\n" in proposal_toml(
        proposal
    )


@pytest.mark.parametrize("name", ["docker-prod", "dockerhub-deploy", "org-global", "acme", "hub"])
def test_other_contexts_are_proposed(name: str) -> None:
    assert values(proposed(a=([use(name)], [OWN])).policy)[2] == name


def test_of_several_contexts_the_one_that_is_named_for_the_registry_is_proposed() -> None:
    assert values(proposed(a=([use("acme", "docker-hub", "zzz")], [OWN])).policy)[2] == "docker-hub"


def test_a_context_counts_only_where_every_job_with_the_credentials_has_it() -> None:
    some = Use(HUB, U, P, is_image=True, invocations=3, contexts=(("hub", 2),))
    assert values(proposed(a=([some], [OWN])).policy) == (U, P, "docker-hub-creds")


def test_variables_of_projects_need_no_context() -> None:
    policy = proposed(a=([use()], [OWN]), b=([use()], [OWN]), c=([use("hub")], [OWN])).policy
    assert (policy.credentials, values(policy)[:2]) == ("project", (U, P))
    there = policy_for(policy, "acme/c", ".circleci/config.yml")
    assert (there.credentials, values(there)) == ("context", (U, P, "hub"))


def test_a_repository_whose_project_has_the_variables_gets_no_context() -> None:
    policy = proposed(a=([use("hub")], [OWN]), b=([use("hub")], [OWN]), c=([use()], [OWN])).policy
    assert policy.credentials == "context"
    assert policy_for(policy, "acme/c", ".circleci/config.yml").credentials == "project"


def test_credentials_of_which_no_job_is_known_say_nothing_of_contexts() -> None:
    policy = proposed(a=([use("hub")], [OWN]), b=([use(jobs=0)], [OWN])).policy
    assert (values(policy), policy.overrides) == ((U, P, "hub"), ())


def test_images_that_have_credentials_are_named_and_public_ones_only_if_most_give_them_some() -> None:
    public = pull("cimg", auth=True)
    few = proposed(a=([use("hub")], [OWN, public]), b=([use("hub")], [OWN]), c=([use("hub")], [OWN])).policy
    assert hub(few).images == ("acme/*",)
    most = proposed(a=([use("hub")], [OWN, public]), b=([use("hub")], [public]), c=([use("hub")], [OWN])).policy
    assert hub(most).images == ("*",)


def test_other_registries_are_proposed_if_images_of_theirs_have_credentials() -> None:
    quay = use("quay", pair=("$Q", "$R"), registry="quay.io")
    pulls = [pull("acme", auth=True, registry="quay.io"), pull("public", registry="quay.io")]
    policy = proposed(a=([quay], pulls)).policy
    assert policy.registry("quay.io") == Registry("quay.io", "$Q", "$R", "quay", ("acme/*",))
    login = use("quay", pair=("$Q", "$R"), registry="quay.io", is_image=False)
    assert proposed(a=([login], pulls[1:])).policy.registry("quay.io") is None


def test_logins_count_only_where_no_image_has_credentials_as_they_may_push() -> None:
    push = use("push", pair=("$PUSH_USER", "$PUSH_PASS"), is_image=False)
    with_images = proposed(a=([use("hub"), push], [OWN]), b=([push], [pull("acme")]), c=([push], [pull("acme")]))
    assert (values(with_images.policy), with_images.policy.overrides) == ((U, P, "hub"), ())
    assert conflicts(with_images) == []
    text = proposal_toml(with_images)
    assert "# Only logins in steps, which may be for pushes, have $PUSH_USER and $PUSH_PASS (3).\n" in text
    without = proposed(a=([push], [pull("acme")]), b=([push], [pull("acme")]))
    assert values(without.policy) == ("$PUSH_USER", "$PUSH_PASS", "push")
    assert "# They are those of logins in steps, which may be for pushes: check" in proposal_toml(without)


def test_what_no_policy_can_hold_is_refused_and_told() -> None:
    proposal = proposed(a=([use("c", registry="not_a_host.io")], [pull("x", auth=True, registry="not_a_host.io")]))
    assert [registry.host for registry in proposal.policy.registries] == [HUB]
    assert conflicts(proposal) == ["the credentials for not_a_host.io cannot be written in a policy."]


ROLE = "arn:aws:iam::123456789012:role/ci"
AWS = [
    (("$AWS_ACCESS_KEY_ID", "$AWS_SECRET_ACCESS_KEY"), Aws("$ECR_AWS_ACCESS_KEY_ID", "$ECR_AWS_SECRET_ACCESS_KEY")),
    (("$PULL_ID", "$AWS_SECRET_ACCESS_KEY"), Aws("$ECR_AWS_ACCESS_KEY_ID", "$ECR_AWS_SECRET_ACCESS_KEY")),
    (("$PULL_ID", "$PULL_KEY"), Aws("$PULL_ID", "$PULL_KEY", "ecr-aws")),
    ((ROLE, ""), Aws(oidc_role_arn=ROLE)),
]


@pytest.mark.parametrize(("pair", "aws"), AWS)
def test_keys_for_ecr_have_names_of_their_own(pair: tuple[str, str], aws: Aws) -> None:
    policy = proposed(a=([use("ecr-aws", pair=pair, registry=ECR)], [Pull(ECR, "", has_auth=True)])).policy
    assert policy.aws == aws


def test_images_of_ecr_without_keys_stay_without() -> None:
    proposal = proposed(a=([], [Pull(ECR, "", has_auth=False)]))
    assert proposal.policy.aws is None
    assert "# 1 repository pulls from ECR with the AWS_* variables" in proposal_toml(proposal)


def test_what_no_policy_can_unite_is_told() -> None:
    literal = Use(HUB, "", "", is_image=True, is_literal=True)
    quay = use("quay", pair=("$Q", P), registry="quay.io")
    proposal = proposed(
        a=([use("hub")], [OWN]),
        b=([use("docker")], [OWN]),
        c=([literal], [OWN]),
        d=([quay], [pull("acme", auth=True, registry="quay.io")]),
    )
    assert conflicts(proposal) == [
        "a password for docker.io is written out in acme/c: `migrate --select literal-secret` moves it to a variable.",
        "$HUB_USER and $HUB_PASS for docker.io come from different contexts: docker (1), hub (1). One would do.",
        "$HUB_PASS is the password for several registries: docker.io (2), quay.io (1). Each needs its own.",
    ]
    assert all(f"# Not covered: {line}\n" in proposal_toml(proposal) for line in conflicts(proposal))


def test_what_a_person_decides_takes_the_place_of_what_is_learnt() -> None:
    wanted = Wanted("cloud", "project", {HUB: {"username": "$X", "password": "$Y", "images": ("acme/a*",)}})
    proposal = proposed(wanted, a=([use("hub")], [OWN]))
    policy = proposal.policy
    assert "# acme/a*" not in proposal_toml(proposal)
    assert (policy.credentials, values(policy)[:2], hub(policy).images) == ("project", ("$X", "$Y"), ("acme/a*",))


def test_names_of_repositories_are_data() -> None:
    odd = ["we b", "a*b", "[x]", "line\nfeed", 'quo"te', "back\\slash", "\u202eevil", "migrator]"]
    found = Practice()
    for number in range(len(odd) + 1):
        found.add(f"acme/{number}", [use("hub")], [OWN])
    for name in odd:
        found.add(name, [use("hub", pair=("$X", "$Y"))], [OWN])
    text = proposal_toml(propose(found))
    policy = parse_policy(text, Path("migrator.toml"))
    assert all(hub(policy_for(policy, name, "x")).username == "$X" for name in odd)
    assert hub(policy_for(policy, "aXb", "x")).username == U
    assert text.isprintable() is False
    assert all(line.isprintable() for line in text.splitlines())


NAMES = st.sampled_from(["$A", "$B", "$AWS_ACCESS_KEY_ID", "bot", "Ünï cöde", "", "<< x >>", "a\nb", ROLE])
CONTEXTS = st.sampled_from(["hub", "aws-prod", 'q"uote', "ecr", "z" * 200])
REGISTRIES = st.sampled_from([HUB, "quay.io", "localhost:5000", ECR, "", "Bad_host", "index.docker.io"])
USES = st.builds(
    lambda registry, user, password, image, jobs, names: Use(
        registry, user, password, image, 1, jobs, tuple(sorted((name, jobs) for name in names)) if jobs else ()
    ),
    REGISTRIES,
    NAMES,
    st.sampled_from(["$P", "$Q", "$AWS_SECRET_ACCESS_KEY", ""]),
    st.booleans(),
    st.integers(0, 2),
    st.sets(CONTEXTS, max_size=2),
)
PULLS = st.builds(Pull, REGISTRIES, st.sampled_from(["acme", "cimg", "library", "acme-inc", "x.y"]), st.booleans())
REPOSITORIES = st.sampled_from(["acme/web", "acme/api", "other/x", "plain", "o d/d", "st*r", "[b", 'a"b', "new\nline"])
FILES = st.lists(st.tuples(REPOSITORIES, st.lists(USES, max_size=3), st.lists(PULLS, max_size=4)), max_size=8)


def gathered(files: Sequence[tuple[str, Sequence[Use], Sequence[Pull]]]) -> Practice:
    found = Practice()
    for name, uses, pulls in files:
        found.add(name, uses, pulls)
    return found


@settings(max_examples=examples(100), deadline=None)
@given(FILES, st.randoms(use_true_random=False))
def test_any_practice_gives_one_policy_that_is_read_back_and_needs_no_warning(
    files: list[tuple[str, list[Use], list[Pull]]], shuffle: random.Random
) -> None:
    proposal = propose(gathered(files))
    text = proposal_toml(proposal)
    source = Path("migrator.toml")
    policy = parse_policy(text, source)
    assert policy == proposal.policy
    shuffle.shuffle(files)
    assert proposal_toml(propose(gathered(files))) == text
    images = frozenset((p.registry, f"{p.space}/app") for _, _, pulls in files for p in pulls if p.registry)
    assert policy_warnings(policy, [Unchanged("config.yml", images=images)], ["."]) == ()
    assert all(line.isprintable() for line in text.splitlines())
    contexts = {registry.context for registry in policy.registries} | {policy.aws.context if policy.aws else ""}
    assert "aws-prod" not in contexts | {value for override in policy.overrides for _, value in override.keys}
    assert all(key != ("aws", "context") or value != "aws-prod" for o in policy.overrides for key, value in o.keys)
    assert set(tomllib.loads(text)) <= {"credentials", "registries", "aws", "overrides"}
