"""The step of the aws-ecr orb that would replace a login with a token of AWS.

Parameters are those of circleci/aws-ecr 9 (github.com/CircleCI-Public/aws-ecr-orb, src/commands/ecr_login.yml). Its
script calls `aws` with a profile, which `aws-cli/setup` has to write, and may set up a credential helper instead of
logging in: the step is suggested, and a person decides.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from migrator.circleci.shell.logins import MADE_BY_AWS, TOKEN_OF_AWS, Login
from migrator.startup.patterns import lazy

_HOST: Final = lazy(
    r"(?:https?://)?(\d{12}|\$\{\w+\})\.dkr\.ecr\.([a-z]+(?:-[a-z\d]+)+|\$\{\w+\})\.(amazonaws\.com(?:\.cn)?)(?:/.*)?"
)
_REGION: Final = lazy(r"--region[ =][\"']?([a-z]+(?:-[a-z\d]+)+|\$\{?\w+\}?)")
_ACCOUNT: Final = lazy(r"--registry-ids[ =][\"']?(\d{12}\b|\$\{?\w+\}?)")
_VARIABLE: Final = lazy(r"\$\{?(\w+)\}?")
_ASSIGNED: Final = lazy(r"\b([A-Za-z_]\w*)=")
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


@lru_cache(maxsize=8)
def _assigned(script: str) -> frozenset[str]:
    return frozenset(_ASSIGNED.findall(script))


def _quoted(value: str) -> str:
    """An account is a text to YAML only in quotes, and braces need some in flow."""
    return f'"{value}"' if value[0] == "$" or value.isdecimal() else value
