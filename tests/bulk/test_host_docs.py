"""`docs/writing-a-host.md` shows the very toy that the tests take through a campaign."""

from __future__ import annotations

import re
from pathlib import Path

from migrator.bulk.host import Host, Kind
from tests.places import ROOT

PAGE = (ROOT / "docs" / "writing-a-host.md").read_text("utf-8")
TOY = Path(__file__).parent / "toys" / "shelf"


def test_the_page_shows_the_toy() -> None:
    shown = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert shown == [(TOY / name).read_text("utf-8") for name in ("__init__.py", "host.py")]


def test_what_the_page_names_is_there() -> None:
    from migrator.bulk import contents, kinds, ours, states
    from migrator.services import budget, faults

    for module, name in ((kinds, "also_in"), (budget, "again"), (contents, "new_files"), (ours, "trailers")):
        assert hasattr(module, name)
        assert module.__name__ in PAGE or name in PAGE
    for name in re.findall(r"`KIND\.(\w+)`", PAGE):
        assert name in Kind.__annotations__
    for name in ("push", "merge", "follow", "resume"):
        assert f"`{name}`" in PAGE
        assert hasattr(Host, name)
    for module, name in ((states, "RepositoryError"), (states, "CampaignError"), (faults, "Fault")):
        assert hasattr(module, name)
