"""Configs of every mixture of anchors, aliases and merge keys, judged by what PyYAML makes of them before and after."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from migrator.engine.discovery import load_rules
from migrator.engine.outcomes import Changed, Failed, Unchanged
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Aws, Policy, Registry
from migrator.startup.records import replace

ECR = "123456789012.dkr.ecr.us-east-1.amazonaws.com/acme/db:1"
IMAGES = ("cimg/go:1.22", "postgres", "docker.io/acme/app", "ghcr.io/acme/app", "quay.io/acme/app", ECR)
QUAY = Registry("quay.io", "$QUAY_USERNAME", "$QUAY_PASSWORD", "quay-creds")
POLICY = replace(Policy(), aws=Aws()).with_registry(QUAY)
HUB_AUTH = {"auth": {"username": "$DOCKERHUB_USERNAME", "password": "$DOCKERHUB_PASSWORD"}}
WANTED = {
    "quay.io": (QUAY.context, {"auth": {"username": QUAY.username, "password": QUAY.password}}),
    "ghcr.io": (None, {}),
    ECR.partition("/")[0]: (
        "aws-ecr-creds",
        {"aws_auth": {"aws_access_key_id": "$AWS_ACCESS_KEY_ID", "aws_secret_access_key": "$AWS_SECRET_ACCESS_KEY"}},
    ),
}


def wanted(image: str) -> tuple[str | None, dict[str, Any]]:
    return WANTED.get(image.partition("/")[0], ("docker-hub-creds", HUB_AUTH))


class Author:
    """Writes a config as a person might who shares whatever can be shared."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines = ["version: 2.1"]
        self.anchors: dict[str, list[str]] = defaultdict(list)

    def likely(self, chance: float) -> bool:
        return self.random.random() < chance

    def anchor(self, kind: str) -> str:
        self.anchors[kind].append(f"{kind}{len(self.anchors[kind])}")
        return self.anchors[kind][-1]

    def shared(self, kind: str, chance: float) -> str | None:
        return self.random.choice(self.anchors[kind]) if self.anchors[kind] and self.likely(chance) else None

    def config(self) -> str:
        if self.likely(0.6):
            self.lines += [f"base: &{self.anchor('item')}", f"  image: {self.image}"]
        if self.likely(0.5):
            more = self.random.choice(["", ", context: org", ", context: [org, two]"])
            self.lines.append(f"body: &{self.anchor('body')} {{filters: {{branches: {{only: main}}}}{more}}}")
        if self.likely(0.4):
            self.lines.append(f"contexts: &{self.anchor('contexts')} [org, two]")
        if self.likely(0.4):
            name = self.anchor("job")
            self.lines += [f"job: &{name}", *self.docker(2)]
        self.lines += ["executors:", "  e:", *self.docker(4), "jobs:"]
        for name in ("a", "b", "c"):
            self.lines += [f"  {name}:", *self.random.choice([self.own, self.on_executor, self.merged, self.machine])()]
        self.lines.append("workflows:")
        for name in ("main", "other"):
            self.lines += [f"  {name}:", "    jobs:"]
            for _ in range(self.random.randrange(1, 5)):
                self.lines += [" " * 6 + line for line in self.invocation()]
        return "\n".join(self.lines) + "\n"

    @property
    def image(self) -> str:
        return self.random.choice(IMAGES)

    def docker(self, indent: int) -> list[str]:
        pad = " " * indent
        if name := self.shared("list", 0.2):
            return [f"{pad}docker: *{name}"]
        items = [f"{pad}{line}" for _ in range(self.random.randrange(1, 4)) for line in self.item()]
        return [f"{pad}docker: &{self.anchor('list')}" if self.likely(0.3) else f"{pad}docker:", *items]

    def item(self) -> list[str]:
        if base := self.shared("item", 0.5):
            return self.random.choice(
                [
                    [f"- *{base}"],
                    [f"- <<: *{base}"],
                    [f"- <<: *{base}", f"  image: {self.image}"],
                    [f"- image: {self.image}", f"  <<: *{base}"],
                    [f"- {{<<: *{base}, user: root}}"],
                ]
            )
        if self.likely(0.3):
            return [f"- {{image: {self.image} , user: root}}"]
        if self.likely(0.2):
            return [f"- &{self.anchor('item')}", f"  image: {self.image}"]
        return [f"- image: {self.image}  # pulled", "  environment: {A: b}"]

    def own(self) -> list[str]:
        return [*self.docker(4), "    steps: [checkout]"]

    def on_executor(self) -> list[str]:
        return [self.random.choice(["    executor: e", "    executor: {name: e}"]), "    steps: [checkout]"]

    def merged(self) -> list[str]:
        name = self.shared("job", 1)
        more = self.docker(4) if name is None or self.likely(0.3) else []
        return ["    steps: [checkout]", *([f"    <<: *{name}"] if name else []), *more]

    def machine(self) -> list[str]:
        return ["    machine: true", "    steps: [checkout]"]

    def contexts(self) -> str:
        name = self.shared("contexts", 0.4)
        if name is None and self.likely(0.2):
            return f"&{self.anchor('contexts')} [own]"
        return f"*{name} " if name else self.random.choice(["org", "[]", "[org, two]", '"quoted" # why'])

    def invocation(self) -> list[str]:
        job, body = self.random.choice("abc"), self.shared("body", 0.7)
        if self.likely(0.3):
            context = f"    context: {self.contexts()}"
            return [f"- {job}:", context, f"    <<: *{body}" if body else "    requires: [x]"]
        if body is None and self.likely(0.3):
            return [f"- {job}: &{self.anchor('body')}", "    requires: [x]"]
        shapes = [[f"- {job}"], [f"- {job}:"], [f'- "{job}": {{}}'], [f"- {{{job}: }}"], ["- hold: {type: approval}"]]
        if body:
            shapes += [[f"- {job}: *{body}"], [f"- {job}: {{<<: *{body}}}"], [f"- {job}:", f"    <<: *{body}"]]
        return self.random.choice(shapes)


def images(config: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for section in ("jobs", "executors"):
        for name, body in config[section].items():
            yield from ((f"{section}/{name}", item) for item in body.get("docker", ()))


def contexts(config: Any) -> list[tuple[str, list[str]]]:
    """The job of every invocation with its contexts; no job for an approval."""
    found = []
    for workflow in config["workflows"].values():
        for item in workflow["jobs"]:
            name, body = next(iter(item.items())) if isinstance(item, dict) else (item, None)
            value = (body or {}).get("context", [])
            job = "" if (body or {}).get("type") == "approval" else name
            found.append((job, [value] if isinstance(value, str) else value))
    return found


def without(config: Any) -> Any:
    """The config without credentials and contexts, every invocation with a body."""
    config = yaml.safe_load(yaml.dump(config, Dumper=Plain))
    for workflow in config["workflows"].values():
        pairs = [next(iter(i.items())) if isinstance(i, dict) else (i, None) for i in workflow["jobs"]]
        workflow["jobs"] = [{n: {k: v for k, v in (b or {}).items() if k != "context"}} for n, b in pairs]
    for _, item in images(config):
        item.pop("auth", None)
        item.pop("aws_auth", None)
    return {key: config[key] for key in ("jobs", "executors", "workflows")}


class Plain(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


@pytest.mark.parametrize("style", ["auto", "anchor"])
@pytest.mark.parametrize("first", range(0, 150, 50))
def test_credentials_reach_the_images_that_want_them_and_contexts_the_jobs_that_need_them(
    first: int, style: str
) -> None:
    rules = load_rules(["unauthenticated-image"])
    policy = replace(POLICY, auth_style=style)
    changed = 0
    for seed in range(first, first + 50):
        text = Author(seed).config()
        outcome = run("config.yml", text.encode(), rules, policy, choose_by_safety(review_too=False))
        assert not isinstance(outcome, Failed), (seed, outcome)
        if not isinstance(outcome, Changed):
            continue
        changed += 1
        old, new = yaml.safe_load(outcome.before), yaml.safe_load(outcome.after)
        assert without(old) == without(new), seed
        needed: dict[str, set[str]] = defaultdict(set)
        for place, item in images(new):
            context, credentials = wanted(item["image"])
            has = {key: item[key] for key in ("auth", "aws_auth") if key in item}
            assert has == credentials or (not has and outcome.left), (seed, place, item)
            if has and context:
                needed[place].add(context)
        for (job, before), (_, after) in zip(contexts(old), contexts(new), strict=True):
            on = "executors/e" if "executor" in new["jobs"].get(job, {}) else f"jobs/{job}"
            assert after[: len(before)] == before, (seed, job)
            assert set(after[len(before) :]) == needed[on], (seed, job)
        again = run("config.yml", outcome.data, rules, policy, choose_by_safety(review_too=False))
        assert isinstance(again, Unchanged), seed
    assert changed > 30
