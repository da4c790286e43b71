"""Move secrets out of the config, to variables of a context."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from migrator.changes import Change, ReplaceValue, SetText, place
from migrator.circleci.config import Config
from migrator.circleci.credentials.planner import ContextPlanner, Need
from migrator.circleci.definitions import Executor, Job
from migrator.circleci.environment import Reader, Removal, Variable, differing, read_variables, removal_of
from migrator.circleci.running import Running
from migrator.circleci.secrets.accounts import known_accounts, shared_by
from migrator.circleci.secrets.auth import (
    AWS_KEYS,
    LiteralAuth,
    loose_passwords,
    pair_of,
    read_literal_auth,
    shared_elsewhere,
)
from migrator.circleci.secrets.processes import ProcessLogin, read_process_logins
from migrator.circleci.secrets.scripts import (
    BY_VARIABLE,
    ScriptSecret,
    SecretScript,
    foreign_shell,
    is_in_bash_env,
    read_secret_scripts,
    sets,
    shared_script,
    with_variable,
)
from migrator.circleci.secrets.sightings import read_sightings, sightings_beside
from migrator.circleci.secrets.values import hideable, is_reference
from migrator.circleci.secrets.variables import literal_of
from migrator.circleci.shell.logins import variable_for
from migrator.circleci.shell.quoting import is_variable_name
from migrator.circleci.workflows import Invocation
from migrator.policy import Policy
from migrator.rule import Finding, Requirement, Rule, Safety
from migrator.startup.records import field, record
from migrator.tree import Node, Text

ROTATE = "rotate it, because it stays in the history of the repository and in the removed line of the diff"


@record(eq=False, frozen=False)
class _Move:
    """A literal on its way to variables: `pairs` are variables with the accounts and values that they will hold.

    `context` provides the variables; without one the project has to.
    """

    node: Node
    what: str
    subject: str
    pairs: tuple[tuple[str, str, str], ...]
    context: str | None
    edits: tuple[Change, ...]
    invocations: list[Invocation]
    environments: list[Job | Executor]
    secrets: tuple[str, ...]
    has_user: bool = True
    safety: Safety = Safety.SAFE
    warnings: list[str] = field(default_factory=list)
    problem: str = ""
    need: Need | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(variable for variable, _, _ in self.pairs))


class LiteralSecret(Rule):
    id = "literal-secret"
    title = "Secret that is written out in the config"
    safety = Safety.SAFE

    def check(self, config: Config, policy: Policy) -> Iterator[Finding]:
        known: set[str] = set()
        for finding in self._in_known_places(config, policy):
            known.update(finding.secrets)
            yield finding
        for sighting, secrets in sightings_beside(read_sightings(config), known):
            told = f"a literal secret in {sighting.what}: {BY_VARIABLE}; {ROTATE}"
            yield self.finding(sighting.node, told, secrets=secrets, subject=sighting.what)

    def _in_known_places(self, config: Config, policy: Policy) -> Iterator[Finding]:
        """Of images, logins, scripts and environments: what can be moved, and what scripts hold beside it."""
        moves = [_of_auth(config, policy, auth) for auth in read_literal_auth(config)]
        _keep_anchors_apart(moves)
        scripts = read_secret_scripts(config)
        running = Running(config)
        for script in scripts:
            moves += _of_logins(config, policy, script, running)
        variables = read_variables(config)
        _keep_accounts_apart(config, policy, moves)
        _warn_of_shadows(moves, variables)
        planner = ContextPlanner(self.id, config, policy)
        for move in moves:
            if move.context is not None and not move.problem:
                move.need = _need(planner, move, move.context)
        planner.settle([move.need for move in moves if move.need is not None])
        for move in moves:
            yield self._of_move(planner, move)
        logins = read_process_logins(config)
        passwords = Counter(host for host, _ in {(each.host, each.value) for each in logins})
        for login in logins:
            yield self._of_process(policy, login, several=passwords[login.host] > 1)
        for image, text in loose_passwords(config):
            message = f"a literal password of `{image.text.value.strip()}` is where CircleCI ignores it: remove it"
            yield self.finding(text, f"{message}; {ROTATE}", secrets=hideable(text.value), subject="loose password")
        for script in scripts:
            for secret in script.secrets:
                if not secret.is_login:
                    message = f"a literal secret in {secret.command} of a script: {secret.problem}; {ROTATE}"
                    yield self.finding(
                        script.text, message, secrets=hideable(secret.value, secret.written), subject=secret.command
                    )
        literals = [(variable, value) for variable in variables if (value := literal_of(variable)) is not None]
        differences = differing(variable for variable, _ in literals)
        for variable, value in literals:
            yield self._of_variable(config, variable, value, differences.get(variable.name))

    def _of_move(self, planner: ContextPlanner, move: _Move) -> Finding:
        names = "` and `$".join(move.variables)
        need = move.need
        problem = move.problem or (need.problem if need else "")
        home = f"from the context `{move.context}`" if move.context else "from the project"
        if problem:
            message = f"{move.what} must be replaced by hand with `${names}` {home}: {problem}; {ROTATE}"
            return self.finding(move.node, message, secrets=move.secrets, subject=f"{move.subject} by hand")
        return self.finding(
            move.node,
            f"{move.what} becomes `${names}` {home}; {ROTATE}",
            *move.edits,
            *(need.changes if need else ()),
            safety=Safety.REVIEW if need and need.waits else move.safety,
            requirements=_requirements(planner, move),
            warnings=tuple(dict.fromkeys((*move.warnings, *(need.warnings if need else ())))),
            secrets=move.secrets,
            subject=move.subject,
            reads=need.reads if need else None,
        )

    def _of_process(self, policy: Policy, login: ProcessLogin, *, several: bool) -> Finding:
        """A login that a script itself runs, in an environment that the file does not show."""
        registry = policy.registry(login.host) if login.host is not None else None
        variable = registry.password[1:] if registry else variable_for(login.host or "registry", "PASSWORD")
        warnings = (f"`{variable}` would hold several passwords of this script",) if several else ()
        what = f"the literal password of the `docker login` to {login.host or 'some registry'} that this script runs"
        secrets = hideable(login.value, login.written)
        subject = f"process login {login.host}"
        if login.problem:
            wanted = f"the environment variable `{variable}`"
            message = f"{what} must be replaced by hand with {wanted}: {login.problem}; {ROTATE}"
            return self.finding(login.node, message, secrets=secrets, subject=f"{subject} by hand")
        return self.finding(
            login.node,
            f"{what} becomes the environment variable `{variable}`; {ROTATE}",
            login.change(variable),
            safety=Safety.REVIEW,
            requirements=(Requirement("project-env", "a script reads them where it runs", (variable,)),),
            warnings=warnings,
            secrets=secrets,
            subject=subject,
        )

    def _of_variable(self, config: Config, variable: Variable, value: str, difference: str | None) -> Finding:
        contained = variable.readers == {Reader.CONTAINER}
        first, name = variable.places[0], variable.name
        more = f" and {len(variable.places) - 1} more" if len(variable.places) > 1 else ""
        what = f"`{name}` in the `environment` of {first.label}{more} is a literal secret"
        secrets = hideable(value, variable.value)
        nowhere = Removal(problem="a container gets variables only from its `environment`")
        removal = nowhere if contained else removal_of(config, variable)
        if not is_variable_name(name):
            removal = Removal(problem="no context or project can have a variable of that name")
        if removal.problem:
            advice = "give it a throw-away value, or set it in a step"
            message = f"{what} and is kept, because {removal.problem}: {advice}; {ROTATE}"
            return self.finding(variable.node, message, secrets=secrets, subject=f"{name} by hand")
        doubts = [difference] if difference else []
        if variable.anchor is not None:
            doubts.append(f"its value stays at the anchor `{variable.anchor}`: remove it there")
        return self.finding(
            variable.node,
            f"{what} and will be removed: set `{name}` in a context or as a project environment variable; {ROTATE}",
            *removal.changes,
            safety=Safety.REVIEW,
            requirements=(Requirement("project-env", "they were literals in the config", (name,)),),
            warnings=tuple(doubts),
            secrets=secrets,
            subject=name,
        )


def _need(planner: ContextPlanner, move: _Move, context: str) -> Need:
    need = Need(move.node, move.subject, waits=move.safety is Safety.REVIEW)
    for invocation in move.invocations:
        planner.give(need, invocation, context, elsewhere=True)
    for runner in move.environments:
        planner.warn_of_unseen(need, runner, context)
    need.waits = need.waits or need.skips
    return need


def _requirements(planner: ContextPlanner, move: _Move) -> tuple[Requirement, ...]:
    if move.context is None:
        return (Requirement("project-env", "they were literals in the config", move.variables),)
    kind, name = planner.provider(move.context)
    need = move.need
    if kind != "context" or need is None:
        return (Requirement(kind, name, move.variables),)
    found = [Requirement(kind, name, move.variables)] if need.running else []
    if need.skips:
        reason = "the policy gives scheduled workflows no context"
        found.append(Requirement("project-env", reason, move.variables))
    return tuple(found)


def _of_auth(config: Config, policy: Policy, auth: LiteralAuth) -> _Move:
    image = auth.images[0]
    shown = image.text.value.strip()
    environments = {id(runner): runner for each in auth.images for runner in each.environments}
    invocations = {id(i): i for runner in environments.values() for i in config.calls.invocations_on(runner)}
    move = _Move(
        node=next(iter(auth.texts.values())),
        what=f"the literal `{'` and `'.join(auth.texts)}` of `{shown}`",
        subject=image.reference.repository,
        pairs=(),
        context=None,
        edits=(),
        invocations=list(invocations.values()),
        environments=list(environments.values()),
        secrets=hideable(*(text.value for text in auth.texts.values())),
        has_user=auth.key == "auth",
    )
    variables = _variables_of_auth(config, policy, auth, move)
    account = auth.username if auth.key == "auth" else f"the keys of {shown}"
    move.pairs = tuple((variables[key], account, text.value) for key, text in auth.texts.items())
    move.edits = tuple(_written(text, f"${variables[key]}") for key, text in auth.texts.items())
    move.problem = move.problem or next((p for t in auth.texts.values() if (p := shared_elsewhere(config, t))), "")
    if config.is_orb_source:
        move.safety = Safety.REVIEW  # whoever uses the orb runs it
    if any("$" in text.value for text in auth.texts.values()):
        move.safety = Safety.REVIEW
        move.warnings.append("it contains a `$`: check whether it already refers to a variable")
    return move


def _variables_of_auth(config: Config, policy: Policy, auth: LiteralAuth, move: _Move) -> dict[str, str]:
    """The variable for each key; what it comes from and how sure that is goes into the move."""
    if auth.key == "aws_auth":
        return _aws_variables(policy, auth, move)
    references = auth.references(config)
    hosts = {reference.registry for reference in references}
    host = hosts.pop() if len(hosts) == 1 else None
    registry = policy.registry(host) if host else None
    if host is None or registry is None:
        move.safety = Safety.REVIEW
        if host is None:
            move.warnings.append("its images come from several registries, or parameters decide the registry")
        return {"password": variable_for(host or "registry", "PASSWORD")}
    if not all(registry.wants(reference.repository) for reference in references):
        move.safety = Safety.REVIEW
        move.warnings.append(f"the policy does not list this image for `{host}`: check whether its account may pull it")
    move.context = registry.context if policy.uses_contexts else None
    if auth.username and auth.username != registry.username:
        move.warnings.append(f"`{registry.password}` must be the password of `{auth.username}`")
        if is_reference(auth.username):
            move.safety = Safety.REVIEW
    return {"password": registry.password[1:]}


def _aws_variables(policy: Policy, auth: LiteralAuth, move: _Move) -> dict[str, str]:
    aws = policy.aws
    known = dict(zip(AWS_KEYS, (aws.aws_access_key_id, aws.aws_secret_access_key), strict=True)) if aws else {}
    if (pair := pair_of(auth, known)) is not None:
        move.safety, move.problem = Safety.REVIEW, pair.problem
        move.warnings.append(f"it must be of one account with `{pair.other}`: set both in the same place")
        return pair.variables
    if aws is None or not aws.variables or aws.oidc_role_arn:
        move.safety = Safety.REVIEW
        if aws is not None and aws.oidc_role_arn:
            move.warnings.append("the policy has a role for ECR: `oidc_role_arn` can replace both keys")
        return {key: key.upper() for key in AWS_KEYS}
    move.context = aws.context if policy.uses_contexts else None
    for key, value in auth.others.items():
        if key in known and value != known[key]:
            move.safety = Safety.REVIEW
            move.warnings.append(f"`{key}` is `{value}` and not `{known[key]}`: both keys must belong to one account")
    return {key: value[1:] for key, value in known.items()}


def _written(text: Text, value: str) -> Change:
    """A key file of several lines becomes one; everything else keeps its quotes."""
    return ReplaceValue(text, value) if "\n" in text.value or text.style in ("|", ">") else SetText(text, value)


def _of_logins(config: Config, policy: Policy, script: SecretScript, running: Running) -> Iterator[_Move]:
    """One move for all logins of a script that take the same variable."""
    groups: dict[tuple[str, bool], list[ScriptSecret]] = {}
    for secret in script.secrets:
        if secret.is_login:
            variable, _ = _variable_of_login(policy, secret)
            groups.setdefault((variable, bool(secret.problem)), []).append(secret)
    shared = shared_script(config, script) or foreign_shell(config, script)
    lists = {id(step.steps): step.steps for step in script.steps}
    invocations = {id(i): i for steps in lists.values() for i in running.invocations(steps)}
    jobs = {id(o): o for steps in lists.values() for o in running.owners(steps) if isinstance(o, Job)}
    for (variable, _), secrets in groups.items():
        first = secrets[0]
        _, context = _variable_of_login(policy, first)
        registry = policy.registry(first.host) if first.host is not None else None
        host = first.host or "some registry"
        move = _Move(
            node=script.text,
            what=f"the literal password of `docker login` to {host}",
            subject=f"docker login {first.host}",
            pairs=tuple((variable, secret.username, secret.value) for secret in secrets),
            context=context,
            edits=(SetText(script.text, with_variable(script.text.value, secrets, variable)),),
            invocations=list(invocations.values()),
            environments=list(jobs.values()),
            secrets=hideable(*(v for secret in secrets for v in (secret.value, secret.written))),
            safety=Safety.SAFE if registry else Safety.REVIEW,
            problem=first.problem or shared,
        )
        if registry and first.username and first.username != registry.username:
            move.warnings.append(f"`${variable}` must be the password of `{first.username}`")
        if sets(script.text.value, variable):
            move.safety = Safety.REVIEW
            move.warnings.append(f"the script sets `{variable}` itself, which takes precedence")
        elif is_in_bash_env(config, variable):
            move.safety = Safety.REVIEW
            move.warnings.append(f"a script writes `{variable}` to `$BASH_ENV`, which takes precedence")
        yield move


def _variable_of_login(policy: Policy, secret: ScriptSecret) -> tuple[str, str | None]:
    registry = policy.registry(secret.host) if secret.host is not None else None
    if registry is None:
        return variable_for(secret.host or "registry", "PASSWORD"), None
    return registry.password[1:], registry.context if policy.uses_contexts else None


def _keep_anchors_apart(moves: list[_Move]) -> None:
    """One text may be the password at several registries, by an anchor: it cannot become two variables."""
    wanted: dict[int, set[str]] = {}
    for move in moves:
        for change, (variable, _, _) in zip(move.edits, move.pairs, strict=True):
            wanted.setdefault(id(place(change)), set()).add(variable)
    for move in moves:
        if any(len(wanted[id(place(change))]) > 1 for change in move.edits):
            move.problem = move.problem or "its anchor is also used where another variable is needed"


def _keep_accounts_apart(config: Config, policy: Policy, moves: list[_Move]) -> None:
    """A variable has one value: if several accounts would share it, a person must decide."""
    accounts: dict[str, dict[tuple[str, str], None]] = {}
    values: set[tuple[str, str]] = set()
    for move in moves:
        for variable, username, value in move.pairs if not move.problem else ():
            known = accounts.setdefault(variable, {})
            if move.has_user or (variable, value) not in values:
                known[username, value] = None
                values.add((variable, value))
    for variable, username in known_accounts(config, policy, accounts):
        if username not in {other for other, _ in accounts[variable]} and not is_reference(username):
            accounts[variable][username, ""] = None
    warnings = {variable: shared_by(variable, shared) for variable, shared in accounts.items() if len(shared) > 1}
    for move in moves:
        for variable in filter(warnings.__contains__, move.variables):
            move.safety = Safety.REVIEW
            move.warnings.append(warnings[variable])


def _warn_of_shadows(moves: list[_Move], variables: list[Variable]) -> None:
    """An `environment` overrides a context: a login would not read the value of the context."""
    for move in moves:
        for variable in variables:
            if variable.name in move.variables and variable.readers != {Reader.CONTAINER}:
                move.safety = Safety.REVIEW
                move.warnings.append(
                    f"the `environment` of {variable.places[0].label} sets `{variable.name}`, which takes precedence"
                )
