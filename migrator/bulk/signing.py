"""Signing commits as the user's git signs them, by `commit.gpgSign`, `gpg.*` and `user.signingKey`.

Only settings of the user, the system and the environment count. The commit that is signed is made in an empty
repository of our own, which borrows the objects of the other one: no program that a repository names is run.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from migrator.bulk.git import Identity, Signing, fault_of, git, here
from migrator.bulk.states import RepositoryError
from migrator.errors import UsageError
from migrator.services.faults import Fault

_SCOPES = ("system", "global", "command")
_KEYS = ("commit.gpgsign", "user.signingkey")


def find_signing() -> Signing:
    """The settings by which the user's git would sign a commit that is made here; empty where it signs none."""
    answer = git(here(), "config", "--list", "--show-scope", "-z")
    if answer.code:
        raise UsageError(str(fault_of(answer)))
    found: dict[str, str] = {}
    words = answer.out.decode("utf-8", "surrogateescape").split("\0")
    for scope, setting in zip(words[::2], words[1::2], strict=False):
        key, equals, value = setting.partition("\n")
        if scope in _SCOPES and (key in _KEYS or key.startswith("gpg.")):
            found[key] = value if equals else "true"
    return tuple(found.items()) if _is_true(found.get("commit.gpgsign", "")) else ()


def _is_true(value: str) -> bool:
    """https://git-scm.com/docs/git-config#Documentation/git-config.txt-boolean"""
    return value.lower() in ("true", "yes", "on") or value.lstrip("+-").strip("0").isdigit()


def check_signing(identity: Identity) -> None:
    """Sign something, so that who cannot sign reads it before anything is sent: `UsageError`, one line."""
    if not identity.signing:
        return
    with tempfile.TemporaryDirectory(prefix="migrate-") as folder:
        empty = _repository(Path(folder), 40)
        tree = git(empty, "hash-object", "-t", "tree", "-w", "--stdin")
        try:
            _commit(empty, tree.out.decode().strip(), (), b"x", identity, 0)
        except RepositoryError as error:
            raise UsageError(f"commit.gpgSign is set, but {error}; nothing was pushed") from None


def signed(path: Path, commit: str, base: str, text: bytes, identity: Identity, at: int) -> str:
    """A signed commit in the repository at `path` that is otherwise like `commit`, whose parent is `base`."""
    objects = git(path, "rev-parse", "--path-format=absolute", "--git-path", "objects")
    if objects.code:
        raise fault_of(objects)
    with tempfile.TemporaryDirectory(prefix="migrate-") as folder:
        empty = _repository(Path(folder), len(base))
        return _commit(
            empty, f"{commit}^{{tree}}", (base,), text, identity, at,
            GIT_OBJECT_DIRECTORY=objects.out.decode("utf-8", "surrogateescape").removesuffix("\n"),
        )  # fmt: skip


def _repository(folder: Path, length: int) -> Path:
    form = "sha256" if length == 64 else "sha1"
    answer = git(folder, "init", "--quiet", "--bare", "--template=", f"--object-format={form}", "empty")
    if answer.code:
        raise fault_of(answer)
    return folder / "empty"


def _commit(
    empty: Path, tree: str, parents: Sequence[str], text: bytes, identity: Identity, at: int, **more: str
) -> str:
    who = {
        f"GIT_{role}_{name}": value
        for role in ("AUTHOR", "COMMITTER")
        for name, value in (("NAME", identity.name), ("EMAIL", identity.email), ("DATE", f"@{at} +0000"))
    }
    # Without a terminal ssh-keygen asks nobody for the passphrase of a key that no agent has.
    more |= {**who, "SSH_ASKPASS_REQUIRE": "force"}
    settings = (*identity.signing, ("i18n.commitEncoding", "UTF-8"))
    options = [f"-p{parent}" for parent in parents]
    answer = git(empty, "commit-tree", "-S", *options, tree, given=text, settings=settings, more=more)
    if answer.code:
        raise RepositoryError(Fault.GIT, f"git cannot sign a commit: {fault_of(answer)}")
    return answer.out.decode().strip()
