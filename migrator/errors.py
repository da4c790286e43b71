"""Everything that can go wrong and be told to a user.

    MigratorError
    |- UsageError             a command line that makes no sense, or a link that leads out; exit code 2
    |- PolicyError            a policy file that does; exit code 2
    |- RuleError              a rule that does not load or breaks; exit code 3
    |- ReadError              a file that cannot be read or is no config; exit code 3
    |- WriteError             a file that cannot be written; exit code 3
    |- EditError              a change that has no clean edit in this place
    `- VerifyError            an edit that gave another tree than it should have

Each message is one line: what, where, what to do. None holds text of a config that could be a secret.
"""

from __future__ import annotations


class MigratorError(Exception):
    """The root of all errors that a user may meet; `str()` of it is the line to print."""


class UsageError(MigratorError):
    pass


class PolicyError(MigratorError):
    pass


class RuleError(MigratorError):
    pass


class ReadError(MigratorError):
    """`line` counts from 1, or is 0 where the fault has no place."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.line = line
        self.column = column


class WriteError(MigratorError):
    pass


class EditError(MigratorError):
    pass


class VerifyError(MigratorError):
    """`path` says where in the tree the result differs from what was asked for, without any of its values."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.path = path


class MovedWarning(DeprecationWarning):
    """A rule imports a name from where it no longer is; the text says where it is now. No error: it still works."""
