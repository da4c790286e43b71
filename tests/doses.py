"""How much of a test that is about scale is run: a small dose, and all of it where `make soak` sets MIGRATOR_SOAK."""

from __future__ import annotations

import os
from typing import Final

IS_SOAK: Final = bool(os.environ.get("MIGRATOR_SOAK"))
