"""The licences of what an installed `migrate` brings along: the table of docs/supply-chain.md (`make licences`)."""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

PAGE = Path(__file__).parents[1] / "docs" / "supply-chain.md"
TABLE = re.compile(r"(?<=<!-- licences -->\n).*?(?=<!-- end of licences -->)", re.DOTALL)
_CLASSIFIER = "License :: OSI Approved :: "
_LONGEST = 60
"""Some packages give the text of their licence where its name is asked for."""


def brought_along(extras: frozenset[str] = frozenset({"dask"})) -> list[Distribution]:
    """Everything that `pip install circleci-migrator[dask]` installs beside it, by name."""
    found: dict[str, Distribution] = {}
    waiting = [("circleci-migrator", extras)]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        one = distribution(name)
        found[one.metadata["Name"]] = one
        for line in one.requires or ():
            need = Requirement(line)
            if need.marker is None or any(need.marker.evaluate({"extra": extra}) for extra in extras | {""}):
                waiting.append((need.name, frozenset(need.extras)))
    return [found[name] for name in sorted(found, key=str.lower) if name != "circleci-migrator"]


def licence(one: Distribution) -> str:
    """The licence as its package names it: by SPDX, else by classifiers, else in its own words."""
    # By `get`: the package importlib_metadata, once something imports it, raises for a missing key.
    if named := one.metadata.get("License-Expression"):
        return str(named)
    classified = [
        line.removeprefix(_CLASSIFIER)
        for line in one.metadata.get_all("Classifier", ())
        if line.startswith(_CLASSIFIER)
    ]
    own = str(one.metadata.get("License") or "").strip()
    return "; ".join(classified) or (own if "\n" not in own and len(own) < _LONGEST else "see its files")


def table() -> str:
    rows = [f"| {one.metadata['Name']} | {one.version} | {licence(one)} |\n" for one in brought_along()]
    return "".join(["\n| package | version | licence |\n|---|---|---|\n", *rows, "\n"])


if __name__ == "__main__":
    page = PAGE.read_text("utf-8")
    PAGE.write_text(TABLE.sub(lambda _: table(), page), "utf-8")
