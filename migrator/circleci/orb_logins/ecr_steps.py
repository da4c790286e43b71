"""The step of the aws-ecr orb that replaces a login with a token of AWS.

Parameters are those of circleci/aws-ecr from 9.3 on (github.com/CircleCI-Public/aws-ecr-orb, src/commands/ecr_login.yml
and src/scripts/ecr_login.sh). By default its script calls `aws --profile default`, which only `aws-cli/setup` writes,
and sets up a credential helper instead of logging in. With `use_credentials_helper: false` it runs the pipeline that
people write, and with an empty `profile_name` the AWS CLI takes credentials from the environment as before: it looks
at a profile only where the option is not empty (github.com/aws/aws-cli, awscli/clidriver.py, `_handle_top_level_args`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from migrator.changes import Plain, Value
from migrator.circleci.shell.logins import MADE_BY_AWS, TOKEN_OF_AWS, Login, find_login
from migrator.circleci.shell.scripts import Command, read_script
from migrator.circleci.shell.statements import is_idle
from migrator.circleci.shell.words import Word
from migrator.startup.patterns import lazy

_HOST: Final = lazy(
    r"(?:https?://)?(\d{12}|\$\{\w+\})\.dkr\.ecr\.([a-z]+(?:-[a-z\d]+)+|\$\{\w+\})\.(amazonaws\.com(?:\.cn)?)(?:/.*)?"
)
_REGION: Final = lazy(r"--region[ =][\"']?([a-z]+(?:-[a-z\d]+)+|\$\{?\w+\}?)")
_ACCOUNT: Final = lazy(r"--registry-ids[ =][\"']?(\d{12}\b|\$\{?\w+\}?)")
_VARIABLE: Final = lazy(r"\$\{?(\w+)\}?")
_ASSIGNED: Final = lazy(r"\b([A-Za-z_]\w*)=")
AWS_VARIABLES: Final = frozenset({
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_DEFAULT_PROFILE",
    "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ENDPOINT_URL", "AWS_ACCOUNT_ID", "HOME", "DOCKER_CONFIG",
})  # fmt: skip
"""What the pipeline reads, or may: a step that sets one of them is not replaced."""
ECR_DOUBT: Final = (
    "the step logs out of the registry first, and does nothing where the Docker configuration already names it"
)
_DEFAULTS: Final = {"account_id": "${AWS_ACCOUNT_ID}", "region": "${AWS_DEFAULT_REGION}", "aws_domain": "amazonaws.com"}


def with_step(reason: str, script: str, written: str, login: Login | None) -> str:
    """A reason why a login stays, with the step that would replace it where account and region are known.

    `written` is the command; a variable that the script sets itself is not there for a step of its own.
    """
    given: dict[str, str] = {}
    if reason == TOKEN_OF_AWS and login is not None and (host := _HOST.fullmatch(login.registry)):
        given = {"account_id": host[1], "region": host[2], "aws_domain": host[3]}
    elif reason == MADE_BY_AWS and (region := _REGION.search(written)):
        account = _ACCOUNT.search(written)
        given = {"account_id": account[1] if account else _DEFAULTS["account_id"], "region": region[1]}
    names = [found[1] for value in given.values() if (found := _VARIABLE.fullmatch(value))]
    if not given or not _assigned(script).isdisjoint(names):
        return reason
    given = {key: _VARIABLE.sub(r"${\1}", value) for key, value in given.items()}
    shown = [f"{key}: {_quoted(value)}" for key, value in given.items() if value != _DEFAULTS[key]]
    arguments = f": {{{', '.join(shown)}}}" if shown else ""
    return f"{reason}: `aws-ecr/ecr_login{arguments}` of `circleci/aws-ecr@9`, after `aws-cli/setup`"


def arguments_for(text: str, *, templates: bool) -> dict[str, Value] | None:
    """The arguments of the step that does what a script does, if that is one login with a token and nothing else."""
    script = read_script(text, templates=templates)
    left = [each for each in script.statements if not is_idle(each)]
    if script.is_broken or script.is_conditional or text.startswith("#!") or len(left) != 1:
        return None
    statement = left[0]
    if statement.background or len(statement.pipelines) != 1 or statement.pipelines[0].negated:
        return None
    commands = statement.pipelines[0].commands
    login = find_login(statement.pipelines[0])
    if login is None or login.why_not != TOKEN_OF_AWS or len(commands) != 2 or not _is_plain(login):
        return None
    host, region = _HOST.fullmatch(login.registry), _region_of(commands[0])
    if host is None or region is None or (region and region != host[2]) or "/" in login.registry:
        return None
    given: dict[str, Value] = {"account_id": host[1], "region": host[2]}
    if host[3] != _DEFAULTS["aws_domain"]:
        given["aws_domain"] = host[3]
    return {**given, "profile_name": "", "use_credentials_helper": Plain("false")}


def _is_plain(login: Login) -> bool:
    """Whether a login has no flag but those for the user and for the password from standard input."""
    words = [word.literal for word in login.command.words if word is not login.server]
    flags = {"--password-stdin", "-u", "--username", "AWS", "--username=AWS", "-u=AWS", "-uAWS", "docker", "login"}
    return not (login.command.assignments or login.command.redirects) and flags.issuperset(words)


def _region_of(command: Command) -> str | None:
    """The region of `aws ecr get-login-password`, empty where it names none; `None` for any other command."""
    words = list(command.words)
    if [word.literal for word in words[:3]] != ["aws", "ecr", "get-login-password"]:
        return None
    rest = words[3:]
    if command.assignments or command.redirects or len(rest) > 2:
        return None
    if not rest:
        return ""
    if len(rest) == 2:
        return _said(rest[1]) if rest[0].literal == "--region" else None
    joined = rest[0].without("--region=")
    return _said(joined) if joined is not None else None


def _said(word: Word) -> str | None:
    return f"${{{word.variable}}}" if word.variable else word.literal


@lru_cache(maxsize=8)
def _assigned(script: str) -> frozenset[str]:
    return frozenset(_ASSIGNED.findall(script))


def _quoted(value: str) -> str:
    """An account is a text to YAML only in quotes, and braces need some in flow."""
    return f'"{value}"' if value[0] == "$" or value.isdecimal() else value
