"""Pull ECR images from copies near CircleCI's machines.

It suggests copies of images from distant regions, and uses those that the policy lists.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from shlex import quote

from migrator.changes import SetText
from migrator.circleci.config import Config
from migrator.circleci.definitions import Executor, Job
from migrator.circleci.ecr import EcrImage, find_ecr, names, parse_ecr, partition_of
from migrator.circleci.images import Image
from migrator.circleci.lookup import key_of
from migrator.circleci.machines import is_on_own_machines, machines_of_image
from migrator.circleci.origins import Origin, Origins
from migrator.circleci.running import Running
from migrator.policy import Policy
from migrator.rule import Finding, Rule, Safety, by_hand
from migrator.startup.records import field, record
from migrator.tree import Mapping, Node, Text, resolve, walk

# https://circleci.com/docs/guides/security/ip-ranges/: CircleCI's traffic of AWS is in these two.
_CIRCLECI_REGIONS = frozenset(("us-east-1", "us-east-2"))
_AWS_ECR = "circleci/aws-ecr"
_NO_ARGUMENTS = frozenset(("name", "requires", "context", "type", "filters", "pre-steps", "post-steps"))


@record(eq=False, frozen=False)
class _Draft:
    """One text that names a distant registry, with all images that it makes. `machines` says where they are pulled."""

    origin: Origin
    ecr: EcrImage
    runner: Job | Executor
    images: dict[str, EcrImage] = field(default_factory=dict)
    machines: set[str] = field(default_factory=set)


class DistantEcrImage(Rule):
    id = "distant-ecr-image"
    title = "ECR image that is pulled from a region far from CircleCI's machines"
    safety = Safety.SAFE

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        if policy.target == "server" or not config.may_mention(".dkr"):
            return
        origins = Origins(config, lambda text: parse_ecr(text) is not None)
        drafts: dict[int, _Draft] = {}
        for image, begins in origins.found:
            for origin in begins:
                ecr = parse_ecr(origin.text.value.rstrip() + origin.rest)
                if ecr is None:
                    yield from self._of_unknown_region(config, policy, image, origin)
                elif _is_distant(ecr, policy):
                    draft = drafts.setdefault(id(origin.text), _Draft(origin, ecr, image.environments[0]))
                    draft.images.update(_resolved(config, image, ecr, origin))
                    draft.machines |= machines_of_image(config, image)
        for draft in drafts.values():
            if draft.machines != {"own"}:
                yield self._report(draft, policy, origins)
        yield from self._in_orb_parameters(config, policy)

    def _of_unknown_region(self, config: Config, policy: Policy, image: Image, origin: Origin) -> Iterator[Finding]:
        if ".dkr" not in origin.text.value + origin.rest:
            return
        references = config.calls.references(image) or ()
        distant = {r.text: ecr for r in references if (ecr := parse_ecr(r.text)) and _is_distant(ecr, policy)}
        if not distant or machines_of_image(config, image) == {"own"}:
            return
        regions = "`, `".join(sorted({ecr.region for ecr in distant.values()}))
        home = policy.ecr_home_region
        near = all(_is_near(ecr, home) for ecr in distant.values())
        where = _named(image.environments[0])
        message = (
            f"{_shown(origin.text)} in {where} is pulled from `{regions}`, depending on parameters, "
            f"{_of_little_use(home) if near else f'{_so_far(home)}: {_ASK}'}"
        )
        first = next(iter(distant.values()))
        yield self.finding(origin.text, message, subject=first.repository, data=_data(distant, policy))

    def _report(self, draft: _Draft, policy: Policy, origins: Origins) -> Finding:
        ecr, origin, home = draft.ecr, draft.origin, policy.ecr_home_region
        copied = [names(policy.ecr_copied, each.repository) for each in draft.images.values()]
        of = f" ({origin.of})" if origin.of else ""
        where = f"{_shown(origin.text)}{of} in {_named(draft.runner)} is pulled from {ecr.region}"
        if not all(copied):
            return self._suggest(draft, policy, where, some=any(copied))
        warnings = [_iam(ecr, home), *_late(draft)]
        change = _moved(origin, ecr, home)
        problem = ""
        if origin.has_enum:
            problem = "its parameter only takes listed values, so the list must change too"
        elif not ecr.exists_in(home):
            problem = f"ECR has no FIPS host in {home}"
        elif change is None:
            problem = "the region is split between two places"
        if problem or change is None:
            message = by_hand(f"{where} but has a copy in {home}", problem, "the copy must be used")
            return self.finding(origin.text, message, subject=ecr.repository)
        distance = (
            f"{_SO_NEAR}, and the policy lists a copy in {home}"
            if _is_near(ecr, home)
            else f"{_so_far(home)}, and the policy lists a copy there"
        )
        doubts = []
        if other := origins.other_uses(origin):
            doubts.append(f"{other}: check these uses")
        if "own" in draft.machines:
            doubts.append("self-hosted runners, which may be nearer to the old region, pull it too")
        return self.finding(
            origin.text,
            f"{where}, {distance}",
            change,
            safety=Safety.REVIEW if doubts else self.safety,
            warnings=(*doubts, *warnings),
            subject=ecr.repository,
        )

    def _suggest(self, draft: _Draft, policy: Policy, where: str, *, some: bool) -> Finding:
        ecr, home = draft.ecr, policy.ecr_home_region
        if _is_near(ecr, home):
            return self.finding(draft.origin.text, f"{where}, {_of_little_use(home)}", subject=ecr.repository)
        lacking = {text: each for text, each in draft.images.items() if not names(policy.ecr_copied, each.repository)}
        only = "; the policy lists copies for only some of the possible images" if some else ""
        return self.finding(
            draft.origin.text,
            f"{where}, {_so_far(home)}{only}: {_ASK}",
            warnings=(*_steps(next(iter(lacking.values())), home), *_late(draft)),
            subject=ecr.repository,
            data=_data(lacking, policy),
        )

    def _in_orb_parameters(self, config: Config, policy: Policy) -> Iterator[Finding]:
        """Images and registries that the AWS ECR orb is given. What it does with them is not known: reported only."""
        orbs = [orb for each in (config, *config.siblings) for orb in each.orbs if orb.package == _AWS_ECR]
        if not orbs:
            return
        home = policy.ecr_home_region
        seen: set[int] = set()
        for name, argument, value in _orb_arguments(config, {orb.alias for orb in orbs}):
            for text in walk(resolve(value)):
                if not isinstance(text, Text) or id(text) in seen:
                    continue
                seen.add(id(text))
                distant = [ecr for ecr in find_ecr(text.value) if _is_distant(ecr, policy, host_alone=True)]
                if distant:
                    ecr = next((ecr for ecr in distant if not _is_near(ecr, home)), distant[0])
                    helps = f"{_so_far(home)}: a copy there helps if the orb pulls it"
                    what = f"`{ecr.text}` in `{argument}` of `{name}` is in {ecr.region}"
                    message = f"{what}, {_of_little_use(home) if _is_near(ecr, home) else helps}"
                    yield self.finding(text, message, subject=f"{name} {argument}")


_SO_NEAR = "where CircleCI has machines too"
_ASK = "copy it there (`migrate --ecr-plan FILE` writes the script), then list it under `copied` in the policy"


def _is_distant(ecr: EcrImage, policy: Policy, *, host_alone: bool = False) -> bool:
    home = policy.ecr_home_region
    if ecr.region == home or ecr.partition != partition_of(home) or ecr.is_cache:
        return False
    return bool(ecr.repository) or host_alone


def _is_near(ecr: EcrImage, home: str) -> bool:
    return {ecr.region, home} <= _CIRCLECI_REGIONS


def _so_far(home: str) -> str:
    what = "CircleCI's machines in" if home in _CIRCLECI_REGIONS else "the home region"
    return f"far from {what} {home}"


def _of_little_use(home: str) -> str:
    return f"{_SO_NEAR}: a copy in {home} would help little"


def _resolved(config: Config, image: Image, ecr: EcrImage, origin: Origin) -> dict[str, EcrImage]:
    """The images that parameters make of a text, as they would be pulled; the text itself where that is unknown."""
    if "<<" not in ecr.text:
        return {ecr.text.strip(): ecr}
    begin = origin.text.value.strip() if origin.of else ""
    references = config.calls.references(image) or []
    found = {
        r.text: each
        for r in references
        if r.text.startswith(begin) and (each := parse_ecr(r.text)) and each.repository and each.region == ecr.region
    }
    return found or {ecr.text.strip(): ecr}


def _moved(origin: Origin, ecr: EcrImage, home: str) -> SetText | None:
    value = origin.text.value
    start, end = ecr.place
    return SetText(origin.text, value[:start] + home + value[end:]) if end <= len(value.rstrip()) else None


def _data(images: dict[str, EcrImage], policy: Policy) -> tuple[tuple[str, str], ...]:
    """What the plan is made of: images as they are pulled, those of a region that is near enough left out."""
    home = policy.ecr_home_region
    return tuple(("ecr-image", text) for text, ecr in images.items() if not _is_near(ecr, home))


def _steps(ecr: EcrImage, home: str) -> tuple[str, ...]:
    """What there is to do, in short. The plan has it in full."""
    source, target = _word(f"docker://{ecr.text.strip()}"), _word(f"docker://{ecr.in_region(home).strip()}")
    rule = f"{home} of {ecr.account}, PREFIX_MATCH {ecr.repository}"
    return (
        f"create: aws ecr create-repository --region {home} --repository-name {_word(ecr.repository)}",
        f"copy: skopeo copy --all --preserve-digests {source} {target}",
        "or copy: crane copy SOURCE TARGET, or docker buildx imagetools create --tag TARGET SOURCE",
        f"replicate later pushes: add a rule in {ecr.region} ({rule}); keep those of aws ecr describe-registry",
        "replicate existing images: aws ecr start-replication-backfill",
        _iam(ecr, home),
    )


def _word(text: str) -> str:
    """A word for a shell. Variables in it stay what they are, as in the account of an image."""
    return text if re.fullmatch(r"[\w.:/@${}-]+", text) else quote(text)


def _late(draft: _Draft) -> tuple[str, ...]:
    """Replication takes minutes, so that what a pipeline has pushed itself is not there when its jobs pull it."""
    if all(ecr.version for ecr in draft.images.values()):
        return ()
    return ("its tag is only known at run time: if the pipeline itself pushes it, it must push to both regions",)


def _iam(ecr: EcrImage, home: str) -> str:
    arn = f"arn:{ecr.partition}:ecr:{home}:{ecr.account}:repository/{ecr.repository}"
    return f"the IAM policy of whoever pulls it must allow {arn} too"


def _orb_arguments(config: Config, aliases: set[str]) -> Iterator[tuple[str, str, Node]]:
    """What each use of an orb is given, in steps and in workflows: its name, the argument's, and the value."""
    running = Running(config)
    uses: list[tuple[str, Node | None]] = []
    for steps in config.step_lists:
        of_orb = [(s.name, s.value) for s in steps.items if "/" in s.name and s.name.partition("/")[0] in aliases]
        if of_orb and not is_on_own_machines(config, running.owners(steps)):
            uses += of_orb
    uses += [(invocation.name, invocation.body) for invocation in config.invocations]
    for name, body in uses:
        if not isinstance(body, Mapping) or "/" not in name or name.partition("/")[0] not in aliases:
            continue
        for entry in config.lookup.entries(body):
            argument = key_of(entry)
            if argument is not None and argument not in _NO_ARGUMENTS:
                yield name, argument, entry.value


def _shown(text: Text) -> str:
    return f"`{text.value.strip()}`"


def _named(runner: Job | Executor) -> str:
    return f"{runner.kind} `{runner.name}`"
