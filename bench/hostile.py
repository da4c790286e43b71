"""Repositories that try to steer, stall or speak through whoever migrates them: for a campaign that must go on without
them. Each is a checkout; what it would do if it were obeyed leaves a file named PWNED."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

from bench.bulk_hosts import ENVIRONMENT, config

CONFIG = ".circleci/config.yml"
Make = Callable[[Path, str], None]
"""Makes one checkout hostile: the folder, and the command that must never run."""


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, env=ENVIRONMENT, capture_output=True)


def write(folder: Path, name: str, text: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8", "surrogateescape")


def script(folder: Path, name: str, touch: str) -> Path:
    path = folder / name
    write(folder, name, f"#!/bin/sh\n{touch}\n")
    path.chmod(0o755)
    return path


def with_job(name: str) -> str:
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    job = f"  {quoted}:\n    docker:\n      - image: acme/app:1\n    steps: [checkout]\n"
    return f"version: 2.1\njobs:\n{job}workflows:\n  main:\n    jobs:\n      - {quoted}\n"


def steps(*lines: str) -> str:
    body = "".join(f"      {line}\n" for line in lines)
    return f"version: 2.1\njobs:\n  a:\n    machine: true\n    steps:\n{body}workflows:\n  main:\n    jobs: [a]\n"


def link_of_the_config(folder: Path, _touch: str) -> None:
    (folder / CONFIG).unlink()
    (folder / CONFIG).symlink_to("../../outside.yml")


def links_of_state(folder: Path, _touch: str) -> None:
    (folder / ".migrator").mkdir()
    (folder / ".migrator" / "decisions.toml").symlink_to("../../PWNED")
    (folder / "out").symlink_to("..")


def hook(folder: Path, touch: str) -> None:
    for name in (
        "pre-commit",
        "post-commit",
        "reference-transaction",
        "pre-push",
        "post-checkout",
        "post-index-change",
    ):
        script(folder, f".git/hooks/{name}", touch)


def hooks_path(folder: Path, touch: str) -> None:
    script(folder, ".hooks/reference-transaction", touch)
    git(folder, "config", "core.hooksPath", str(folder / ".hooks"))


def setting(*settings: tuple[str, str]) -> Make:
    def make(folder: Path, touch: str) -> None:
        evil = script(folder, ".git/evil", f"{touch}; cat")
        for key, value in settings:
            git(folder, "config", key, value.replace("EVIL", str(evil)))

    return make


def filtered(folder: Path, touch: str) -> None:
    write(folder, ".gitattributes", "*.yml filter=evil\n")
    setting(("filter.evil.clean", "EVIL"), ("filter.evil.smudge", "EVIL"))(folder, touch)


def committed_bare(folder: Path, touch: str) -> None:
    git(folder, "init", "-q", "--bare", str(folder / "vendor" / "evil.git"))
    evil = script(folder, "vendor/evil", touch)
    git(folder / "vendor" / "evil.git", "config", "core.fsmonitor", str(evil))


def text(content: Callable[[str], str]) -> Make:
    return lambda folder, touch: write(folder, CONFIG, content(touch))


def policy(folder: Path, touch: str) -> None:
    command = ", ".join(f'"{word}"' for word in ("sh", "-c", touch))
    pair = f'[generated."{CONFIG}"]\nsource = ".circleci/source.yml"\ncommand = [{command}]\n'
    write(folder, "migrator.toml", f'[circleci]\norganization = "gh/evil"\napi-url = "https://evil.example"\n{pair}')
    write(folder, ".circleci/source.yml", config(3))


def generator(folder: Path, touch: str) -> None:
    write(
        folder,
        ".circleci/generate.py",
        f"import os\nos.system({touch!r})\nCONFIG = {{'jobs': {{'a': {{'docker': []}}}}}}\n",
    )


def fifo(folder: Path, _touch: str) -> None:
    os.mkfifo(folder / ".circleci" / "pipe.yml")


def large_makefile(folder: Path, _touch: str) -> None:
    with (folder / "Makefile").open("wb") as file:
        file.truncate(5_000_000_000)  # sparse
    write(folder, ".circleci/generate.py", "JOBS = {'docker': []}\n")


KINDS: dict[str, Make] = {
    "the config is a link out of the repository": link_of_the_config,
    "state and folders are links out of the repository": links_of_state,
    "hooks": hook,
    "core.hooksPath": hooks_path,
    "core.fsmonitor": setting(("core.fsmonitor", "EVIL")),
    "ssh, askpass and helpers of its own": setting(
        ("core.sshCommand", "EVIL"), ("core.askPass", "EVIL"), ("credential.helper", "EVIL"), ("core.editor", "EVIL")
    ),
    "a filter for what is checked in": filtered,
    "a bare repository among its files": committed_bare,
    "a policy with commands": policy,
    "a generator that does more": generator,
    "a pipe": fifo,
    "a Makefile of 5 GB": large_makefile,
    "a file name that is a command": lambda folder, touch: write(
        folder, f".circleci/$({touch.replace('/', '∕')}).yml", config(1)
    ),
    "a name that is a mention": text(lambda _: with_job("`` @acme/everyone [log in](http://evil.example) [skip ci]")),
    "a name that is a command": text(lambda touch: with_job(f"'$({touch})'")),
    "a variable that is a command": text(
        lambda touch: steps(
            "- run:", f"    environment: {{\"X_TOKEN'$({touch})'\": ghp_{'aB3d' * 9}}}", "    command: make"
        )
    ),
    "unreadable, with one endless word": text(lambda _: "a: [" + "x" * 300_000),
    "endless logins": text(lambda _: steps("- run: " + "docker login -p x " * 15_000)),
    "endless passwords": text(lambda _: steps("- run: " + "password=" * 30_000)),
    "nested without end": text(lambda _: "a: " + "[" * 100_000),
    "a bomb of aliases": text(
        lambda _: "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    ),
}


def checkout(path: Path, number: int) -> Path:
    """An honest checkout, with a config in its one commit."""
    path.mkdir(parents=True)
    git(path, "init", "-q", "-b", "main", "--template=")
    write(path, CONFIG, config(number))
    git(path, "add", ".")
    git(path, "commit", "-q", "-m", "Begin")
    return path


def make(folder: Path, number: int, kind: str, touch: str) -> Path:
    """A checkout of one of the kinds."""
    path = checkout(folder / f"hostile-{number:02}", number)
    (path / ".git" / "hooks").mkdir(exist_ok=True)
    KINDS[kind](path, touch)
    # What can be committed is; a pipe, a sparse file and what lies in .git cannot.
    plain = [p for p in path.rglob("*") if ".git" not in p.parts and not stat.S_ISFIFO(p.lstat().st_mode)]
    small = [str(p.relative_to(path)) for p in plain if p.is_symlink() or (p.is_file() and p.stat().st_size < 10**8)]
    quiet = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false")
    neutral = ("-c", "filter.evil.clean=cat", "-c", "filter.evil.smudge=cat")
    git(path, *quiet, *neutral, "add", "--force", "--", *small)
    subprocess.run(
        ["git", *quiet, *neutral, "commit", "-q", "--no-verify", "-m", "Go on"], cwd=path, env=ENVIRONMENT, check=False
    )
    return path
