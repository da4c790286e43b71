"""The floor: compose each file with PyYAML's C parser and do nothing with it."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

for path in sys.argv[1:]:
    try:
        yaml.compose(Path(path).read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError):
        continue
