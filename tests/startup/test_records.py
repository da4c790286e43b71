"""Records: what a data class of the standard library does, as far as this project uses it."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import pytest

from migrator.startup.records import field, record, replace


@record
class Point:
    x: int
    y: int = 0
    label: str = field(default="", repr=False)
    note: str = field(default="", compare=False)


@record(eq=False)
class Alone:
    x: int


@record(frozen=False)
class Bag:
    items: list[int] = field(default_factory=list)


def test_a_record_never_changes() -> None:
    point = Point(1)
    with pytest.raises(AttributeError, match="frozen"):
        point.x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError):
        point.z = 2  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="frozen"):
        del point.x


@pytest.mark.parametrize(
    ("values", "named"), [((), {}), ((1, 2, "", "", 5), {}), ((1,), {"x": 1}), ((1,), {"z": 1})], ids=repr
)
def test_wrong_fields_are_refused(values: tuple[int, ...], named: dict[str, int]) -> None:
    with pytest.raises(TypeError):
        Point(*values, **named)  # type: ignore[arg-type]


def test_records_are_equal_by_class_and_compared_fields() -> None:
    assert Point(1, 2) == Point(x=1, y=2, note="other")
    assert hash(Point(1, 2)) == hash(Point(1, 2, note="other"))
    assert Point(1) != Point(2)
    others: list[object] = [Alone(1), (1, 0, "", "")]
    assert Point(1) not in others
    assert Alone(1) != Alone(1)


def test_a_repr_leaves_out_what_is_hidden() -> None:
    assert repr(Point(1, label="secret")) == "Point(x=1, y=0, note='')"


def test_defaults_are_made_anew() -> None:
    one = Bag()
    one.items.append(1)
    assert Bag().items == []
    assert one.items == [1]


def test_a_record_is_copied_and_sent_to_another_process() -> None:
    point = Point(1, 2, "l", "n")
    for other in (pickle.loads(pickle.dumps(point)), copy.deepcopy(point), replace(point)):
        assert other == point
        assert other.note == "n"
    assert replace(point, x=3) == Point(3, 2, "l")
    with pytest.raises(TypeError):
        replace(point, z=3)


def test_a_record_is_matched_by_position() -> None:
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)


def test_the_command_starts_without_the_module_for_data_classes() -> None:
    code = "import sys, migrator.cli.run, migrator.documents.yaml.edits; print('dataclasses' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
