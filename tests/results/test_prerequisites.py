"""The commands that create what a change needs: each does what it says, whatever the names are."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrator.results.prerequisites import commands
from migrator.rule import Requirement

PIECES = [
    "$(touch PWNED)",
    "`touch PWNED`",
    "'; touch PWNED; '",
    '"; touch PWNED; "',
    "\ntouch PWNED\n",
    "creds",
    " ",
    "\\",
    "!",
]
NAMES = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join)
STUBS = "circleci() { :; }; read() { V=x; }; jq() { cat > /dev/null; }; curl() { cat > /dev/null; }; "


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(name=NAMES, kind=st.sampled_from(["context", "project-env"]), target=st.sampled_from(["cloud", "server"]))
def test_a_printed_line_runs_the_named_commands_and_nothing_else(
    tmp_path: Path, name: str, kind: str, target: str
) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    for line in commands(Requirement(kind, name, ("DOCKERHUB_PASSWORD",)), target):
        assert "\n" not in line
        subprocess.run([bash, "-n", "-c", line], check=True, cwd=tmp_path)
        subprocess.run([bash, "--norc", "-c", STUBS + line], check=True, cwd=tmp_path)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["X_TOKEN'$(touch PWNED)'", "A B", "", "9"])
def test_what_is_no_variable_is_never_needed_as_one(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a variable"):
        Requirement("project-env", "it was a literal", (name,))
