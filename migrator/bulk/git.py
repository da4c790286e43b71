"""Running git: the one place where it is started.

It never prompts, shows no credential in its arguments, and dies with the process that started it. Nothing that a
repository holds or sets is run: not its hooks, filters, credential helpers, file system monitor, ssh command or
transports. What the user's own configuration sets counts, for that is the user's.
"""

from __future__ import annotations

import base64
import functools
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from migrator.bulk.states import RepositoryError
from migrator.errors import UsageError
from migrator.services.faults import Fault

PATIENCE = 300.0
"""Seconds after which a transfer is given up."""

_SETTINGS = (
    # Nothing of the user's or of a checkout's own runs: we make one commit and touch neither index nor work tree.
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("protocol.ext.allow", "never"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("credential.interactive", "false"),
    # What our own stores hold can be fetched again; waiting for the disk would take longer than the fetch.
    ("core.fsync", "none"),
    ("advice.pushUpdateRejected", "false"),
)


OUTSIDE = Path(Path.cwd().anchor)
"""Where git runs that needs no repository."""


class Login(NamedTuple):
    """A user and a password or token for one URL. They travel in the environment, never in arguments."""

    user: str
    password: str


def _basic(login: Login) -> str:
    """What of a login is in a header of HTTP."""
    return base64.b64encode(f"{login.user}:{login.password}".encode()).decode()


class Url(NamedTuple):
    """A git URL with its credentials apart, so that they appear in no ledger, message or list of processes."""

    plain: str
    login: Login | None = None

    @property
    def is_http(self) -> bool:
        return self.plain.startswith(("http://", "https://"))


def read_url(given: str) -> Url:
    """Take the credentials out of a URL. A user alone is kept where it belongs to the address, as for ssh."""
    if given.startswith("-"):
        raise UsageError(f"'{given}' is not a git URL: it begins with a hyphen")
    parts = urlsplit(given) if "://" in given else None
    if parts is None or "@" not in parts.netloc or parts.scheme not in ("http", "https"):
        if parts is not None and parts.password:
            host = parts.netloc.rpartition("@")[2]
            return Url(urlunsplit(parts._replace(netloc=f"{parts.username or ''}@{host}")))
        return Url(given)
    host = parts.netloc.rpartition("@")[2]
    login = Login(unquote(parts.username or ""), unquote(parts.password or ""))
    return Url(urlunsplit(parts._replace(netloc=host)), login)


def environment(
    folder: Path | None = None, url: Url | None = None, settings: Sequence[tuple[str, str]] = ()
) -> dict[str, str]:
    """The environment of git in a repository, or in none: no prompt, English messages, the credentials of one URL.

    `settings` come before those of any configuration.

    Without a URL git may speak no protocol at all: a repository can ask for a fetch while it is read, as those do that
    git cloned in part.
    """
    env = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_TRACE", "GIT_ALTERNATE"))}
    for name in ("GIT_DIR", "GIT_COMMON_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        env.pop(name, None)
    env |= {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "SSH_ASKPASS": "true",
        "GCM_INTERACTIVE": "never",
        "LC_ALL": "C",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_ALLOW_PROTOCOL": "" if url is None else ":".join(_protocols(url)),
    }
    # It comes before `core.sshCommand`, of a repository as well.
    env.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes -o ConnectTimeout=30")
    settings = [*_SETTINGS, *settings]
    if folder is None:
        env["GIT_DIR"] = os.devnull  # No repository: whatever is found from the working folder up is nobody's business.
    else:
        env["GIT_CEILING_DIRECTORIES"] = str(folder.parent)
        # A bare repository is read only where it was asked for, not one inside a checkout.
        settings.append(("safe.bareRepository", "all" if is_bare(folder) else "explicit"))
    if url is not None and url.login is not None and url.is_http:
        token = _basic(url.login)
        parts = urlsplit(url.plain)
        settings.append((f"http.{parts.scheme}://{parts.netloc}/.extraHeader", f"Authorization: Basic {token}"))
        settings.append(("http.followRedirects", "false"))  # git would send the header along.
    # Settings of the caller's own environment stay before ours.
    count = env.get("GIT_CONFIG_COUNT", "") or "0"
    if not (count.isascii() and count.isdecimal()):
        raise UsageError(f"GIT_CONFIG_COUNT is '{count}' in the environment: git expects a number")
    first = int(count)
    for number, (name, value) in enumerate(settings, first):
        env[f"GIT_CONFIG_KEY_{number}"], env[f"GIT_CONFIG_VALUE_{number}"] = name, value
    env["GIT_CONFIG_COUNT"] = str(first + len(settings))
    return env


def _protocols(url: Url) -> tuple[str, ...]:
    """What git may speak to reach a URL: what is encrypted or local, and `http` and `git` where the URL says so.

    `https` and `ssh` both, for `url.*.insteadOf` of the user may turn one into the other.
    """
    scheme, separator, _ = url.plain.partition("://")
    if separator:
        return (scheme,) if scheme in ("file", "http", "git") else ("https", "ssh")
    # As git distinguishes a path from HOST:PATH: https://git-scm.com/docs/git-fetch#_git_urls
    head = url.plain.partition("/")[0]
    return ("https", "ssh") if ":" in head else ("file",)


def is_bare(folder: Path) -> bool:
    """Whether a folder is a bare repository: one of itself, and no checkout."""
    if (folder / ".git").exists():
        return False
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


@functools.cache
def leash() -> tuple[str, ...]:
    """A prefix that makes the system kill a command when the thread that started it dies; empty where there is none."""
    if sys.platform != "linux" or (setpriv := shutil.which("setpriv")) is None:
        return ()
    found = (setpriv, "--pdeathsig", "KILL", "--")
    tried = subprocess.run((*found, "true"), stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return found if tried.returncode == 0 else ()


class Answer(NamedTuple):
    code: int
    out: bytes
    err: str


def git(
    folder: Path | None,
    *arguments: str,
    given: bytes = b"",
    url: Url | None = None,
    timeout: float = PATIENCE,
    settings: Sequence[tuple[str, str]] = (),
    more: Mapping[str, str] | None = None,
) -> Answer:
    """Run git in a repository, or outside of any, and wait for it. Raises only if it cannot run at all; read `code`.

    `url` is what it connects to; without one it connects to nothing. `settings` and variables of the environment in
    `more` are for this call.
    """
    command = (*leash(), "git", *arguments)
    try:
        done = subprocess.run(
            command,
            cwd=folder or OUTSIDE,
            input=given,
            capture_output=True,
            env={**environment(folder, url, settings), **(more or {})},
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError:
        if folder is not None and not folder.is_dir():
            raise RepositoryError(Fault.GIT, f"{folder}: no such folder") from None
        raise UsageError("git is not installed, or not in PATH") from None
    except subprocess.TimeoutExpired:
        raise RepositoryError(Fault.TIMEOUT, f"git {arguments[0]} took longer than {timeout:.0f} s") from None
    return Answer(done.returncode, done.stdout, done.stderr.decode("utf-8", "replace"))


def helper(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """A git process that answers questions about a repository until it is closed."""
    return subprocess.Popen(
        (*leash(), "git", *arguments),
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(folder),
    )


_OF_A_REPOSITORY = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT",
    "GIT_OBJECT_DIRECTORY", "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE", "GIT_INDEX_FILE",
    "GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_COMMON_DIR",
)  # fmt: skip
"""What git takes out of the environment of a server that it starts itself: `git rev-parse --local-env-vars`."""

_UNASKED = ("-c", "receive.autogc=false")
"""One commit is no reason to clean up a repository of others."""


def server(service: str, path: str, url: Url, protocol: str = "") -> subprocess.Popen[bytes]:
    """One of git's servers, `upload-pack` or `receive-pack`, for the repository of a URL that is at this path.

    It is started as git starts it itself, but without a shell, and ends when its pipes are closed.
    """
    variables = environment(None, url)
    for name in _OF_A_REPOSITORY:
        variables.pop(name, None)
    if protocol:
        variables["GIT_PROTOCOL"] = protocol
    try:
        return subprocess.Popen(
            ("git", *_UNASKED, service, path),
            cwd=OUTSIDE,
            env=variables,
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except FileNotFoundError:
        raise UsageError("git is not installed, or not in PATH") from None


Signing = tuple[tuple[str, str], ...]
"""Settings of git that say how a commit is signed."""


class Identity(NamedTuple):
    """Who authors the commits, and how they are signed; empty where they are not."""

    name: str
    email: str
    signing: Signing = ()


def here() -> Path | None:
    """The checkout that the working folder is in, if it is in one."""
    folder = Path.cwd()
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), None)


def find_identity() -> Identity:
    """The user's git identity, as for a commit that is made here. Without one: `UsageError`, one line.

    git would make one up from the host's name.
    """
    answer = git(here(), "-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT")
    match = re.fullmatch(rb"(.*) <(.*)> \d+ [-+]\d{4}\s*", answer.out)
    if answer.code or match is None:
        raise UsageError("git has no identity to commit with: git config --global user.name ... and user.email ...")
    return Identity(match[1].decode("utf-8", "replace"), match[2].decode("utf-8", "replace"))


_FAULTS: Sequence[tuple[str, Fault, str]] = (
    (r"SAML SSO|SAML enforcement", Fault.SSO, "authorize the credentials for single sign-on, then retry"),
    (r"transport '[^']*' not allowed", Fault.GIT, "only https, ssh, http, git and paths are fetched from"),
    (r"redirect", Fault.NOT_FOUND, "was moved; put its new URL into the list"),
    (r"dubious ownership", Fault.GIT, "belongs to another user: git config --global --add safe.directory PATH"),
    (r"couldn't find remote ref HEAD|Remote branch \S+ not found", Fault.NO_BRANCH, "has no default branch"),
    (r"refs/heads/\S+' exists", Fault.GIT, "another branch conflicts with ours: rename or delete it"),
    (r"protected branch|GH006|hook declined|push declined|denyNonFast", Fault.PROTECTED, "the host rejects the push"),
    (r"stale info|fetch first|non-fast-forward|cannot lock ref", Fault.STALE, "the branch moved in the meantime"),
    (r"error: 403|403 Forbidden|ermission .*denied|not authorized|access denied", Fault.FORBIDDEN, "access is denied"),
    (r"error: 401|Authentication failed|could not read (?:Username|Password)", Fault.FORBIDDEN, "the login failed"),
    (r"error: 429|rate limit", Fault.LIMITED, "the host limits the rate of requests"),
    (r"error: 404|not found|does not exist|does not appear to be a git repo", Fault.NOT_FOUND, "no such repository"),
    (r"error: 5\d\d", Fault.SERVER, "the host returned an error"),
    (r"timed out|Timeout|too slow|Operation too slow", Fault.TIMEOUT, "the host does not answer in time"),
    (
        r"Could not resolve|Connection refused|unable to access|hung up|early EOF|Connection reset|RPC failed",
        Fault.UNREACHABLE,
        "the host cannot be reached, or closed the connection",
    ),
)


def fault_of(answer: Answer, url: Url | None = None) -> RepositoryError:
    """What a failed git command means. Git's own line is quoted, without credentials."""
    text = answer.err + answer.out.decode("utf-8", "replace")
    for pattern, fault, meaning in _FAULTS:
        if found := re.search(pattern, text, re.IGNORECASE):
            line = text[text.rfind("\n", 0, found.start()) + 1 :].partition("\n")[0]
            return RepositoryError(fault, f"{meaning} (git: {without_login(line, url)})")
    lines = [line for line in text.splitlines() if line.strip()]
    # The first complaint is the cause; what follows it is advice.
    reason = next(
        (line for line in lines if re.match("(fatal|error|remote): ", line)), lines[-1] if lines else "no message"
    )
    return RepositoryError(Fault.GIT, f"git failed with {answer.code}: {without_login(reason, url)}")


def without_login(text: str, url: Url | None = None) -> str:
    """The text with credentials of URLs in it, and those of this URL, replaced."""
    text = re.sub(r"(?<!\w)(\w+://)[^/@\s']*@", r"\1", text)
    if url is not None and url.login is not None:
        basic = _basic(url.login)
        for secret in filter(None, (basic, url.login.password, quote(url.login.password, safe=""))):
            text = text.replace(secret, "****")
    return text[:300].strip()
