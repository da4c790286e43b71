"""Where variables are that no context brings."""

from __future__ import annotations

from typing import Final

PROJECT: Final = ""
"""In place of a context: jobs without any, whose variables the project has."""
