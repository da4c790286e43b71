r"""From version 2 to 2.1: what has to change, and what 2.1 would read in another way.

In 2.1 `<<` opens a template in every string and `\<<` is `<<` (docs: reusing-config, "Escaping"; CPS issue 77). Merge
keys are no strings. Job names must match `^[A-Za-z][A-Za-z\s\d_-]*$` and differ in more than case.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from migrator.changes import Change, SetText
from migrator.circleci.calls import INVOCATION_KEYS
from migrator.circleci.steps import CONDITIONS
from migrator.startup.patterns import lazy
from migrator.startup.records import record
from migrator.tree import Alias, Mapping, Node, Sequence, Text, resolve

if TYPE_CHECKING:
    from migrator.circleci.config import Config

_OPENER: Final = lazy(r"\\?<<")
_JOB_NAME: Final = lazy(r"[A-Za-z][A-Za-z\s\d_-]*")
# docs: configuration-reference, `steps`; the last two are of the JSON schema that CircleCI publishes.
BUILT_IN_STEPS: Final = frozenset({
    "run", "checkout", "setup_remote_docker", "save_cache", "restore_cache", "deploy", "store_artifacts",
    "store_test_results", "persist_to_workspace", "attach_workspace", "add_ssh_keys", "when", "unless",
    "install_signing_bundle", "with_tool_cache",
})  # fmt: skip
_JOB_KEYS: Final = frozenset({
    "docker", "machine", "macos", "executor", "shell", "working_directory", "steps", "environment", "branches",
    "parallelism", "resource_class", "circleci_ip_ranges", "parameters", "description", "type", "retention",
    "plan_name", "key", "max_auto_reruns",
})  # fmt: skip
# What only 2.1 reads, and what would come alive: sections, keys of jobs, of workflows and of what they run, and steps.
_NEW_SECTIONS: Final = ("commands", "executors", "parameters", "orbs", "setup", "job-groups")
_NEW_JOB_KEYS: Final = ("executor", "parameters")
_NEW_INVOCATION_KEYS: Final = ("matrix", "pre-steps", "post-steps", "override-with")


@record
class Upgrade:
    """`texts` are the strings to escape, `version` the change that makes it 2.1; `hazards` what changes meaning.

    Nothing is to be done where `version` is `None`. `problem` says why a config cannot be made one of 2.1.
    """

    version: Change | None = None
    texts: tuple[Text, ...] = ()
    hazards: tuple[str, ...] = ()
    problem: str = ""

    def changes(self, without: frozenset[int]) -> tuple[Change, ...]:
        """All changes but those of nodes with these ids, which the caller rewrites or takes away itself."""
        if self.version is None:
            return ()
        return (self.version, *(SetText(text, escaped(text.value)) for text in self.texts if id(text) not in without))


def escaped(text: str) -> str:
    r"""A string of version 2 as 2.1 has to have it: every `<<` becomes `\<<`; one that is escaped already stays."""
    return _OPENER.sub(r"\\<<", text) if "<<" in text else text


def upgrade_to_orbs(config: Config) -> Upgrade:
    """What makes a config one that may import orbs."""
    version = config.version
    if version == "2.1":
        return Upgrade()
    top = config.top
    if top is None or version is None:
        return Upgrade(problem="the file has no `version`: it is a part of another config")
    found = config.lookup.find(top, "version")
    if version not in ("2", "2.0") or found is None or not isinstance(found.entry.value, Text):
        return Upgrade(
            problem=f"version {version} does not support orbs" if "<<" not in version else "its version is unclear"
        )
    texts, keys = _openers(config.root)
    hazards = [*_names(config), *_sections(top), *_jobs(config), *_workflows(config)]
    if config.uses.aliases(found.entry.value):
        hazards.append("whatever shares the anchor of `version` becomes 2.1 too")
    if any(r"\<<" in text.value for text in texts):
        hazards.append(r"`\<<` in a string means `<<` in 2.1")
    if keys:
        hazards.append("`<<` in a key opens a template in 2.1")
    return Upgrade(SetText(found.entry.value, "2.1"), tuple(texts), tuple(dict.fromkeys(hazards)))


def _openers(root: Node) -> tuple[list[Text], bool]:
    """The strings that hold `<<`, and whether keys that are no merge keys do."""
    texts: list[Text] = []
    in_keys = False
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Text):
            if "<<" in node.value:
                texts.append(node)
        elif isinstance(node, Mapping):
            for entry in reversed(node.entries):
                waiting.append(entry.value)
                in_keys = in_keys or (not entry.is_merge and "<<" in (entry.name or ""))
        elif isinstance(node, Sequence):
            waiting.extend(reversed(node.items))
    return texts, in_keys


def _names(config: Config) -> Iterator[str]:
    seen: dict[str, str] = {}
    for name in config.jobs:
        if not _JOB_NAME.fullmatch(name):
            yield f"2.1 refuses the job name `{name}`: rename it, and the checks that GitHub requires"
        if other := seen.get(name.lower()):
            yield f"2.1 treats the job names `{other}` and `{name}` as one: rename one of them"
        seen[name.lower()] = name


def _sections(top: Mapping) -> Iterator[str]:
    for entry in top.entries:
        if entry.name in _NEW_SECTIONS:
            yield f"`{entry.name}` means something only in 2.1"


def _jobs(config: Config) -> Iterator[str]:
    lookup = config.lookup
    for job in config.jobs.values():
        for entry in lookup.entries(job.body):
            if entry.name in _NEW_JOB_KEYS:
                yield f"`{entry.name}` of job `{job.name}` means something only in 2.1"
            elif entry.name is not None and entry.name not in _JOB_KEYS:
                yield f"2.1 refuses the key `{entry.name}` of job `{job.name}`"
        for item in job.steps.items if job.steps else ():
            yield from _step(config, item)


def _workflows(config: Config) -> Iterator[str]:
    lookup = config.lookup
    for workflow in config.workflows:
        for entry in lookup.entries(workflow.body):
            if entry.name in CONDITIONS:
                yield f"`{entry.name}` of workflow `{workflow.name}` means something only in 2.1"
    for invocation in config.invocations:
        job = config.jobs.get(invocation.name)
        known = INVOCATION_KEYS | (job.parameters.keys() if job else set())
        for entry in lookup.entries(invocation.body) if invocation.body else ():
            if entry.name in _NEW_INVOCATION_KEYS:
                yield f"`{entry.name}` of job `{invocation.name}` in a workflow means something only in 2.1"
            elif entry.name is not None and entry.name not in known:
                yield f"2.1 refuses the key `{entry.name}` of job `{invocation.name}` in a workflow"


def _step(config: Config, item: Node) -> Iterator[str]:
    node = resolve(item) if isinstance(item, Alias) else item
    if isinstance(node, Text):
        names = [node.value]
    elif isinstance(node, Mapping):
        names = [entry.name or "" for entry in config.lookup.entries(node)]
    else:
        yield "2.1 refuses a step that is neither a name nor a mapping"
        return
    if "type" in names:
        yield "2.1 does not support steps with `type:`"
    elif names == ["shell"]:
        yield "2.1 does not support `shell:` steps: use `run:`"
    elif "setup_docker_engine" in names:
        yield "2.1 does not support `setup_docker_engine`: use `setup_remote_docker`"
    elif names[:1] and names[0] in CONDITIONS:
        yield f"the step `{names[0]}` means something only in 2.1"
    elif len(names) != 1:
        yield f"2.1 allows one name per step, but one has {len(names)}"
    elif names[0] not in BUILT_IN_STEPS and names[0] not in config.commands:
        yield f"2.1 refuses the step `{names[0]}`, which nothing defines"
