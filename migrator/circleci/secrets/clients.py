"""Secrets that well-known programs are given on their command line: which option of which program, as data.

One reader serves scripts, the `command` of a container and the commands that a program runs: it is given the words of
one command, `None` for one that the shell, a template or code decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from migrator.circleci.secrets.values import is_credential, is_random
from migrator.startup.patterns import lazy


class Client(NamedTuple):
    """Programs that take a secret. `words` have to be among their arguments (`login`), `options` are followed by the
    secret, as a word of its own, behind `=`, or glued to an option of one letter; `glued` says that it has to be.

    `at` counts the place of a secret that is no option's, behind `words` and among what is no option, from the end
    where it is negative; it counts only with an option that holds the letter `with_`. `throwaway` are those of which
    most are made up for a test, as the passwords of its database: there only what looks drawn is a secret.
    """

    programs: str
    words: str = ""
    options: str = ""
    glued: str = ""
    at: int | None = None
    with_: str = ""
    throwaway: bool = False


# The manuals: dev.mysql.com/doc/refman/en/connecting.html, man.archlinux.org/man/sshpass.1, twine.readthedocs.io,
# learn.microsoft.com/cli/azure/reference-index#az-login, redis.io/docs/latest/develop/tools/cli,
# httpd.apache.org/docs/current/programs/htpasswd.html, docs.podman.io/en/latest/markdown/podman-login.1.html,
# helm.sh/docs/helm/helm_registry_login, docs.npmjs.com/cli/commands/npm-config,
# docs.aws.amazon.com/cli/latest/reference/configure/set.html, docs.sonarsource.com (analysis parameters;
# `sonar.login` may be the name of a user), and of the others alike.
_SONAR: Final = "mvn mvnw gradle gradlew sonar-scanner sonar npx sbt ant"
CLIENTS: Final = (
    Client(
        "mysql mysqldump mysqladmin mysqlimport mysqlshow mariadb mariadb-dump",
        options="--password",
        glued="-p",
        throwaway=True,
    ),
    Client("sshpass", options="-p"),
    Client("twine", words="upload", options="-p --password"),
    Client("az", words="login", options="-p --password"),
    Client("redis-cli", options="-a --pass", throwaway=True),
    Client("redis-server", options="--requirepass", throwaway=True),
    Client("htpasswd", at=-1, with_="b", throwaway=True),
    Client("podman buildah skopeo crane nerdctl oras", words="login", options="-p --password"),
    Client("helm", words="login", options="-p --password"),
    Client("helm", options="--password"),
    Client("npm yarn pnpm", words="set", at=-1),
    Client("aws", words="configure set aws_secret_access_key", at=0),
    Client("aws", words="configure set aws_session_token", at=0),
    Client("curl", options="--oauth2-bearer --proxy-user --pass"),
    Client("wget", options="--password --http-password --ftp-password --proxy-password"),
    Client("cargo", words="login", at=0),
    Client("vault", words="login", at=0),
    Client("snyk", words="auth", at=0),
    Client("heroku", options="--token"),
    Client("cf", words="login", options="-p"),
    Client("cf", words="auth", at=1),
    Client("oc", words="login", options="-p --password --token"),
    Client("ibmcloud bx", words="login", options="-p --apikey"),
    Client("doctl", options="-t --access-token"),
    Client("firebase vercel netlify surge flyctl fly", options="--token --auth"),
    Client("sentry-cli", options="--auth-token"),
    Client("codecov codecovcli", options="-t --token"),
    Client("expo eas", words="login", options="-p --password"),
    Client("mongo mongosh mongodump mongorestore", options="-p --password", throwaway=True),
    Client("ldapsearch ldapadd ldapmodify", options="-w", throwaway=True),
    Client("gpg gpg2", options="--passphrase"),
    Client(_SONAR, options="-Dsonar.token -Dsonar.password"),
    Client(_SONAR, options="-Dsonar.login", throwaway=True),
    Client("dotnet dotnet-sonarscanner", options="/d:sonar.token /d:sonar.password -d:sonar.token -d:sonar.password"),
    Client("dotnet dotnet-sonarscanner", options="/d:sonar.login -d:sonar.login", throwaway=True),
)
_BY_PROGRAM: Final[dict[str, tuple[Client, ...]]] = {
    name: tuple(client for client in CLIENTS if name in client.programs.split())
    for client in CLIENTS
    for name in client.programs.split()
}
_AROUND: Final = frozenset({"sudo", "env", "exec", "time", "nohup", "xargs", "command", "timeout", "-E", "--"})
_ASSIGNED: Final = lazy(r"[A-Za-z_]\w*=.*")
_NPM_KEY: Final = lazy(r"(?:.*:)?_(?:authToken|auth|password)(?:=(?P<value>.+))?")
# An option or a word of those above with a value behind it that no variable gives. Each begins with characters and
# looks behind them afterwards: `re` finds characters many times faster.
_LITERAL: Final = (
    lazy(
        r"""-(?<=\s-)(?:(?:[aptw]|[a-zA-Z]{0,4}b[a-zA-Z]{0,4}|"""
        r"""-?[a-z0-9-]*(?:pass|password|token|bearer|auth|apikey|user|passphrase))[\s=]*+["']?|p)(?![\s$"'<`(-])"""
    ),
    lazy(
        r"""[al_](?<=\b[al_])(?:(?<=a)(?:ws_secret_access_key|ws_session_token|uth)|(?<=l)ogin|"""
        r"""(?<=_)(?:authToken|auth|password))[\s=]++["']?(?![\s$"'<`(-])"""
    ),
    lazy(r"""sonar\.(?:token|password|login)=["']?(?![\s$"'<`(-])"""),
)
_VARIABLE: Final = lazy(r"""-(?<=\s-)(?:[apt]|-password)[\s=]{0,4}["']?\$\{?(\w+)""")
# What is written where such a program is named; those of one line share a word that is looked for first.
_MENTIONS: Final = (
    *("mysql", "mariadb", "sshpass", "twine", "redis-", "htpasswd", "podman", "buildah", "skopeo", "crane", "nerdctl"),
    *("oras", "helm", "_auth", "_password", "configure set", "oauth2-bearer", "proxy-user", "wget", "heroku"),
    *("sonar.", "apikey", "doctl", "--token", "--auth", "codecov", "mongo", "ldap", "passphrase"),
)
_MENTIONS_BEHIND: Final = (
    (" login", ("az login", "cargo login", "vault login", "cf login", "oc login", "expo login", "eas login")),
    (" auth", ("snyk auth", "cf auth")),
)
_CONTINUED: Final = lazy(r"\\\r?\n")
_LONG: Final = 2_000


def may_give_secrets(text: str) -> bool:
    """Whether a command in a text may give such a program a literal secret: a quick look."""
    return may_mention_clients(text) and _gives(text, text)


def may_give_on_a_line(script: str) -> bool:
    """As `may_give_secrets`, of a script, where a program and its options are on one line: a closer look."""
    if not may_mention_clients(script):
        return False
    mentions = [mention for mention in _MENTIONS if mention in script]
    mentions += [mention for _, behind in _MENTIONS_BEHIND for mention in behind if mention in script]
    lines = (_CONTINUED.sub(" ", script) if "\\" in script else script).split("\n")
    return any(_gives(line, script) for line in lines if any(mention in line for mention in mentions))


def _gives(text: str, script: str) -> bool:
    """Whether an option in a text has a value, itself or by a variable to which the script gives one."""
    return any(pattern.search(text) for pattern in _LITERAL) or any(
        f"{name}=" in script for name in _VARIABLE.findall(text)
    )


def may_mention_clients(text: str) -> bool:
    """Whether such a program may be named in a text."""
    # Of a whole file it is asked for several times.
    return _of_file(text) if len(text) > _LONG else _mentions(text)


def _mentions(text: str) -> bool:
    for mention in _MENTIONS:  # a generator takes as long as the search
        if mention in text:
            return True
    return any(word in text and any(mention in text for mention in mentions) for word, mentions in _MENTIONS_BEHIND)


_of_file = lru_cache(maxsize=8)(_mentions)


class Given(NamedTuple):
    """A secret among the words of a command: the place of its word, its value, and the option in words."""

    place: int
    value: str
    what: str


def given_to(words: Sequence[str | None]) -> Iterator[Given]:
    """The literal secrets that one command gives a well-known program."""
    start = next((n for n, word in enumerate(words) if not _is_around(word)), len(words))
    name = (words[start] or "").rpartition("/")[2] if start < len(words) else ""
    for client in _BY_PROGRAM.get(name, ()):
        arguments = words[start + 1 :]
        begin = _behind(client.words.split(), arguments)
        if begin is None:
            continue
        found = list(_of_options(client, name, arguments))
        if not found and client.at is not None:
            found = list(_of_place(client, name, arguments, begin))
        for place, value, what in found:
            # Who has his name for a password has it for a test.
            if is_credential(value) and (is_random(value) or not (client.throwaway or value in arguments[:place])):
                yield Given(place + start + 1, value, what)


def _is_around(word: str | None) -> bool:
    return word is not None and (word in _AROUND or _ASSIGNED.fullmatch(word) is not None)


def _behind(wanted: list[str], words: Sequence[str | None]) -> int | None:
    """The place behind these words, which are in this order with others between them; `None` if one is missing."""
    place = 0
    for each in wanted:
        try:
            place = words.index(each, place) + 1
        except ValueError:
            return None
    return place


def _of_options(client: Client, name: str, words: Sequence[str | None]) -> Iterator[Given]:
    options, glued = client.options.split(), client.glued.split()
    shown = f"{name} {client.words}".strip()
    rest = enumerate(words)
    for index, word in rest:
        if word is None:
            continue
        if name == "sshpass" and not word.startswith("-"):
            return  # from here on it is another program's command
        option, equals, value = word.partition("=")
        if option in options and equals:
            yield Given(index, value, f"`{shown} {option}`")
        elif word in options and index + 1 < len(words) and not client.glued:
            if following := words[index + 1]:
                yield Given(index + 1, following, f"`{shown} {word}`")
            next(rest, None)
        else:
            short = next((o for o in (*options, *glued) if len(o) == 2 and word.startswith(o) and len(word) > 2), None)
            if short is not None and not word.startswith("--"):
                yield Given(index, word[2:].removeprefix("="), f"`{shown} {short}`")


def _of_place(client: Client, name: str, words: Sequence[str | None], begin: int) -> Iterator[Given]:
    """A secret that is known by its place among the words that are no options."""
    at = client.at
    if client.with_ and not any(w and w[0] == "-" and w[1:2] != "-" and client.with_ in w for w in words):
        return
    plain = [n for n in range(begin, len(words)) if not (words[n] or "").startswith("-")]
    if name in ("npm", "yarn", "pnpm"):
        yield from _of_npm(name, words, plain)
        return
    least = 2 if client.with_ else 1  # a user name is before the password
    if at is not None and least <= len(plain) and -len(plain) <= at < len(plain) and (value := words[plain[at]]):
        yield Given(plain[at], value, f"`{name} {client.words or '-' + client.with_}`")


def _of_npm(name: str, words: Sequence[str | None], plain: list[int]) -> Iterator[Given]:
    """`npm config set //registry.npmjs.org/:_authToken x`, or with `=` between the two."""
    for place, index in enumerate(plain):
        if key := _NPM_KEY.fullmatch(words[index] or ""):
            following = plain[place + 1] if place + 1 < len(plain) else None
            value = key["value"] or (words[following] if following is not None else None)
            if value:
                at = index if key["value"] else following or index
                yield Given(at, value, f"`{name} config set`")
            return
