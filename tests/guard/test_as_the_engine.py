"""A config policy refuses the images that the engine adds credentials to, and no others."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from migrator.circleci.credentials.table import Credentials, CredentialTable
from migrator.circleci.references import parse_reference
from migrator.guard.globs import re2_of
from migrator.policy import HUB, Aws, Policy, Registry
from tests.guard.opa import decided, needs_opa, opa

pytestmark = needs_opa

HOSTS = st.sampled_from(["", "docker.io/", "index.docker.io/", "registry-1.docker.io/", "quay.io/", "localhost:5000/"])
ODD_HOSTS = st.sampled_from([
    "localhost/", "Quay.io/", "QUAY/", "123456789012.dkr.ecr.us-east-1.amazonaws.com/", "docker.io:443/", "[::1]:5000/",
    "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com.cn/", "$ACCOUNT.dkr.ecr.us-east-1.amazonaws.com/", "$HOST/",
    "123456789012.dkr.ecr.$REGION.amazonaws.com/", "quay.$TLD/", "-quay.io/", "1.dkr.ecr.us-east-1.amazonaws.com/",
])  # fmt: skip
NAMES = st.sampled_from(["acme/app", "acme/a-b/c", "app", "library/app", "acme.x/app", "a" * 254, "a" * 255, "a" * 256])
ODD_NAMES = st.sampled_from(["$APP", "acme/${APP}", "acme/a$(x)b", "acme$X/app", "ac me/app", "Acme/app", "a//b", "a/"])
ENDS = st.sampled_from(["", ":1", ":", ":v1.2-x_Y", "@sha256:" + "a" * 64, ":1@sha256:" + "0" * 64, ":$TAG", ":1$X.2"])
ODD_ENDS = st.sampled_from(
    ["@sha256:abc", ":" + "t" * 128, ":" + "t" * 129, ":a:b", "@sha256", " ", "\n", ":é", ":$TÄG"]
)
IMAGES = st.one_of(
    st.builds("{}{}{}".format, HOSTS | HOSTS | ODD_HOSTS, NAMES | NAMES | ODD_NAMES, ENDS | ENDS | ODD_ENDS),
    st.sampled_from(["a" * 64, "", "$IMAGE", "${A}/${B}", "node:${TAG}-x", "a$B:c", "$", "@@IMAGE@@", "x:$A/y"]),
    st.text("ab/:.@$-_A[]{}1", max_size=9),
)  # fmt: skip
PATTERN = st.one_of(
    st.sampled_from(
        ["*", "acme/*", "app", "acme/a*", "*/app", "a?p", "[a-c]*", "[!a-c]*", "library/*", "acme/app", "a*"]
    ),
    st.text("acme/*?[]!-.p1", min_size=1, max_size=7),
)
PATTERNS = st.lists(PATTERN, max_size=3).map(tuple)
REGISTRY = st.builds(
    Registry, st.sampled_from([HUB, "quay.io", "localhost:5000", "docker.io:443"]),
    st.just("u"), st.just("$P"), st.just("c"),
    images=st.one_of(st.just(("*",)), PATTERNS), skip=st.one_of(st.just(()), PATTERNS),
)  # fmt: skip
POLICIES = st.builds(
    lambda registries, aws: Policy(registries=tuple({each.host: each for each in registries}.values()), aws=aws),
    st.lists(REGISTRY, min_size=1, max_size=3),
    st.sampled_from([None, Aws(), Aws(oidc_role_arn="arn:aws:iam::123456789012:role/x")]),
)  # fmt: skip


@given(POLICIES, st.lists(IMAGES, min_size=40, max_size=80))
@settings(max_examples=12)
def test_the_same_images_are_refused(policy: Policy, images: list[str]) -> None:
    table = CredentialTable(policy)
    answers = [table.of(parse_reference(image)) for image in images]
    wanted = [answer.key if isinstance(answer, Credentials) else None for answer in answers]
    inputs = [{"jobs": {"j": {"docker": [{"image": image}]}}} for image in images]
    with TemporaryDirectory() as folder:
        found = [org["migrate_image_without_credentials"] for org in decided(policy, Path(folder), inputs)]
    told = [reasons[0].rpartition(" without `")[2].partition("`")[0] if reasons else None for reasons in found]
    assert list(zip(images, told, strict=True)) == list(zip(images, wanted, strict=True))


@given(st.lists(st.tuples(PATTERN, st.text("acme/-]![b.*?é\n", max_size=6)), min_size=60, max_size=90))
@settings(max_examples=8)
def test_patterns_mean_what_they_mean_to_the_engine(pairs: list[tuple[str, str]]) -> None:
    """Told by OPA, as its regular expressions are others than Python's."""
    with TemporaryDirectory() as folder:
        rows = "\n".join(
            f"m[{number}] {{ regex.match({_raw(re2_of(p))}, {_text(t)}) }}" for number, (p, t) in enumerate(pairs)
        )
        Path(folder, "p.rego").write_text(f"package p\n{rows}\n", "utf-8")
        done = opa("eval", "-f", "raw", "-d", "p.rego", "data.p.m", cwd=Path(folder))
    assert done.returncode == 0, done.stdout
    matched = {pairs[int(number)] for number in done.stdout.strip("[]\n ").split(",") if number}
    assert matched == {(p, t) for p, t in pairs if fnmatchcase(t, p)}


def _raw(text: str) -> str:
    assert "`" not in text
    return f"`{text}`"


def _text(text: str) -> str:
    return json.dumps(text)
