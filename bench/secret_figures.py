"""What `literal-secret` and masking make of the samples that gitleaks and detect-secrets are tested with.

python -m bench.secret_figures [--list] GITLEAKS DETECT_SECRETS

The arguments are folders of checkouts of github.com/gitleaks/gitleaks and github.com/Yelp/detect-secrets. A sample
is put into a config at two places: where it is one assignment, or one word, as a variable of a job's `environment`, and
as it is into a script. `--list` prints every sample that is missed and every false alarm.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from textwrap import indent

from bench.foreign_samples import NO_SECRETS_OF_CI, Sample, of_detect_secrets, of_gitleaks
from migrator.circleci.secrets.literals import literal_secrets
from migrator.circleci.secrets.tokens import is_filled, is_sample, shapes
from migrator.circleci.secrets.values import is_placeholder
from migrator.documents import open_document
from migrator.engine.discovery import load_rules
from migrator.engine.views import read_configs
from migrator.policy import Policy

ASSIGNMENT = re.compile(
    r"""\W*(?:(?:export|var|string|String|const|let|set)[ ])?(?P<name>[A-Za-z_][\w.-]*)["']?(?:[ ]string)?[ ]*"""
    r"""(?:=>|:{0,3}\??=|:)[ ]*(?!//)["'`]?(?P<value>[^\s"'`;,<>(){}]+)["'`]?[;,]?"""
)
WORD = re.compile(r"""["']?(?P<value>[^\s"'`;,<>(){}]+)["']?""")
ENVIRONMENT = (
    "version: 2.1\njobs:\n  build:\n    machine: true\n    environment:\n      {}: {}\n    steps: [checkout]\n"
)
SCRIPT = "version: 2.1\njobs:\n  build:\n    machine: true\n    steps:\n      - run: |\n{}\n"
PLACES = ("environment", "script")


def placed(sample: Sample) -> Iterator[tuple[str, str, str]]:
    """The configs that have a sample: at which place, the text, and what of it is the value."""
    stripped = sample.text.strip()
    if assigned := ASSIGNMENT.fullmatch(stripped):
        name = re.sub(r"\W", "_", assigned["name"])
        yield PLACES[0], ENVIRONMENT.format(name, json.dumps(assigned["value"])), assigned["value"]
    elif word := WORD.fullmatch(stripped):
        yield PLACES[0], ENVIRONMENT.format("VALUE", json.dumps(word["value"])), word["value"]
    if (stripped and stripped.isprintable()) or "\n" in stripped:
        yield PLACES[1], SCRIPT.format(indent(stripped, "          ", lambda _: True)), sample.secret or stripped


(RULE,) = load_rules(["literal-secret"])


def outcome(text: str) -> str:
    """How far the program goes: the surest finding, `masked`, or `silent`; `unreadable` where it is no YAML."""
    try:
        configs = list(read_configs(open_document(".circleci/config.yml", text.encode()), ".circleci/config.yml"))
    except Exception as error:  # of a foreign text: it is counted
        return f"unreadable: {type(error).__name__}"
    found = {finding.safety.value for config in configs for finding in RULE.check(config, Policy())}
    for safety in ("safe", "review", "manual"):
        if safety in found:
            return safety
    return "masked" if any(literal_secrets(config, text) for config in configs) else "silent"


def says_it_is_none(value: str) -> bool:
    """Whether a value is what the program leaves alone on purpose: made up, in a shape of a token or without one."""
    matches = (match[0] for shape in shapes() for match in shape.pattern.finditer(value))
    return is_placeholder(value) or is_filled(value) or any(map(is_sample, matches)) or "{{" in value


def measured(samples: list[Sample], *, listed: bool) -> Counter[tuple[bool, str, str]]:
    """How many samples have each outcome, by whether they are secrets and by their place; each text once."""
    counted: Counter[tuple[bool, str, str]] = Counter()
    seen: set[tuple[bool, str]] = set()
    for sample in samples:
        for place, text, value in placed(sample):
            if (sample.is_secret, text) in seen:
                continue
            seen.add((sample.is_secret, text))
            result = outcome(text)
            if sample.is_secret and result == "silent" and says_it_is_none(value):
                result = "made up"
            counted[sample.is_secret, place, result] += 1
            if listed and (result == "silent") == sample.is_secret and result != "made up":
                kind = "missed" if sample.is_secret else f"false alarm, {result}"
                print(f"{kind}: {place}: {sample.kind}: {sample.text[:200]!r}")
    return counted


COLUMNS = {
    True: ("review", "manual", "masked", "made up", "silent"),
    False: ("review", "manual", "masked", "silent"),
}
HEADS = {"silent": {True: "missed", False: "left alone"}, "made up": {True: "made up, left alone"}}


def table(figures: dict[str, Counter[tuple[bool, str, str]]]) -> Iterator[str]:
    """Two tables of Markdown: of secrets, and of what is none."""
    for is_secret, columns in COLUMNS.items():
        heads = [HEADS.get(column, {}).get(is_secret, f"`{column}`") for column in columns]
        yield f"| {'Secrets' if is_secret else 'No secrets'} | Place | Samples | {' | '.join(heads)} |"
        yield f"| --- | --- |{' ---: |' * (len(columns) + 1)}"
        for name, counted in figures.items():
            for place in PLACES:
                results = {
                    result: n for (kind, where, result), n in counted.items() if (kind, where) == (is_secret, place)
                }
                cells = [str(results.pop(column, 0)) for column in columns]
                total = sum(map(int, cells))
                if results:
                    yield f"<!-- {name}, {place}, other: {results} -->"
                yield f"| {name} | {place} | {total:,} | {' | '.join(cells)} |"
        yield ""


def main(arguments: list[str]) -> int:
    listed = "--list" in arguments
    folders = [Path(argument) for argument in arguments if argument != "--list"]
    readers = {"gitleaks": of_gitleaks, "detect-secrets": of_detect_secrets}
    if len(folders) != len(readers):
        print(__doc__)
        return 2
    figures: dict[str, Counter[tuple[bool, str, str]]] = {}
    for (name, reader), folder in zip(readers.items(), folders, strict=True):
        samples, unread = reader(folder)
        if not samples:
            print(f"skipped: {folder} has no samples of {name}")
            continue
        print(f"{name}: {len(samples):,} samples; {unread} that need more than their reader knows are left out")
        figures[name] = measured(samples, listed=listed)
    print("left out:", "; ".join(f"{name} ({reason})" for name, reason in NO_SECRETS_OF_CI.items()), end="\n\n")
    print("\n".join(table(figures)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
