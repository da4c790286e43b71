"""What is measured, one module a subject: its `rows(setting)` are figures with their targets."""

from __future__ import annotations

ALL = ("cold", "warm", "size", "start", "pages", "campaigns", "cluster")
