"""What a collection takes from the lab's settings before it begins."""

import pytest

from core.sources.collection import WebCollection
from core.sources.web.settings import HostSettings, WebSettings, write_web_settings

SETTINGS = {"source": "cleveland", "query": {}, "base_url": "http://127.0.0.1:9000"}


@pytest.mark.parametrize(("concurrency", "workers"), [(None, 4), (12, 12), (0, 16), (64, 32)])
def test_as_many_pictures_are_under_way_as_the_owner_allows(workspace, concurrency, workers):
    hosts = {"127.0.0.1:9000": HostSettings(concurrency=concurrency)}
    write_web_settings(workspace, WebSettings(hosts=hosts))
    assert WebCollection(workspace, SETTINGS).workers == workers


def test_settings_for_a_named_host_count_whatever_its_port(workspace):
    write_web_settings(workspace, WebSettings(hosts={"openaccess-cdn.clevelandart.org": HostSettings(concurrency=9)}))
    assert WebCollection(workspace, SETTINGS | {"base_url": ""}).workers == 10
