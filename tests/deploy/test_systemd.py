"""The units are what systemd understands, and as closed as they claim."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.deploy.conftest import DEPLOY, settings_of

UNITS = ("atelier.service", "atelier-raters.service")
MOST_EXPOSED = {"atelier.service": 3.0, "atelier-raters.service": 1.5}  # of systemd's own scale, 10 being wide open


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """As in deploy/, but with a program that exists here."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed here (Debian: apt-get install systemd)")
    for name in UNITS:
        text = (DEPLOY / "systemd" / name).read_text()
        (tmp_path / name).write_text(text.replace("/opt/atelier/.venv/bin/python", "/usr/bin/env"))
    return tmp_path


def test_systemd_finds_nothing_wrong_with_the_units(units):
    checked = subprocess.run(
        ["systemd-analyze", "verify", *(str(units / name) for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("name", UNITS)
def test_the_units_are_hardened(units, name):
    asked = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(units / name)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"Overall exposure level for .*: ([\d.]+)", asked.stdout)
    assert found, asked.stdout + asked.stderr
    assert float(found[1]) <= MOST_EXPOSED[name]


def test_the_raters_unit_sees_the_studies_and_speaks_with_the_proxy_alone():
    lines = (DEPLOY / "systemd" / "atelier-raters.service").read_text().splitlines()
    assert "BindPaths=/var/lib/atelier/data/studies" in lines
    assert any(line.startswith("TemporaryFileSystem=/var/lib/atelier") for line in lines)
    assert "IPAddressDeny=any" in lines
    allowed = [line.partition("=")[2] for line in lines if line.startswith("IPAddressAllow=")]
    assert allowed == [settings_of("raters")["STREAMLIT_SERVER_ADDRESS"]]
    assert settings_of("lab")["STREAMLIT_SERVER_ADDRESS"] not in allowed
