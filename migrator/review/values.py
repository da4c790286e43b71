"""The values of a fix that a person may change, and rules that use the changed values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from migrator.changes import Change, SetText
from migrator.circleci.config import Config
from migrator.engine.fingerprints import Fingerprints
from migrator.errors import PolicyError
from migrator.policy import Aws, Policy
from migrator.policy.location import FILE_NAME
from migrator.policy.toml import parse_policy
from migrator.policy.writing import policy_toml
from migrator.results.decisions import Values
from migrator.rule import Finding, Rule
from migrator.startup.records import replace
from migrator.tree import Parents, Text

IMAGE = "image"
_REGISTRIES = "registries."
_AWS = "aws."
_BARE = re.compile(r"[A-Z_][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Setting:
    """One value of a fix. `key` is its place in the policy, such as `registries.docker.io.context`, or `image`."""

    key: str
    label: str
    value: str


def settings_of(finding: Finding, parents: Parents, policy: Policy) -> list[Setting]:
    """What can be changed in the fix of a finding: the credentials that it needs, the image that it sets."""
    found: list[Setting] = []
    variables = {name for need in finding.requirements for name in need.variables}
    contexts = {need.name for need in finding.requirements if need.kind == "context"}

    def add(key: str, label: str, value: str) -> None:
        if not value.startswith("$") or value.removeprefix("$") in variables:
            found.append(Setting(key, label, value))

    for registry in policy.registries:
        if variables.intersection(registry.variables) and (not contexts or registry.context in contexts):
            key = f"{_REGISTRIES}{registry.host}"
            if contexts:
                found.append(Setting(f"{key}.context", f"context for {registry.host}", registry.context))
            add(f"{key}.username", f"username for {registry.host}", registry.username)
            add(f"{key}.password", f"password for {registry.host}", registry.password)
    if (aws := policy.aws) and variables.intersection(aws.variables):
        if contexts:
            found.append(Setting(f"{_AWS}context", "context for ECR", aws.context))
        if not aws.oidc_role_arn:
            add(f"{_AWS}aws_access_key_id", "access key ID for ECR", aws.aws_access_key_id)
            add(f"{_AWS}aws_secret_access_key", "secret access key for ECR", aws.aws_secret_access_key)
    images = {change.value for change in finding.changes if isinstance(change, SetText) and _is_image(change, parents)}
    if len(images) == 1:
        found.append(Setting(IMAGE, "image", images.pop()))
    return found


def _is_image(change: SetText, parents: Parents) -> bool:
    entry = parents.entry(change.node)
    return entry is not None and entry.value is change.node and entry.name == IMAGE


def with_values(policy: Policy, values: Values) -> Policy:
    """The policy with these values. Raises `PolicyError` for what a policy file may not contain."""
    changed = policy
    for key, value in values:
        if key == IMAGE:
            if not value or any(c.isspace() or not c.isprintable() for c in value):
                raise PolicyError("expected an image reference such as cimg/go:1.24")
            continue
        changed = _with_value(changed, key, value)
    return checked(changed) if changed is not policy else policy


def _with_value(policy: Policy, key: str, value: str) -> Policy:
    table, _, name = key.rpartition(".")
    if table == "aws" and name in ("context", "aws_access_key_id", "aws_secret_access_key"):
        return replace(policy, aws=replace(policy.aws or Aws(), **{name: value}))
    registry = policy.registry(table.removeprefix(_REGISTRIES)) if table.startswith(_REGISTRIES) else None
    if registry is None or name not in ("context", "username", "password"):
        raise PolicyError(f"`{key}` is not a value of this policy that can be changed")
    changed = replace(
        registry,
        context=value if name == "context" else registry.context,
        username=value if name == "username" else registry.username,
        password=value if name == "password" else registry.password,
    )
    return replace(policy, registries=tuple(changed if r.host == registry.host else r for r in policy.registries))


def as_written(key: str, text: str) -> str:
    """A value as the policy writes it: `NAME` means the variable, not a user with that name."""
    is_variable = key != IMAGE and not key.endswith(".context")
    return f"${text}" if is_variable and _BARE.fullmatch(text) else text


def what_is_wrong(policy: Policy, values: Values, key: str, text: str) -> str:
    """Why a policy file could not contain this, in a few words; empty if it could."""
    if not text:
        return "expected a value; press Escape to keep the old one"
    try:
        with_values(policy, merged(values, key, as_written(key, text)))
    except PolicyError as error:
        return str(error).rpartition(": ")[2]
    return ""


def checked(policy: Policy) -> Policy:
    """The policy as read from its file. Raises `PolicyError` with the reason alone."""
    try:
        return replace(parse_policy(policy_toml(policy), Path(FILE_NAME)), source=policy.source)
    except PolicyError as error:
        raise PolicyError(str(error).removeprefix(f"{FILE_NAME}: ")) from None


def merged(values: Values, key: str, value: str) -> Values:
    return tuple(sorted({**dict(values), key: value}.items()))


class Chosen:
    """The values of each fix of one file. `rest` applies to everything undecided; `names` are the names of places while
    the file is reviewed."""

    def __init__(self) -> None:
        self.rest: Values = ()
        self.of_fingerprint: dict[str, Values] = {}
        self.of_place: dict[str, Values] = {}
        self.names: Fingerprints | None = None
        self._redrafted = ""

    def draft(self, place: str, values: Values, *, decided: bool) -> None:
        """Use these values in a place. Where its fix is `decided`, they count only until it is left: `drop`."""
        self.of_place[place] = values
        self._redrafted = place if decided else self._redrafted

    def drop(self) -> bool:
        """Forget the changed values of a decided fix that did not get another answer; false where there are none."""
        dropped = self.of_place.pop(self._redrafted, None) is not None
        self._redrafted = ""
        return dropped

    @property
    def variants(self) -> set[Values]:
        return {self.rest, *self.of_fingerprint.values(), *self.of_place.values()}


def with_chosen(rules: Sequence[Rule], chosen: Chosen) -> list[Rule]:
    """Rules that use the chosen values in each place, and the policy's elsewhere."""
    return [_Valued(rule, chosen) for rule in rules]


class _Valued(Rule):
    def __init__(self, rule: Rule, chosen: Chosen) -> None:
        vars(self).update(id=rule.id, title=rule.title, safety=rule.safety)
        self._rule = rule
        self._chosen = chosen

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        chosen = self._chosen
        variants = chosen.variants
        if variants == {()}:
            yield from self._rule.check(config, policy)
            return
        names = chosen.names or Fingerprints(config.parents)
        taken: set[str] = set()
        for values in sorted(variants - {chosen.rest}):
            for finding in self._found(config, policy, values):
                place = place_of(finding, names)
                if chosen.of_place.get(place, self._answered(finding, names)) == values:
                    taken.add(place)
                    yield finding
        for finding in self._found(config, policy, chosen.rest):
            place = place_of(finding, names)
            drafted = place in chosen.of_place
            if place not in taken and (drafted or self._answered(finding, names) in (None, chosen.rest)):
                yield finding

    def _answered(self, finding: Finding, names: Fingerprints) -> Values | None:
        return self._chosen.of_fingerprint.get(names.of(finding.rule, finding.node, finding.subject))

    def _found(self, config: Config, policy: Policy, values: Values) -> Iterator[Finding]:
        found = self._rule.check(config, with_values(policy, values))
        image = dict(values).get(IMAGE)
        if image is None:
            yield from found
            return
        for finding in found:
            changes = tuple(_with_image(change, config.parents, image) for change in finding.changes)
            # A place that already has this image needs no fix: proposing it again would never settle.
            if changes == finding.changes or not all(map(_says_what_is_there, changes)):
                yield replace(finding, changes=changes)


def place_of(finding: Finding, names: Fingerprints) -> str:
    """The name of a finding's place. Unlike the fingerprint it has no subject, which may name a value of the fix."""
    return names.of(finding.rule, finding.node, "")


def _with_image(change: Change, parents: Parents, image: str) -> Change:
    return SetText(change.node, image) if isinstance(change, SetText) and _is_image(change, parents) else change


def _says_what_is_there(change: Change) -> bool:
    return isinstance(change, SetText) and isinstance(change.node, Text) and change.node.value == change.value
