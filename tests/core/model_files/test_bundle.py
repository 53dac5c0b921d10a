"""The source of a class alone, taken out of a package."""

import sys
from pathlib import Path

import pytest

from core.model_files import bundle


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An importable package "paint" that counts as ours."""
    folder = tmp_path / "paint"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(bundle, "_PACKAGE", "paint")
    bundle._parsed.cache_clear()
    yield folder
    bundle._parsed.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "paint"]:
        del sys.modules[name]


def made(source: str) -> dict:
    names: dict = {"__name__": "made"}
    exec(compile(source, "made", "exec"), names)
    return names


def test_only_what_is_needed_is_taken_and_nothing_of_ours_is_imported(package: Path):
    (package / "colours.py").write_text(
        "import math\n\n# warm\nRED = 1\nBLUE = 2\n\n\ndef unused():\n    return math\n"
    )
    (package / "brush.py").write_text(
        "import json\nfrom paint.colours import BLUE, RED\n\n\n"
        "class Brush:\n    colour = RED\n\n\nclass Other:\n    pass\n"
    )
    source = bundle.bundled_source(["paint.brush:Brush"])
    assert made(source)["Brush"].colour == 1
    assert "# warm" in source
    assert not any(word in source for word in ("import", "BLUE", "unused", "Other"))


def test_modules_and_other_names_are_resolved(package: Path):
    (package / "colours.py").write_text("def mix(n):\n    return 2 * n\n\n\ndef shade(n):\n    return n + 1\n")
    (package / "brush.py").write_text(
        "from paint import colours as c\nfrom paint.colours import shade as darker\n\n\n"
        'def draw(n):\n    return "é", c.mix(n) + darker(n)\n'
    )
    source = bundle.bundled_source(["paint.brush:draw"])
    assert made(source)["draw"](3) == ("é", 10)
    assert 'return "é", mix(n) + shade(n)' in source


def test_a_base_class_stands_before_what_is_made_of_it(package: Path):
    (package / "base.py").write_text("class Base:\n    size = 3\n")
    (package / "more.py").write_text("from paint.base import Base\n\n\nLIMIT = 1\n\n\nclass More(Base):\n    pass\n")
    (package / "top.py").write_text("from paint.more import LIMIT, More\n\n\nclass Top(More):\n    limit = LIMIT\n")
    assert made(bundle.bundled_source(["paint.top:Top"]))["Top"].size == 3


def test_two_things_of_one_name_are_not_mixed_up(package: Path):
    (package / "a.py").write_text("def _norm():\n    return 1\n\n\ndef first():\n    return _norm()\n")
    (package / "b.py").write_text(
        "from paint.a import first\n\n\ndef _norm():\n    return 2\n\n\ndef both():\n    return first() + _norm()\n"
    )
    with pytest.raises(ValueError, match="_norm is defined in"):
        bundle.bundled_source(["paint.b:both"])
