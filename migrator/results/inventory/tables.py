"""An inventory as tables for people, the same in every format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from migrator.circleci.inventory import images, jobs, logins, secrets, unseen
from migrator.results.counted import counted
from migrator.results.inventory.counting import Count, Inventory
from migrator.startup.records import record

CREDENTIALS: Final = {
    images.NONE: "none",
    images.VARIABLE: "variable",
    images.LITERAL: "literal",
    images.AWS_KEYS: "AWS keys",
    images.AWS_ROLE: "AWS role",
    images.GCP: "GCP",
    images.BROKEN: "broken",
    images.ELSEWHERE: "not known",
}
"""How an image is authenticated, in the words of tables and in their order."""

PLACES: Final = {
    secrets.IMAGE: "credentials of an image",
    secrets.IGNORED: "where CircleCI ignores it",
    secrets.LOGIN: "docker login",
    secrets.SCRIPT: "script",
    secrets.ENVIRONMENT: "environment",
    secrets.OTHER: "elsewhere in the file",
}
FORMS: Final = {
    logins.ORB: "docker orb",
    logins.VARIABLE: "docker login with a variable",
    logins.LITERAL: "docker login with a literal password",
    logins.AWS_TOKEN: "docker login with a token of AWS",
    logins.COMPUTED: "docker login with a computed password",
    logins.STRING: "docker login within another command",
}
UNSEEN: Final = {
    unseen.AMBIGUOUS: "images that merge keys disagree on",
    unseen.COMPUTED: "images or jobs that a script or a template computes",
    unseen.INVOKED: "jobs that a script or a template invokes",
    unseen.PULLED: "jobs whose scripts pull images without a login",
}
NOT_KNOWN: Final = "not known"
_NAMED: Final = 3
_WITHOUT_END: Final = 1_000_000


@record
class Table:
    """`rows` begin with a label; what follows are numbers, or words. `notes` are sentences below it."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]
    notes: tuple[str, ...] = ()


def heading(inventory: Inventory) -> str:
    """How much was counted, and how much was not, in a sentence."""
    repositories = counted(len(inventory.repositories), "repository")
    text = f"{counted(inventory.files, 'file')} in {repositories}"
    left = [f"{inventory.failed} failed"] * bool(inventory.failed)
    left += [f"{inventory.skipped} {'was' if inventory.skipped == 1 else 'were'} skipped"] * bool(inventory.skipped)
    return (
        f"{text}; {' and '.join(left)}, and {'is' if inventory.failed + inventory.skipped == 1 else 'are'} not counted"
        if left
        else text
    )


def tables(inventory: Inventory, shown: Callable[[str], str], most: int = _WITHOUT_END) -> Iterator[Table]:
    """What there is, `most` rows of each list. `shown` hides secrets in a text."""
    yield from _images(inventory, shown, most)
    yield from _contexts(inventory, shown, most)
    yield from _secrets(inventory, shown)
    yield from _logins(inventory, shown, most)
    yield from _unseen(inventory, shown, most)


def _images(inventory: Inventory, shown: Callable[[str], str], most: int) -> Iterator[Table]:
    by_registry: dict[str, dict[str, int]] = {}
    for (registry, kind), count in inventory.of("image").items():
        by_registry.setdefault(registry, {})[kind] = count.number
    if not by_registry:
        return
    kinds = [kind for kind in CREDENTIALS if any(kind in row for row in by_registry.values())]
    ordered = sorted(by_registry.items(), key=lambda item: (-sum(item[1].values()), item[0]))
    rows: list[tuple[str | int, ...]] = [
        (shown(host) or NOT_KNOWN, *(row.get(kind, 0) for kind in kinds), sum(row.values())) for host, row in ordered
    ]
    if len(rows) > 1:
        rows.append(("all", *(sum(row.get(kind, 0) for _, row in ordered) for kind in kinds), inventory.total("image")))
    columns = ("registry", *(CREDENTIALS[kind] for kind in kinds), "images")
    yield Table("Images by registry and credentials", columns, tuple(rows))
    yield from _listed(
        "Most used images",
        ("image", "images", "repositories"),
        ((shown(f"{host}/{name}"), count) for (host, name), count in inventory.of("name").items()),
        shown,
        most,
    )
    yield from _listed(
        "ECR images by region",
        ("region", "images", "repositories"),
        ((shown(region), count) for (region,), count in inventory.of("region").items()),
        shown,
        most,
    )


def _listed(
    title: str,
    columns: tuple[str, ...],
    found: Iterable[tuple[str, Count]],
    shown: Callable[[str], str],
    most: int,
    notes: Sequence[str] = (),
) -> Iterator[Table]:
    """A table of the first of a list, which says how many others there are; a fourth column names repositories."""
    ordered = list(found)
    rows = []
    for name, count in ordered[:most]:
        row: tuple[str | int, ...] = (name or NOT_KNOWN, count.number, len(count.repositories))
        rows.append((*row, _names(count, shown)) if len(columns) > len(row) else row)
    more = [f"{len(ordered) - most} more"] if len(ordered) > most else []
    if rows or notes:
        yield Table(title, columns, tuple(rows), (*more, *notes))


def _names(count: Count, shown: Callable[[str], str]) -> str:
    names = sorted(count.repositories, key=lambda name: (-count.repositories[name], name))
    text = ", ".join(map(shown, names[:_NAMED]))
    return f"{text} and {len(names) - _NAMED} more" if len(names) > _NAMED else text


def _contexts(inventory: Inventory, shown: Callable[[str], str], most: int) -> Iterator[Table]:
    without, unclear = (inventory.total("jobs", each) for each in (jobs.WITHOUT, jobs.UNCLEAR))
    notes = [f"{counted(without, 'job')} without a context"] * bool(without)
    if unclear:
        notes.append(f"{counted(unclear, 'job')} with contexts that an expression decides, or that have no plain name")
    found = ((shown(name), count) for (name,), count in inventory.of("context").items())
    yield from _listed(
        "Contexts by the workflow jobs that use them",
        ("context", "jobs", "repositories", "used by"),
        found,
        shown,
        most,
        notes,
    )


def _secrets(inventory: Inventory, shown: Callable[[str], str]) -> Iterator[Table]:
    found = ((PLACES[place], count) for (place,), count in inventory.of("secret").items())
    yield from _listed(
        "Secrets that are written out", ("place", "secrets", "repositories", "in"), found, shown, _WITHOUT_END
    )


def _logins(inventory: Inventory, shown: Callable[[str], str], most: int) -> Iterator[Table]:
    rows = [
        (FORMS[form], shown(registry) or NOT_KNOWN, count.number, len(count.repositories))
        for (form, registry), count in inventory.of("login").items()
    ]
    if rows:
        more = (f"{len(rows) - most} more",) if len(rows) > most else ()
        yield Table("Logins in steps", ("form", "registry", "logins", "repositories"), tuple(rows[:most]), more)


def _unseen(inventory: Inventory, shown: Callable[[str], str], most: int) -> Iterator[Table]:
    title = "Not shown by these configs"
    places = ((UNSEEN[what], count) for (what,), count in inventory.of("unseen").items())
    yield from _listed(title, ("what", "number", "repositories"), places, shown, most)
    orbs = ((shown(name), count) for (name,), count in inventory.of("orb").items())
    yield from _listed("Jobs whose images an orb decides", ("orb", "jobs", "repositories"), orbs, shown, most)
