"""Two organisations and a few strangers: 60 repositories of a dozen habits, each with what a person works out by hand.

`docs/what-is-demanded.md` shows the same as a table.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from tests.planted import secret_of

HUB = "DOCKERHUB_USERNAME and DOCKERHUB_PASSWORD"
EACH = 5
WORD = secret_of("mixed habits")


class Kind(NamedTuple):
    """`today` says what its configs do, `url` where its repositories are, with their number as `{n}`.

    `demanded` and `existing` are what each of them needs, as words: the owner, a colon, and what.
    """

    name: str
    today: str
    url: str
    config: str
    demanded: tuple[str, ...] = ()
    existing: tuple[str, ...] = ()


def job(name: str, image: str, auth: str = "", environment: str = "") -> str:
    docker = f"    docker: [{{image: {image}{f', auth: {auth}' if auth else ''}}}]\n"
    more = f"    environment: {environment}\n" if environment else ""
    return f"  {name}:\n{docker}{more}    steps: [checkout]\n"


def login(name: str, user: str, password: str) -> str:
    run = f'      - run: echo "${password}" | docker login -u "${user}" --password-stdin\n'
    return f"  {name}:\n    machine: {{image: ubuntu-2204:current}}\n    steps:\n      - checkout\n{run}"


def workflow(**contexts: str) -> str:
    items = [f"{name}: {{context: {context}}}" if context else name for name, context in contexts.items()]
    return "workflows:\n  main:\n    jobs:\n" + "".join(f"      - {item}\n" for item in items)


def config(jobs: str, invoked: str) -> str:
    return f"version: 2.1\njobs:\n{jobs}{invoked}"


_POLICY = "{username: $DOCKERHUB_USERNAME, password: $DOCKERHUB_PASSWORD}"
_OWN = "{username: $HUB_USER, password: $HUB_PASS}"
_ACME, _LABS = "https://github.com/acme/{}", "git@github.com:labs/{}.git"

KINDS = (
    Kind(
        "plain", "private images without `auth`", _ACME, config(job("build", "acme/app:1"), workflow(build="")),
        (f"gh/acme: {HUB} in docker-hub-creds, named already",),
    ),
    Kind(
        "first", "the same, in an organisation in which no config names the context", _LABS,
        config(job("build", "labs/app:1"), workflow(build="")),
        (f"gh/labs: {HUB} in docker-hub-creds",),
    ),
    Kind(
        "done", "`auth` and the context, on all jobs", _ACME,
        config(job("build", "acme/app:1", _POLICY), workflow(build="docker-hub-creds")),
    ),
    Kind(
        "half", "`auth` and the context, on one of two jobs", _ACME,
        config(job("build", "acme/app:1", _POLICY) + job("test", "acme/db:2"),
               workflow(build="docker-hub-creds", test="")),
        (), (f"gh/acme: {HUB} from docker-hub-creds",),
    ),
    Kind(
        "own", "`auth` from a context of their own, on one of two jobs", _ACME,
        config(job("build", "acme/app:1", _OWN) + job("test", "acme/db:2"), workflow(build="hub", test="hub")),
        (), ("gh/acme: HUB_USER and HUB_PASS from hub",),
    ),
    Kind(
        "login", "a login that works, with a context of their own", _ACME,
        config(login("push", "DOCKERHUB_USER", "DOCKERHUB_PASSWORD"), workflow(push="my-docker")),
        (), ("gh/acme/login-{n}: DOCKERHUB_USER and DOCKERHUB_PASSWORD from my-docker or the project",),
    ),
    Kind(
        "variables", "a login that works, with variables of the project, named differently in each", _ACME,
        config(login("push", "DH_USER_{n}", "DH_PASS_{n}"), workflow(push="")),
        (), ("gh/acme/variables-{n}: DH_USER_{n} and DH_PASS_{n} from the project",),
    ),
    Kind(
        "literal", "a token written out in the `environment` of a job", _ACME,
        config(job("build", "acme/app:1", _POLICY, f"{{DEPLOY_TOKEN_{{n}}: {WORD}}}"),
               workflow(build="docker-hub-creds")),
        ("gh/acme/literal-{n}: DEPLOY_TOKEN_{n}",),
    ),
    Kind(
        "bare", "one job and no workflow", _ACME, config(job("build", "acme/app:1"), ""),
        (f"gh/acme/bare-{{n}}: {HUB}",),
    ),
    Kind(
        "fork", "a copy in the organisation of each partner", "https://github.com/partner-{n}/{}",
        config(job("build", "acme/app:1"), workflow(build="")),
        (f"gh/partner-{{n}}: {HUB} in docker-hub-creds",),
    ),
    Kind(
        "elsewhere", "on a host whose projects CircleCI does not name by it", "https://git.example.com/acme/{}",
        config(login("push", "REG_USER", "REG_PASS"), workflow(push="")),
        (), ("elsewhere-{n}: REG_USER and REG_PASS from the project",),
    ),
    Kind("nothing", "jobs on macOS, without images and logins", _ACME,
         config("  build:\n    macos: {xcode: 15.4.0}\n    steps: [checkout]\n", workflow(build="mac-signing"))),
)  # fmt: skip


def put(top: Path) -> None:
    """Write all of them as checkouts below a folder."""
    for kind in KINDS:
        for n in range(1, EACH + 1):
            name = f"{kind.name}-{n}"
            folder = top / name
            (folder / ".circleci").mkdir(parents=True)
            (folder / ".git").mkdir()
            url = kind.url.replace("{n}", str(n)).replace("{}", name)
            (folder / ".git/config").write_text(f'[remote "origin"]\n\turl = {url}\n')
            (folder / ".git/HEAD").write_text("ref: refs/heads/main\n")
            (folder / ".circleci/config.yml").write_text(kind.config.replace("{n}", str(n)))
