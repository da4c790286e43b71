"""Which files a PATH means, their bytes, whether they are generated, and how they are replaced."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from migrator.documents import MAX_BYTES, TEMPLATE
from migrator.errors import ReadError, UsageError, WriteError
from migrator.outcome import Failed, Skipped
from migrator.policy import Generated, Policy

if TYPE_CHECKING:
    from migrator.generators import Origin

_AT_ONCE = 65_536
_YAML = (".yml", ".yaml")
# The roots of packed configs and orbs: `circleci config pack` merges the files below them into one.
_PACKED = frozenset(("@config.yml", "@config.yaml", "@orb.yml", "@orb.yaml"))
_LEADS_OUT = "is a link that leads out of the folder; name it to change what it leads to"
_FOREIGN = frozenset((".git", ".hg", ".svn", "node_modules", "__pycache__", ".tox", ".nox"))


_SAID_OF_GENERATED = (b"generate", b"edit", b"modify", b"change", b"touch", b"rendered", b"compiled", b"created")


def find_sources(paths: Iterable[str]) -> list[str | Failed | Skipped]:
    """The files that the paths mean, in the order of the paths, each once; a path that means none is a failure.

    A file is taken as it is, a folder is searched for configs. Names are as the user gave them.
    """
    found: list[str | Failed | Skipped] = []
    seen = _Seen()
    for given in paths:
        if not given:
            raise UsageError("an empty PATH; write . for this folder")
        path = Path(given)
        try:
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        except OSError as error:
            found.append(Failed(given, _missing(path, error)))
            continue
        before = len(found)
        known = False
        for file in _search(path) if is_folder else (path,):
            if isinstance(file, Path) and seen.before(file):
                known = True
                continue
            found.append(str(file) if isinstance(file, Path) else file)
        if is_folder and len(found) == before and not known:
            found.append(
                Failed(given, "no CircleCI config in this folder; expected .circleci/*.yml or a packed source")
            )
    return found


class _Seen:
    """The files that were met so far. Only of those that share an inode the real paths, which take long, are compared:
    a hard link is a file of its own."""

    def __init__(self) -> None:
        self._by_inode: dict[tuple[int, int], list[Path]] = {}

    def before(self, file: Path) -> bool:
        """Whether the file was met before, under whatever name; it is from now on."""
        try:
            status = file.stat()
        except OSError:
            return False  # whoever reads it says what is wrong
        others = self._by_inode.setdefault((status.st_dev, status.st_ino), [])
        if others and any(real_path(file) == real_path(other) for other in others):
            return True
        others.append(file)
        return False


def real_path(path: str | Path) -> Path:
    """A path without links; one that goes round in a circle, at which `Path.resolve` breaks, ends where it began."""
    return Path(os.path.realpath(path))


def _missing(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "is a link to a file that does not exist" if path.is_symlink() else "no such file or folder"
    return f"cannot be read: {error.strerror}"


def _search(folder: Path) -> Iterator[Path | Failed | Skipped]:
    """Configs and packed sources below a folder, sorted. What a link leads to outside of it is not taken."""
    root = real_path(folder)
    faults: list[Failed | Skipped] = []

    def note(error: OSError) -> None:
        faults.append(Failed(str(error.filename), f"cannot be read: {error.strerror}"))

    def below(top: Path, wanted: bool) -> Iterator[Path]:
        taken = {top} if wanted else set()
        packed: set[Path] = set()
        for name, folders, files in os.walk(top, onerror=note):
            here = Path(name)
            if "pyvenv.cfg" in files:
                folders.clear()
                continue
            folders[:] = sorted(name for name in folders if name not in _FOREIGN)
            if (here.parent in packed and here.name != ".circleci") or not _PACKED.isdisjoint(files):
                packed.add(here)
                taken.add(here)
                folders[:] = [name for name in folders if name == ".circleci" or not name.startswith(".")]
                files = [name for name in files if not name.startswith(".")]
            for child in [here / folder for folder in folders]:
                if here in taken or child.name == ".circleci":
                    taken.add(child)
                    # os.walk does not follow links. A .circleci may be one, but what lies in it is not followed again.
                    if here in taken or not child.is_symlink():
                        continue
                    if real_path(child).is_relative_to(root):
                        yield from below(child, True)
                    else:
                        faults.append(Skipped(str(child), _LEADS_OUT))
            if here in taken:
                yield from (here / file for file in files if file.endswith(_YAML) or _generates(here / file))

    files = sorted(below(folder, ".circleci" in root.parts), key=lambda file: file.parts)
    reals = {file: real_path(file) for file in files}
    own = {real for file, real in reals.items() if real == root / file.relative_to(folder)}
    for file, real in reals.items():
        if not real.is_relative_to(root):
            yield Skipped(str(file), _LEADS_OUT)
        elif real not in own or real == root / file.relative_to(folder):
            yield file
    yield from faults


def _generates(file: Path) -> bool:
    if file.suffix != ".py" and not TEMPLATE.search(file.name):
        return False
    from migrator.generators import is_generator

    return is_generator(file)


def read_source(path: str) -> bytes:
    """The bytes of a file. Raises `ReadError`, whose message does not name the path."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise ReadError("is no regular file; a config can be piped in with `migrate -`")
            if status.st_size > MAX_BYTES:
                raise ReadError(f"has {status.st_size:,} bytes; more than {MAX_BYTES:,} are not read")
            parts: list[bytes] = []
            while part := os.read(handle, max(status.st_size + 1, _AT_ONCE)):
                parts.append(part)
            return b"".join(parts)
        finally:
            os.close(handle)
    except OSError as error:
        raise ReadError(_missing(Path(path), error)) from None


def siblings(path: str) -> list[tuple[str, bytes]]:
    """The other files of the packed source tree that a file belongs to; those that cannot be read are left out."""
    top = _packed_top_of(os.path.abspath(os.path.dirname(path)))  # noqa: PTH100, PTH120
    if top is None:
        return []
    own = Path(path).resolve()
    found: list[tuple[str, bytes]] = []
    for here, folders, files in os.walk(top):
        folders[:] = sorted(name for name in folders if name not in _FOREIGN and not name.startswith("."))
        for file in [Path(here, name) for name in sorted(files) if name.endswith(_YAML) and not name.startswith(".")]:
            with suppress(ReadError):
                if file != own:
                    found.append((str(file), read_source(str(file))))
    return found


@lru_cache(maxsize=1024)
def _packed_top_of(folder: str) -> Path | None:
    return _packed_top(Path(folder).resolve())


@lru_cache(maxsize=1024)
def _packed_top(folder: Path) -> Path | None:
    """The nearest folder from here upwards, within the repository, that is the root of a packed tree."""
    if any((folder / name).exists() for name in sorted(_PACKED)):
        return folder
    # Packing leaves out files and folders that begin with a dot (github.com/CircleCI-Public/circleci-cli, filetree).
    if (folder / ".git").exists() or folder.parent == folder or folder.name.startswith("."):
        return None
    return _packed_top(folder.parent)


def why_generated(path: str, data: bytes, policy: Policy) -> str | None:
    """Why a file should not be edited though it is a config: it is written by something else."""
    if pair := generated_pair(path, policy):
        import shlex

        how = f" and run `{shlex.join(pair.command)}`" if pair.command else ""
        return f"is generated from {pair.source}, as the policy says; change that{how}, or pass --include-generated"
    if path.endswith(_YAML) and (origin := _origin(path, data)):
        told = f"is written by {origin.source} ({origin.says})"
        return f"{told}; change that and run {origin.command}, or pass --include-generated"
    if path.endswith(".py") or TEMPLATE.search(path):
        return None  # what a script says of its output is not about itself
    # Only comments above all content say so, and nearly none has these words: the patterns are compiled only then.
    head = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith((b"#", b"-", b"%")) and any(word in head for word in _SAID_OF_GENERATED):
        from migrator.generated_header import generated_line

        if line := generated_line(data[:4096].decode("utf-8", "replace")):
            return f"line {line} says that it is generated; change its source, or pass --include-generated"
    return None


def _origin(path: str, data: bytes) -> Origin | None:
    folder = os.path.dirname(path) or "."  # noqa: PTH120
    try:
        beside = _scripts_and_templates(folder, os.stat(folder).st_mtime_ns)  # noqa: PTH116
    except OSError:
        return None
    if not beside:
        return None
    from migrator.generators import origin_of

    return origin_of(path, data, beside)


@lru_cache(maxsize=256)
def _scripts_and_templates(folder: str, _changed: int) -> tuple[str, ...]:
    """The names of what may write the configs of a folder, looked up once for all of them."""
    return tuple(sorted(name for name in os.listdir(folder) if name.endswith(".py") or TEMPLATE.search(name)))  # noqa: PTH208


def generated_pair(path: str, policy: Policy) -> Generated | None:
    """The pair of the policy whose target this file is."""
    if not policy.generated or policy.source is None:
        return None
    folder = real_path(policy.source).parent
    real = real_path(path)
    return next((pair for pair in policy.generated if real_path(folder / pair.target) == real), None)


def replace_file(path: str, data: bytes, was: bytes) -> None:
    """Put `data` in the place of a file that holds `was`, whole or not at all; its mode stays.

    A link stays a link: what it leads to is replaced. Raises `WriteError`, whose message does not name the path.
    """
    try:
        target = Path(path).resolve(strict=True)
        status = target.stat()
        if not os.access(target, os.W_OK):
            raise WriteError("is write-protected; `chmod u+w` it to have it changed")
        if target.read_bytes() != was:
            raise WriteError("was changed by another program meanwhile; run again")
        write_whole(target, data, stat.S_IMODE(status.st_mode), owner=(status.st_uid, status.st_gid))
    except OSError as error:
        raise WriteError(f"cannot be written: {error.strerror}") from None


def write_whole(target: Path, data: bytes, mode: int, owner: tuple[int, int] | None = None) -> None:
    """Write a file with one rename, so that a crash leaves the old file or the new one. Raises `OSError`."""
    temporary = target.with_name(f".{target.name[:200]}.{os.getpid()}.migrate-tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            if owner and hasattr(os, "fchown"):
                kept = os.fstat(file.fileno())
                if (kept.st_uid, kept.st_gid) != owner:
                    _give(file.fileno(), owner)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)


def _give(handle: int, owner: tuple[int, int]) -> None:
    try:
        os.fchown(handle, *owner)
    except PermissionError:
        return  # Only root may give files away; whoever may write here keeps being able to.


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk: without it a new file or a rename may be lost with the power."""
    # Not every file system lets a folder be synced.
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)
