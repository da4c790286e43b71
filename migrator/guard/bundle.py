"""The files of a config policy, by their paths in its folder, and putting them there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from migrator.errors import UsageError, WriteError
from migrator.files.reading import holds
from migrator.files.writing import refuse_link, write_whole
from migrator.guard.cases import cases_of
from migrator.guard.recipe import recipe
from migrator.guard.rego import NAME, policy_rego
from migrator.guard.settings import settings_of
from migrator.guard.written import rego_tests, yaml_tests
from migrator.policy import Policy


def files_of(policy: Policy, *, soft: bool = False) -> dict[str, str]:
    """The config policy, its tests in both forms, and a config that runs and pushes it.

    Only `policies/` is pushed, with all Rego that is in it.
    """
    cases = cases_of(policy)
    return {
        f"policies/{NAME}.rego": policy_rego(settings_of(policy), soft=soft),
        f"policies/{NAME}_test.yaml": yaml_tests(cases, soft=soft),
        f"tests/{NAME}_test.rego": rego_tests(cases),
        ".circleci/config.yml": recipe(policy),
    }


def put(files: Mapping[str, str], folder: str, *, force: bool) -> Iterator[str]:
    """Write files below a folder; gives the paths of those that were not there or differed.

    Nothing is written where one is there with something else in it and that is not forced: `UsageError`.
    """
    changed: list[tuple[Path, bytes]] = []
    for name, text in files.items():
        path, content = Path(folder, name), text.encode()
        refuse_link(path)
        if path.is_file() and holds(path, content):
            continue
        if path.exists() and not force:
            raise UsageError(f"{path}: is there and differs; --force replaces it")
        changed.append((path, content))
    for path, content in changed:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WriteError(f"{error.filename}: cannot be made: {error.strerror}") from None
        write_whole(path, content)
        yield str(path)
