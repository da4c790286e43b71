"""Values that name a variable in another way than CircleCI's: without `$`, or in the syntax of another CI system.

CircleCI expands `$NAME` in credentials of images and nothing else (docs: private-images), so it takes all of these for
the user name or the password itself.
"""

from __future__ import annotations

from typing import Final

from migrator.circleci.secrets.values import names_secret, words_of
from migrator.startup.patterns import lazy

_NAME = r"([A-Za-z_][A-Za-z0-9_]*)"
# https://docs.github.com/actions/reference/workflows-and-actions/contexts; cmd.exe; https://learn.microsoft.com/azure/
# devops/pipelines/process/variables; PowerShell; CircleCI's own templates for keys of caches; shells with defaults.
_FOREIGN: Final = lazy(
    r"\$\{\{\s*(?:secrets|env|vars)\." + _NAME + r"\s*\}\}"
    r"|%" + _NAME + r"%"
    r"|\$\(" + _NAME + r"\)"
    r"|\$env:" + _NAME + r"|\$\{env[:.]" + _NAME + r"\}"
    r"|\{\{\s*\.Environment\." + _NAME + r"\s*\}\}"
    r"|\$\{?(?:secrets|env)\." + _NAME + r"\}?"
)
_BARE: Final = lazy(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+")
_USERS: Final = frozenset({"user", "username", "login", "account", "usr", "uname", "userid", "id", "name", "email"})


def meant_variable(key: str, value: str) -> str | None:
    """The name of the variable that a value of `auth` or `aws_auth` was meant to be; `None` where it is none, or may be
    the credential itself. `key` is that of the value.

    A name without `$` counts if it says that it is of a user or of a secret: no registry gives out such.
    """
    value = value.strip()
    if found := _FOREIGN.fullmatch(value):
        return next(group for group in found.groups() if group is not None)
    if not _BARE.fullmatch(value) or value.startswith(("AKIA", "ASIA")):
        return None
    if key == "username":
        return value if not _USERS.isdisjoint(words_of(value)) else None
    if key == "aws_access_key_id":
        return value if "key" in words_of(value) else None
    return value if names_secret(value) else None
