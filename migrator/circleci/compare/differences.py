"""What can differ between two configs as CircleCI sees them, as plain data."""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

AROUND: Final = ("pre-steps", "post-steps")
"""Lists of steps around the invocation of a job."""


class Owner(NamedTuple):
    """Whom a difference concerns. `kind` is `job`, `executor`, `command`, `workflow`, `job group` or `invocation`."""

    kind: str
    name: str


class Login(NamedTuple):
    """How an image is pulled. `kind` is `auth`, `aws_auth` or `gcp_auth`; texts are as the config has them."""

    kind: str
    user: str
    password: str


class Pulled(NamedTuple):
    """An image is pulled with other credentials."""

    owner: Owner
    image: str
    old: Login | None
    new: Login | None


class Replaced(NamedTuple):
    """Another image is pulled."""

    owner: Owner
    old: str
    new: str


class Contexts(NamedTuple):
    """An invocation gains and loses contexts; neither where only their order is another. `list_` tells lists apart."""

    workflow: Owner
    job: str
    invocation: int
    gained: tuple[str, ...]
    lost: tuple[str, ...]


class Variable(NamedTuple):
    """A variable is set (`old` is false), is set no more (`new` is false), or is set to something else.

    `container` is the image of a container that has it, `step` the number of a step that has it; else they are empty.
    """

    owner: Owner
    container: str
    step: str
    name: str
    old: bool
    new: bool


class Steps(NamedTuple):
    """Steps of a list become others. `first` counts from 1; `lines` are those that a script gains and loses.

    `place` is empty for the steps of the owner, else `pre-steps`, `post-steps` or a step that holds the list.
    """

    owner: Owner
    place: str
    first: int
    old: tuple[str, ...]
    new: tuple[str, ...]
    lines: tuple[int, int] | None = None


class Setting(NamedTuple):
    """Anything else: `old` or `new` is empty where there was or is nothing, and where it is no text."""

    path: str
    change: str
    old: str = ""
    new: str = ""


Difference: TypeAlias = Pulled | Replaced | Contexts | Variable | Steps | Setting


def within(place: str) -> str:
    """Where a list of steps is, behind the number of a step."""
    if place in AROUND:
        return f" of its {place}"
    return f" inside {place}" if place else ""
