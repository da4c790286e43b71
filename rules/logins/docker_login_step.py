"""Log in with the docker orb instead of a script."""

from __future__ import annotations

from collections.abc import Iterator

from migrator.changes import AddItem, Change, RenameKey, ReplaceValue, SetText, Value
from migrator.circleci.config import Config
from migrator.circleci.credentials.today import contexts_of_steps
from migrator.circleci.declarations import is_version_2
from migrator.circleci.definitions import Command, Job
from migrator.circleci.orb_logins.ecr_steps import AWS_VARIABLES, ECR_DOUBT, arguments_for
from migrator.circleci.orb_logins.orb import DockerOrb, Imported, docker_orb, ecr_orb
from migrator.circleci.orb_logins.scripts import LoginScript, Taken, read_logins
from migrator.circleci.orb_logins.staying import Staying, login_uses
from migrator.circleci.orb_logins.steps import NOTHING_RUNS_IT, LoginSteps, StepScript, Use, run_step, why_not_carried
from migrator.circleci.orb_logins.upgrade import Upgrade, escaped, upgrade_to_orbs
from migrator.circleci.parameters import only_name
from migrator.circleci.secrets.values import is_credential
from migrator.circleci.shell.logins import Login, variable_for
from migrator.policy import Policy
from migrator.rule import Finding, Requirement, Rule, Safety
from migrator.startup.records import cached_property, field, record, replace
from migrator.tree import Alias, Mapping, Node, Text, walk


@record(eq=False, frozen=False)
class _Draft:
    """A script that logs in, and how it is fixed. With a `problem`, all of its logins are left unchanged."""

    script: StepScript
    reading: LoginScript
    problem: str = ""
    doubts: list[str] = field(default_factory=list)
    steps: list[Value] = field(default_factory=list)
    needs: list[tuple[Login, tuple[str, str]]] = field(default_factory=list)
    logged_in: dict[str, tuple[str, str]] = field(default_factory=dict)
    pulls: list[tuple[Use, Value]] = field(default_factory=list)

    @property
    def in_front(self) -> set[tuple[int, int]]:
        """Where the new steps are added, if they are added before their own."""
        if self.problem or not self.reading.taken or self.reading.before is not None:
            return set()
        return {(id(use.steps.node), use.position) for use in self.script.lists}

    @property
    def behind(self) -> set[tuple[int, int]]:
        return {(id(use.steps.node), use.position + 1) for use in self.script.lists}


class DockerLoginStep(Rule):
    id = "docker-login-step"
    title = "`docker login` in a script instead of the docker orb"
    safety = Safety.SAFE

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        if not config.may_mention("login"):
            return
        steps = LoginSteps(config)
        if not steps:
            return
        converter = _Converter(config, policy, steps)
        drafts = [draft for script in steps.scripts if (draft := converter.draft(script))]
        in_front = {place for draft in drafts for place in draft.in_front}
        for draft in drafts:
            if draft.reading.before is not None and draft.behind & in_front and not draft.problem:
                draft.problem = "the next step logs in too and must be changed first"
            if draft.reading.taken and not draft.problem:
                yield self._fix(draft, converter)
            else:
                for taken in draft.reading.taken:
                    yield self._unchanged(draft.script.text, Staying(taken.login, draft.problem))
            if (with_token := converter.with_token(draft)) is not None:
                yield self._ecr(draft, converter, with_token)
                continue
            for staying in draft.reading.staying:
                yield self._unchanged(draft.script.text, staying)
        yield from self._unused(config, steps)

    def _ecr(self, draft: _Draft, converter: _Converter, step: dict[str, Value]) -> Finding:
        (staying,) = draft.reading.staying
        shown = staying.login.shown if staying.login else "`docker login`"
        return self.finding(
            draft.script.text,
            f"{shown} with a token of AWS becomes `{next(iter(step))}`, which runs the same commands",
            *converter.ecr_changes(draft, step),
            safety=Safety.REVIEW,
            warnings=(*converter.doubts, ECR_DOUBT),
            subject=f"ecr {staying.login.registry if staying.login else ''}",
        )

    def _unused(self, config: Config, steps: LoginSteps) -> Iterator[Finding]:
        for text, reason, is_script in steps.others:
            reading = read_logins(text.value, templates=not is_version_2(config), stops=True)
            kept = [Staying(taken.login, reason) for taken in reading.taken]
            kept += [Staying(s.login, _with(reason, s)) if s.login else s for s in reading.staying]
            if is_script or any(s.login and (s.login.user or s.login.password) for s in kept):
                for staying in kept:
                    yield self._unchanged(text, staying)

    def _unchanged(self, text: Text, staying: Staying) -> Finding:
        login = staying.login
        shown = login.shown if login else "`docker login`"
        secret = login.password.literal if login and login.password else None
        return self.finding(
            text,
            f"{shown} is left unchanged: {staying.reason}",
            subject=f"stays {login.registry if login else ''} {staying.reason}",
            secrets=(secret,) if secret and is_credential(secret) else (),
        )

    def _fix(self, draft: _Draft, converter: _Converter) -> Finding:
        doubts = [*converter.doubts, *draft.doubts]
        reading, alias = draft.reading, converter.orb.alias
        logins = list(dict.fromkeys(taken.login.shown for taken in reading.taken))
        message = f"{' and '.join(logins)} become{'' if len(logins) > 1 else 's'} `{alias}/check`"
        if any(taken.images for taken in reading.taken) or draft.pulls:
            message += f", and `docker pull` becomes `{alias}/pull`"
        if reading.before is not None:
            message += "; the commands before it become a step of their own"
        elif reading.after is not None:
            message += "; the rest of the script is kept"
        return self.finding(
            draft.script.text,
            message,
            *converter.changes(draft),
            safety=Safety.REVIEW if doubts else Safety.SAFE,
            requirements=converter.requirements(draft),
            warnings=tuple(dict.fromkeys(doubts)),
            subject=f"{' '.join(taken.login.registry for taken in reading.taken)}{' ?' if doubts else ''}",
        )


class _Converter:
    """Replaces the logins of one config by steps of the orb."""

    def __init__(self, config: Config, policy: Policy, steps: LoginSteps) -> None:
        self.config = config
        self.policy = policy
        self.steps = steps

    @cached_property
    def upgrade(self) -> Upgrade:
        return upgrade_to_orbs(self.config)

    @cached_property
    def orb(self) -> DockerOrb:
        return docker_orb(self.config, self.policy.docker_orb)

    @property
    def doubts(self) -> list[str]:
        server = "on CircleCI Server, an administrator must import the orb `circleci/docker` first"
        return [*self.upgrade.hazards, *([server] if self.policy.target == "server" else [])]

    @property
    def problem(self) -> str:
        return self.problem_without_docker or self.orb.problem

    @property
    def problem_without_docker(self) -> str:
        """Why the config can import no orb."""
        if self.config.is_packed:
            return "the file is a part of a config that is packed from several files"
        if self.config.is_orb_source:
            return "the file is an orb, and its users are in other repositories"
        return self.upgrade.problem

    def draft(self, script: StepScript) -> _Draft | None:
        version_2 = is_version_2(self.config)
        reading = read_logins(script.text.value, templates=not version_2, stops=True)
        if not reading.taken:
            return self._unchanged(script, reading)
        runtimes = self.steps.runs(script)
        variables = frozenset().union(*(login_uses(taken.login) for taken in reading.taken))
        carried = [why_not_carried(use.step, variables) for use in script.uses]
        problems = self.steps.around(script, variables)
        if any(owner.prefix for use in script.uses for owner in use.steps.owners if isinstance(owner, Job | Command)):
            problems.append("it is in an inline orb, which must import the docker orb itself")
        problems += [self.steps.why_shared(script), self.problem] if runtimes else [NOTHING_RUNS_IT]
        problem = "; ".join(filter(None, problems))
        if not problem:  # a shell that is not the orb's is one, and then no matter whether it goes on
            stops = all(runtime.stops for runtime in runtimes) and all(stops for _, stops in carried)
            pulls = all(map(self._takes_pulls, script.uses))
            reading = read_logins(script.text.value, templates=not version_2, stops=stops, pulls=pulls)
        draft = _Draft(script, reading, problem)
        draft.doubts += [doubt for runtime in runtimes for doubt in runtime.doubts]
        draft.doubts += reading.doubts
        if reading.before is not None:
            draft.doubts.append("a script is split in two: its parts share no variables and no working directory")
        if not draft.problem:
            self._add_steps(draft)
        return draft

    @cached_property
    def ecr(self) -> Imported:
        return ecr_orb(self.config)

    def with_token(self, draft: _Draft) -> dict[str, Value] | None:
        """The step of the aws-ecr orb that does what a script does, where nothing is in its way."""
        script, (first, *more) = draft.script, draft.reading.staying or (None,)
        if draft.reading.taken or more or first is None or first.login is None or not self.steps.runs(script):
            return None
        arguments = arguments_for(script.text.value, templates=not is_version_2(self.config))
        if arguments is None or self.problem_without_docker or self.ecr.problem or self.steps.why_shared(script):
            return None
        if any(owner.prefix for use in script.uses for owner in use.steps.owners if isinstance(owner, Job | Command)):
            return None
        return None if self.steps.around(script, AWS_VARIABLES) else {f"{self.ecr.alias}/ecr_login": arguments}

    def ecr_changes(self, draft: _Draft, step: dict[str, Value]) -> list[Change]:
        changes = [change for item in draft.script.items for change in _become(item, step)]
        rewritten = {id(node) for item in draft.script.items for node in walk(item)} | {id(draft.script.text)}
        return [*self.upgrade.changes(frozenset(rewritten)), *self.ecr.changes, *changes]

    def _unchanged(self, script: StepScript, reading: LoginScript) -> _Draft | None:
        """A script that keeps all of its logins, each with what else is in its way."""
        if not reading.staying:
            return None
        staying: list[Staying] = []
        for each in reading.staying:
            if each.login is not None and not each.login.why_not:
                around = self.steps.around(script, login_uses(each.login))
                each = Staying(each.login, "; ".join([each.reason, *around]))
            staying.append(each)
        return _Draft(script, replace(reading, staying=tuple(staying)))

    def _add_steps(self, draft: _Draft) -> None:
        for taken in draft.reading.taken:
            draft.problem = draft.problem or self._add_check(draft, taken)
        last = draft.reading.taken[-1] if draft.reading.taken else None
        if last is None or not draft.reading.is_whole or len(draft.script.lists) != 1:
            return
        use = draft.script.lists[0]
        while (following := self.steps.next_of(use)) and (images := self._pulled(following)):
            draft.pulls.append((following, self.orb.pull(images)))
            use = following

    def _pulled(self, use: Use) -> tuple[str, ...]:
        """The images of a step that does nothing but pull."""
        text = use.step.script
        if text is None or "docker pull" not in text.value:
            return ()
        if why_not_carried(use.step) != ("", True) or not self._takes_pulls(use):
            return ()
        return read_logins(text.value, templates=not is_version_2(self.config), stops=True).pulls

    def _takes_pulls(self, use: Use) -> bool:
        """Whether `docker/pull` waits as long as the step, and fails at the first image that it cannot pull."""
        return use.step.argument("no_output_timeout") is None and all(
            runtime.stops for runtime in self.steps.runtimes.of(use.steps, use.index)
        )

    def _add_check(self, draft: _Draft, taken: Taken) -> str:
        """Add the steps for a login; why there can be none."""
        login = taken.login
        assert login.user is not None
        assert login.password is not None
        if "$" in login.registry and not self.orb.expands_registry:
            return f"its registry is a variable, which `{self.orb.reference}` does not expand (2.1.5 does)"
        user = login.user.variable or self._invented(login)
        if login.user.literal is not None and (problem := self._why_not_invented(draft, user)):
            return f"its username is written out, and {problem}"
        password = login.password.variable or ""
        for name in (user, password):
            if "<<" in name and not self._is_name_of_variable(draft, name):
                return f"`{name}` is not a parameter of type `env_var_name`"
        if login.user.literal is not None:
            draft.doubts.append(f"set `{user}` to the username that was written out: `{login.user.literal}`")
        if draft.logged_in.get(login.registry) != (user, password):  # a second time, it changes nothing
            draft.steps.append(self.orb.check(user, password, login.registry))
            draft.logged_in[login.registry] = (user, password)
        if taken.images:
            draft.steps.append(self.orb.pull(taken.images))
        draft.needs.append((login, (user, password)))
        return ""

    def _invented(self, login: Login) -> str:
        """A variable for a username that is written out; empty if there is none."""
        registry = self.policy.registry(login.host) if login.host else None
        if registry is not None:
            return registry.username[1:] if registry.username.startswith("$") else ""
        return variable_for(login.host, "USERNAME") if login.host else ""

    def _why_not_invented(self, draft: _Draft, name: str) -> str:
        """Why no variable of that name can hold the username; empty if one can."""
        if not name:
            return "the policy names no variable for it"
        if any(name in runtime.sets for runtime in self.steps.runs(draft.script)):
            return f"its job sets `{name}` itself"
        if len(users := sorted(self._written_out.get(name, ()))) > 1:
            return f"`{name}` cannot hold both `{'` and `'.join(users)}`"
        return ""

    @cached_property
    def _written_out(self) -> dict[str, set[str]]:
        """The usernames that logins of this file write out, by the variable that is invented for them."""
        found: dict[str, set[str]] = {}
        for script in self.steps.scripts:
            reading = read_logins(script.text.value, templates=not is_version_2(self.config), stops=True)
            for login in [taken.login for taken in reading.taken] + [s.login for s in reading.staying if s.login]:
                if login.user and login.user.literal is not None and not login.why_not:
                    found.setdefault(self._invented(login), set()).add(login.user.literal)
        return found

    def _is_name_of_variable(self, draft: _Draft, template: str) -> bool:
        name = only_name(template)
        owners = [owner for use in draft.script.uses for owner in self.steps.runtimes.scopes(use.steps)]
        return (
            name is not None
            and name[0] == "parameters"
            and all(
                isinstance(owner, Job | Command)
                and (parameter := owner.parameters.get(name[1])) is not None
                and parameter.type == "env_var_name"
                for owner in owners
            )
        )

    def changes(self, draft: _Draft) -> list[Change]:
        script, reading = draft.script, draft.reading
        changes: list[Change] = []
        replaced: list[Node] = []
        text = escaped if self.upgrade.version is not None else str
        steps = draft.steps
        if reading.is_whole:
            replaced += script.items
            changes += [change for item in script.items for change in _become(item, steps[-1])]
            steps = steps[:-1]
        for use, value in draft.pulls:
            replaced.append(use.item)
            changes += _become(use.item, value)
        if reading.before is not None:
            changes.append(SetText(script.text, text(reading.before)))
        elif reading.after is not None:
            changes.append(SetText(script.text, text(reading.after)))
        for use in script.lists:
            at = use.position + (reading.before is not None)
            changes += [AddItem(use.steps.node, at, step) for step in steps]
            if reading.before is not None and reading.after is not None:
                changes.append(AddItem(use.steps.node, at, run_step(use.step, reading.after, text)))
        rewritten = {id(node) for item in replaced for node in walk(item)} | {id(script.text)}
        return [*self.upgrade.changes(frozenset(rewritten)), *self.orb.changes, *changes]

    def requirements(self, draft: _Draft) -> tuple[Requirement, ...]:
        """What the logins of a script read as before, and the variables that are new in it."""
        there = self.steps.set_by_jobs(draft.script)
        found: dict[Requirement, None] = {}
        for login, (user, password) in draft.needs:
            is_invented = login.user is not None and login.user.literal is not None
            new = [user] if is_invented else []
            before = [name for written in ([password] if is_invented else [user, password])
                      for name in self.steps.variables(draft.script, written)]  # fmt: skip
            reason = f"`docker/check` logs in to {login.host or 'a registry'}"
            for names, is_new in ((before, False), (new, True)):
                variables = tuple(dict.fromkeys(name for name in names if name not in there))
                if variables:
                    found[self._requirement(draft, login, variables, reason, new=is_new)] = None
        return tuple(found)

    def _requirement(
        self, draft: _Draft, login: Login, variables: tuple[str, ...], reason: str, *, new: bool
    ) -> Requirement:
        today = contexts_of_steps(self.config, self.steps.runtimes, [use.steps for use in draft.script.uses])
        registry = self.policy.registry(login.host) if new and login.host else None
        if registry is not None and registry.context in today and set(variables) <= set(registry.variables):
            return Requirement("context", registry.context, variables, reason=reason)
        return Requirement("project-env", reason, variables, new=new, today=today)


def _with(reason: str, staying: Staying) -> str:
    """The reason why nothing runs a script as a step, and why its login would have to stay if something did."""
    return reason if reason == NOTHING_RUNS_IT else f"{reason}; {staying.reason}"


def _become(item: Node, step: Value) -> list[Change]:
    """The changes that make one step of another; one with an anchor keeps its lines."""
    if isinstance(item, Mapping) and item.anchor and isinstance(step, dict):
        entry = item.entries[0]
        if len(item.entries) == 1 and not entry.is_merge and not isinstance(entry.value, Alias):
            ((name, arguments),) = step.items()
            return [RenameKey(item, entry, name), ReplaceValue(entry.value, arguments)]
    return [ReplaceValue(item, step)]
