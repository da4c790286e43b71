"""The page of a made-up organisation: how fast it opens and filters, and what is on its first screen and on paper.

Needs Playwright and a Chromium (`CHROMIUM`, else the one of the system). The changes are real: each config is
different, and each went through the engine. `python -m bench pages` measures the page of 10,000 repositories.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from migrator.engine.asked import Asked
from migrator.engine.discovery import load_rules
from migrator.engine.passes import choose_by_safety, run
from migrator.policy import Policy
from migrator.reports.html_page import File, Page, Repository
from migrator.results.describing import describe

ROUNDS = 5
OPENS, ANSWERS, PAGES = 1500, 100, 2
"""The targets: of opening and of filters in milliseconds, and of paper."""
_LANGUAGES = ("go:1.22", "node:20.11", "python:3.12", "ruby:3.3", "openjdk:21.0", "rust:1.77", "php:8.3", "elixir:1.16")
_SERVICES = ("postgres:16", "redis:7", "mysql:8", "rabbitmq:3", "mongo:7", "elasticsearch:8.12.0")
_TEAMS = ("@acme/platform", "@acme/payments", "@acme/search", "@acme/web", "@acme/data")
_MISSING = (
    "missing at CircleCI: the context docker-hub-creds does not exist in gh/acme (asked 2026-11-30 15:04 UTC)",
    "not known: the organization of labs is not known: set `[circleci] organization` in migrator.toml",
)
_WORDS = ("api", "web", "billing", "search", "ledger", "mail", "auth", "cart", "media", "report", "sync", "edge")


def config(number: int, chance: random.Random) -> str:
    """A config of five images on average, no two alike; rare habits of its authors make for dozens of shapes."""
    own = _WORDS[number % len(_WORDS)]
    names = [f"{_WORDS[(number + job) % len(_WORDS)]}-{job}" for job in range(1 + chance.randrange(4))]
    lines = ["version: 2.1", f"# {own} service {number}", "", "jobs:"]
    for name in names:
        lines += [f"  {name}:", "    docker:", f"      - image: {_quoted(f'cimg/{chance.choice(_LANGUAGES)}', chance)}"]
        if chance.random() < 0.06:
            lines.append(f"        auth: {{username: {own}-bot, password: 9f{number:04}xKq-{name}}}")
        for service in chance.sample(_SERVICES, chance.randrange(3)):
            flow = chance.random() < 0.1
            lines.append(f"      - {{image: {service}}}" if flow else f"      - image: {service}")
        lines += ["    environment:", f"      SERVICE: {own}-{number}"]
        if chance.random() < 0.05:
            lines.append(f"      DEPLOY_TOKEN: tok_{number:04}_{name}_6f1e5c9a")
        lines += ["    steps:", "      - checkout"]
        for step in range(chance.randrange(2, 9)):
            lines += ["      - run:", f"          name: Step {step}", "          command: |"]
            lines += [f"            make target-{number}-{step}", f"            echo done {step}"]
    if chance.random() < 0.12:
        lines += ["  publish:", "    machine: {image: ubuntu-2404:current}", "    steps:", "      - checkout"]
        lines.append('      - run: echo "$DOCKER_PASSWORD" | docker login -u "$DOCKER_LOGIN" --password-stdin')
        lines.append(f"      - run: docker push acme/{own}:{number}")
        names.append("publish")
    lines += ["", "workflows:", "  main:", "    jobs:"]
    for job, name in enumerate(names):
        lines += _invocation(name, names[job - 1] if job else "", chance.random())
    return "\n".join(lines) + "\n"


def _quoted(text: str, chance: random.Random) -> str:
    return f'"{text}"' if chance.random() < 0.15 else text


def _invocation(name: str, before: str, way: float) -> list[str]:
    """One of the ways in which people write them."""
    requires = ["          requires:", f"            - {before}"] if before else []
    if way < 0.5:
        return [f"      - {name}:", *requires] if requires else [f"      - {name}"]
    if way < 0.7:
        return [f"      - {name}:", "          context: deploy", *requires]
    if way < 0.85:
        return [f"      - {name}:", "          context:", "            - deploy", "            - slack", *requires]
    if way < 0.95:
        return [f"      - {name}: {{context: [deploy]}}"]
    return [f"      - {name}:", *requires, "          filters: {branches: {only: main}}"]


def organisation(count: int) -> Page:
    """The page of that many repositories, of which some have nothing to change and some failed."""
    rules = load_rules(("unauthenticated-image", "literal-secret", "docker-login-step"))
    policy, chance = Policy(), random.Random(7)
    choose = choose_by_safety(review_too=False)
    path = ".circleci/config.yml"
    repositories = []
    for number in range(count):
        name = f"acme/{_WORDS[number % len(_WORDS)]}-{number:04}"
        text = "jobs: [" if number % 83 == 82 else config(number, chance)
        outcome = run(path, text.encode(), rules, policy, choose, asked=Asked(describe=describe))
        state = {"Changed": "planned", "Failed": "failed"}.get(type(outcome).__name__, "unchanged")
        link = f"https://github.com/{name}/blob/main/{path}"
        owners = _TEAMS[number % 7 : number % 7 + 1]  # two of seven have none
        file = File(outcome, path, link)
        topics = ("go",) if number % 3 else ()
        beside = {"owners": owners, "topics": topics, "host": "github", "change": f"change-{number:04}"}
        repositories.append(Repository(name, (file,), state, **beside))  # type: ignore[arg-type]
    take_up = "migrate bulk review hub --decisions {}"
    return Page("docker-hub-login", repositories, policy, take_up, "hub", missing=_MISSING, seen=1_790_000_000)


def chromium() -> str:
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome") or ""


def opened(browser: Any, file: Path) -> tuple[Any, float]:
    """A page and the milliseconds until it could be worked with: drawn, and answering."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(file.as_uri())
    milliseconds: float = page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => done(performance.now()))))"
    )
    return page, milliseconds


def filtered(page: Any, field: str, value: str) -> float:
    """The milliseconds from a letter in a filter until what it leaves is drawn."""
    milliseconds: float = page.evaluate(
        """([field, value]) => new Promise((done) => {
            const input = document.getElementById(field);
            const start = performance.now();
            input.value = value;
            input.dispatchEvent(new Event("input", { bubbles: true }));
            requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
        })""",
        [field, value],
    )
    return milliseconds


def first_screen(page: Any) -> dict[str, float]:
    """Where on the screen what decides ends, and where the bar at its bottom begins, in pixels from its top."""
    places: dict[str, float] = page.evaluate(
        """() => {
            const card = document.querySelector(".card");
            const end = (element) => element.getBoundingClientRect().bottom;
            const [yes, no] = card.querySelectorAll(".acts button");
            return {
                name: end(card.querySelector("h3")), approve: end(yes), reject: end(no),
                change: end(card.querySelector(".diff .a, .diff .d")),
                dock: document.getElementById("dock").getBoundingClientRect().top,
            };
        }"""
    )
    return places


def printed_pages(page: Any) -> int:
    """How many pages it has on paper."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))


FILTERS = (
    *(("f-q", value) for value in ("billing", "postgres", "")),
    *(("f-repository", value) for value in ("web-1", "")),
    *(("f-rule", value) for value in ("unauthenticated-image", "")),
    *(("f-safety", value) for value in ("safe", "")),
    *(("f-state", value) for value in ("failed", "")),
)


SCREENS = ((1440, 900), (360, 740))


class Figure(NamedTuple):
    """One measured thing beside its target, which it may not exceed."""

    what: str
    value: float
    target: float
    unit: str


def measured(file: Path, rounds: int = ROUNDS) -> Iterator[Figure]:
    """Medians over some rounds, each in a page of its own, of opening it and of the slowest of the filters; then what
    is on the first screen and on paper."""
    from playwright.sync_api import sync_playwright

    opening: list[float] = []
    times: dict[str, list[list[float]]] = {"kinds": [], "repositories": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for _ in range(rounds):
            page, milliseconds = opened(browser, file)
            opening.append(milliseconds)
            page.wait_for_timeout(2000)
            for found in times.values():
                found.append([filtered(page, *each) for each in FILTERS])
                page.keyboard.press("g")
            page.close()
        yield Figure("opens", statistics.median(opening), OPENS, "ms")
        for view, found in times.items():
            slowest = max(float(statistics.median(each)) for each in zip(*found, strict=True))
            yield Figure(f"slowest filter of {view}", slowest, ANSWERS, "ms")
        for width, height in SCREENS:
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(file.as_uri())
            places = first_screen(page)
            dock = places.pop("dock")
            yield Figure(f"first decision ends at {width}x{height}", max(places.values()), dock, "px")
            page.close()
        page = browser.new_page()
        page.goto(file.as_uri())
        yield Figure("summary on paper", printed_pages(page), PAGES, "pages")
        browser.close()
