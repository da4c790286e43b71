"""Say which jobs pull images that the config does not show, so that nobody takes them for looked at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from migrator.circleci.config import Config
from migrator.circleci.foreign import CREDENTIALS, Foreign, foreign_images, jobs_without_login
from migrator.policy import Policy
from migrator.rule import Finding, Rule, Safety

_SHOWN = 10
"""A list of more names says nothing to a person."""


class ForeignImage(Rule):
    id = "foreign-image"
    title = "Image that an orb or a script pulls out of sight"
    safety = Safety.MANUAL

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        counts = policy.foreign_images == "report"
        for foreign in foreign_images(config):
            yield self.finding(
                foreign.orb.entry.value, _message(foreign), subject=foreign.orb.package or "", counts=counts
            )
        if jobs := jobs_without_login(config):
            one = len(jobs) == 1
            names = _listed([job.name for job in jobs])
            message = (
                f"docker in job{'' if one else 's'} {names} pulls images without a login: "
                "log in before it, with `docker/check` of the docker orb, if they need credentials"
            )
            yield self.finding(jobs[0].node, message, subject="docker without a login", counts=counts)


def _message(foreign: Foreign) -> str:
    orb = foreign.orb
    known = CREDENTIALS.get(orb.package or "")
    remedy = known or "where it takes an executor, pass one of your own with `auth`; else write the job out"
    pull = "pulls" if len(foreign.jobs) == 1 else "pull"
    return (
        f"the orb `{orb.package}` decides which images {_listed(foreign.jobs)} {pull}, and this config does not show "
        f"them; if they need credentials: {remedy}"
    )


def _listed(names: Sequence[str]) -> str:
    shown = [f"`{name}`" for name in names[:_SHOWN]]
    if len(names) > _SHOWN:
        shown.append(f"{len(names) - _SHOWN} more")
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))
