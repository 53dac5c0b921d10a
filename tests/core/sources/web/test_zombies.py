"""A killed process that its parent has not yet reaped holds no host up."""

import subprocess
import sys
import time

import psutil
import pytest

from core.sources.web.clients import is_alive


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no zombies")
def test_a_zombie_is_not_taken_for_a_client_at_work():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    client = f"{child.pid}:{psutil.Process(child.pid).create_time():.0f}:1"
    assert is_alive(client)
    child.kill()
    give_up = time.monotonic() + 30
    while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE and time.monotonic() < give_up:
        time.sleep(0.01)
    assert not is_alive(client)
    child.communicate()
