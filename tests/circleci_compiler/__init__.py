"""A small compiler of CircleCI configs for tests, written against CircleCI's documentation and sharing no code with the
project: `compile_config(text).config` is what CircleCI would run, `.errors` why it would run nothing."""

from tests.circleci_compiler.compiling import compile_config
from tests.circleci_compiler.errors import Compiled

__all__ = ["Compiled", "compile_config"]
