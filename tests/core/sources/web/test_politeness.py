"""How a client treats a host that is in trouble or refuses: back-off, pauses of the host, probes, giving up."""

import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from core.sources.artwork import ItemError, StoppedError
from core.sources.web.client import HostClosedError, HostWait, WebClient
from core.sources.web.memory import HostState, WebMemory
from core.workspace import Workspace
from tests.core.sources.web.conftest import FAST, Site, picture_answer, png
from tests.standins.server import Answer, Request, as_json

Make = Callable[..., WebClient]
IMPERVA = Answer(
    403,
    b"<html><head><script src='/_Incapsula_Resource?SWJIYLWA=719d'></script></head><body></body></html>",
    headers=(("X-Iinfo", "9-1-0"), ("Connection", "close")),
)
CLOUDFLARE = Answer(
    403,
    b"<html><title>Just a moment...</title></html>",
    headers=(("cf-mitigated", "challenge"), ("server", "cloudflare")),
)


def refusal(ask: Callable[[], object]) -> ItemError:
    with pytest.raises(ItemError) as caught:
        ask()
    return caught.value


def remembered(workspace: Workspace, site: Site) -> HostState:
    memory = WebMemory(workspace.data / "web.sqlite")
    try:
        return memory.host(site.netloc)
    finally:
        memory.close()


def alone_for(seconds: float, answer: Answer, then: Answer) -> Callable[[Request], Answer]:
    """A firewall that has had enough for a while from its first request on, and meanwhile refuses everything."""
    began: list[float] = []

    def serve(request: Request) -> Answer:
        began.append(request.at)
        return answer if request.at < began[0] + seconds else then

    return serve


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_server_error_is_tried_again(site: Site, client: Make, status: int) -> None:
    assert client().json(site.tell("/a", Answer(status), as_json(1))) == 1


def test_a_server_error_that_stays_is_told_after_the_attempts_of_the_policy(site: Site, client: Make) -> None:
    url = site.tell("/a", Answer(500))
    error = refusal(lambda: client(policy={"attempts": 4}).json(url))
    assert (error.reason, error.final, error.attempts, error.status) == ("server_error", False, 4, 500)
    assert len(site.asked("/a")) == 4


def test_a_retry_after_in_seconds_is_waited_for(site: Site, client: Make) -> None:
    url = site.tell("/a", Answer(429, headers=(("Retry-After", "1"),)), as_json(1))
    web = client(policy={"longest_pause_seconds": 5})
    assert web.json(url) == 1
    first, second = site.asked("/a")
    assert second.at - first.at >= 0.95


def test_a_retry_after_as_a_date_is_waited_for(site: Site, client: Make) -> None:
    def later(request: Request) -> Answer:
        date = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)  # whole seconds
        return Answer(503, headers=(("Retry-After", date),))

    url = site.tell("/a", later, as_json(1))
    assert client(policy={"longest_pause_seconds": 5}).json(url) == 1
    first, second = site.asked("/a")
    assert second.at - first.at >= 0.9


def test_a_retry_after_of_a_day_is_capped_and_what_it_asked_for_is_told(site: Site, client: Make) -> None:
    clients: list[WebClient] = []
    waits: list[HostWait] = []

    def look() -> bool:  # called while waiting
        waits.extend(wait for web in clients for wait in web.waiting())
        return False

    url = site.tell("/a", Answer(429, headers=(("Retry-After", "86400"),)), as_json(1))
    clients.append(client(stop_requested=look))
    assert clients[0].json(url) == 1
    assert "86,400 s" in waits[0].why
    assert waits[0].host == site.netloc
    assert 0 < waits[0].seconds <= FAST.longest_pause_seconds


def test_a_retry_after_holds_for_the_whole_host(site: Site, client: Make) -> None:
    url = site.tell("/a", Answer(429, headers=(("Retry-After", "1"),)), as_json(1))
    other = site.tell("/b", as_json(2))
    web = client(policy={"longest_pause_seconds": 5})
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(web.json, url)
        while not web.waiting():
            time.sleep(0.002)
        assert (pool.submit(web.json, other).result(), first.result()) == (2, 1)
    assert site.asked("/b")[0].at - site.asked("/a")[0].at >= 0.95


def test_a_429_without_retry_after_is_tried_again_and_halves_the_rate(
    site: Site, client: Make, workspace: Workspace
) -> None:
    url = site.tell("/a", Answer(429), as_json(1))
    assert client(policy={"requests_per_second": 400.0}).json(url) == 1
    assert remembered(workspace, site).rate == 200


def test_an_address_that_always_answers_429_fails_by_itself(site: Site, client: Make) -> None:
    """Commons answers 429 for widths that it does not make: it looks like a limit, and no back-off helps."""
    odd, good = site.tell("/odd", Answer(429)), site.tell("/good", as_json(1))
    web = client()
    error = refusal(lambda: web.json(odd))
    assert (error.reason, error.final, error.attempts) == ("rate_limited", False, 3)
    assert web.json(good) == 1


def test_a_challenge_pauses_the_host_and_marks_no_item(site: Site, client: Make) -> None:
    """A naive step counts a challenge page as a bad image: thousands of items marked bad for one block of the host."""
    good = picture_answer(png(1))
    blocked = alone_for(0.15, IMPERVA, good)
    urls = [site.tell(f"/{number}.png", blocked) for number in range(8)]
    web = client(policy={"pauses": 20})
    with ThreadPoolExecutor(4) as pool:
        pictures = list(pool.map(lambda url: web.picture([url]), urls))
    assert [picture.data for picture in pictures] == [png(1)] * 8
    refused = [request for request in site.server.seen if request.path != "/robots.txt"][: -len(urls)]
    assert len(refused) < 4 + 8  # those under way when it began, then single probes; not every item again and again


def test_while_a_host_pauses_one_probe_goes_and_the_others_wait(site: Site, client: Make) -> None:
    under_way, most = 0, 0
    lock = threading.Lock()
    blocked = True

    def serve(request: Request) -> Answer:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way if blocked else 0)
        time.sleep(0.01)
        with lock:
            under_way -= 1
        return CLOUDFLARE if blocked else as_json(1)

    trigger = site.tell("/trigger", CLOUDFLARE, as_json(1))
    urls = [site.tell(f"/{number}", serve) for number in range(6)]
    web = client(policy={"pauses": 30, "pause_seconds": 0.05})
    with ThreadPoolExecutor(7) as pool:
        pool.submit(web.json, trigger)
        while not web.waiting():
            time.sleep(0.001)
        waiting = [pool.submit(web.json, url) for url in urls]
        time.sleep(0.3)
        blocked = False
        assert [one.result() for one in waiting] == [1] * 6
    assert most == 1


def test_a_challenge_in_a_200_pauses_the_host_too(site: Site, client: Make) -> None:
    """A naive step trusts a 200: pages of firewalls are saved as .jpg."""
    page = replace(CLOUDFLARE, status=200, content_type="image/jpeg")
    web = client()
    assert web.picture([site.tell("/a.jpg", page, picture_answer(png(1)))]).data == png(1)
    assert web.json(site.tell("/a", replace(CLOUDFLARE, status=200), as_json(1))) == 1


def test_pauses_double_up_to_the_longest(site: Site, client: Make) -> None:
    url = site.tell("/a", *[IMPERVA] * 4, as_json(1))
    policy = {"pauses": 5, "pause_seconds": 0.05, "longest_pause_seconds": 0.15, "backoff_seconds": 0.0}
    assert client(policy=policy).json(url) == 1
    times = [request.at for request in site.asked("/a")]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert all(gap >= wanted for gap, wanted in zip(gaps, [0.05, 0.1, 0.15, 0.15], strict=True))


def test_a_challenge_that_asks_for_no_wait_pauses_the_host_all_the_same(site: Site, client: Make) -> None:
    hasty = replace(IMPERVA, headers=(*IMPERVA.headers, ("Retry-After", "0")))
    url = site.tell("/a", hasty, as_json(1))
    assert client(policy={"pause_seconds": 0.1, "longest_pause_seconds": 0.1}).json(url) == 1
    first, second = site.asked("/a")
    assert second.at - first.at >= 0.09


def test_a_refusal_halves_the_rate_and_the_next_client_remembers_that(
    site: Site, client: Make, workspace: Workspace
) -> None:
    client(policy={"requests_per_second": 400.0}).json(site.tell("/a", Answer(403), as_json(1)))
    assert remembered(workspace, site).rate == 200


def test_an_item_refused_three_times_while_others_go_well_is_refused_by_itself(site: Site, client: Make) -> None:
    """Met: a 403 is not retried at once; the host rests, and then a request for another item goes first."""
    bad, good = site.tell("/bad.png", Answer(403)), site.tell("/good.png", picture_answer(png(1)))
    web = client(policy={"pause_seconds": 0.4, "longest_pause_seconds": 0.4})
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(web.picture, [bad])
        while not web.waiting():
            time.sleep(0.001)
        while not first.done():
            assert pool.submit(web.picture, [good]).result().data == png(1)
        error = refusal(first.result)
    assert (error.reason, error.final, error.attempts) == ("forbidden", True, 3)
    assert [request.path for request in site.server.seen][1:4] == ["/bad.png", "/good.png", "/bad.png"]


def test_once_a_host_is_known_to_refuse_single_items_the_next_one_does_not_pause_it(
    site: Site, client: Make, workspace: Workspace
) -> None:
    web = client(policy={"pause_seconds": 0.4, "longest_pause_seconds": 0.4})
    good = site.tell("/good.png", picture_answer(png(1)))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(web.picture, [site.tell("/first.png", Answer(403))])
        while not web.waiting():
            time.sleep(0.001)
        while not first.done():
            web.picture([good])
        assert refusal(first.result).final
        web.picture([good])
        paused_at = remembered(workspace, site).paused_at
        second = pool.submit(web.picture, [site.tell("/second.png", Answer(403, delay_seconds=0.3))])
        while not site.asked("/second.png"):
            time.sleep(0.001)
        while not second.done():
            web.picture([good])
        assert refusal(second.result).final
    state = remembered(workspace, site)
    assert (state.paused_at, state.pauses) == (paused_at, 0)


def test_one_item_that_is_always_refused_fails_and_can_be_tried_again(site: Site, client: Make) -> None:
    error = refusal(lambda: client().json(site.tell("/a", Answer(403))))
    assert (error.reason, error.final, error.attempts) == ("forbidden", False, 1 + FAST.pauses)


def test_the_last_few_items_of_a_collection_fail_one_by_one_when_all_of_them_are_refused(
    site: Site, client: Make
) -> None:
    urls = [site.tell(f"/{number}", Answer(403)) for number in range(3)]
    web = client(policy={"pauses": 8, "pause_seconds": 0.002, "longest_pause_seconds": 0.004})
    assert web.json(site.tell("/good", as_json(1))) == 1
    with ThreadPoolExecutor(3) as pool:
        errors = [refusal(end.result) for end in [pool.submit(web.json, url) for url in urls]]
    assert {(error.reason, error.final) for error in errors} == {("forbidden", False)}
    assert web.json(site.tell("/another", as_json(1))) == 1


def test_of_many_items_that_are_all_refused_the_host_is_to_blame(site: Site, client: Make) -> None:
    urls = [site.tell(f"/{number}", Answer(403)) for number in range(30)]
    web = client(policy={"pauses": 6, "pause_seconds": 0.002, "longest_pause_seconds": 0.004})
    with ThreadPoolExecutor(4) as pool:
        ends = [pool.submit(web.json, url) for url in urls]
    assert any(isinstance(end.exception(), HostClosedError) for end in ends)


def test_a_host_that_refuses_everybody_closes_the_collection_with_what_to_do(site: Site, client: Make) -> None:
    urls = [site.tell(f"/{number}", IMPERVA) for number in range(3)]
    web = client()
    with ThreadPoolExecutor(3) as pool:
        ends = [pool.submit(web.json, url) for url in urls]
    closed = next(end.exception() for end in ends if isinstance(end.exception(), HostClosedError))
    assert re.search(r"Imperva.*3 pauses.*resume", str(closed))
    with pytest.raises(HostClosedError):
        web.json(site.tell("/another", as_json(1)))
    assert not site.asked("/another")


def test_who_resumes_after_a_host_was_closed_begins_at_once_with_one_request(
    site: Site, client: Make, workspace: Workspace
) -> None:
    urls = [site.tell(f"/{number}", IMPERVA) for number in range(3)]
    web = client(policy={"pauses": 1, "pause_seconds": 0.02, "longest_pause_seconds": 0.02})
    with ThreadPoolExecutor(3) as pool:
        ends = [pool.submit(web.json, url) for url in urls]
    assert any(isinstance(end.exception(), HostClosedError) for end in ends)
    state = remembered(workspace, site)
    assert state.pauses == 1
    assert state.paused_until <= time.time()
    assert client().json(site.tell("/another", as_json(1))) == 1


def test_a_host_that_the_collection_does_not_depend_on_fails_only_its_items(
    site: Site, other_site: Site, client: Make
) -> None:
    urls = [site.tell(f"/{number}", IMPERVA) for number in range(3)]
    web = client(
        policies={site.netloc: replace(FAST, essential=False), other_site.netloc: FAST},
        allowed_hosts=[site.netloc, other_site.netloc],
    )
    with ThreadPoolExecutor(3) as pool:
        errors = [refusal(end.result) for end in [pool.submit(web.json, url) for url in urls]]
    assert {(error.reason, error.final) for error in errors} == {("forbidden", False)}
    assert web.json(other_site.tell("/a", as_json(1))) == 1


def test_an_outage_pauses_the_host_before_its_items_are_marked(site: Site, client: Make) -> None:
    down = alone_for(0.2, Answer(503), as_json(1))
    urls = [site.tell(f"/{number}", down) for number in range(30)]
    web = client(policy={"pauses": 20, "attempts": 3})
    failed = 0
    with ThreadPoolExecutor(4) as pool:
        for end in [pool.submit(web.json, url) for url in urls]:
            failed += isinstance(end.exception(), ItemError)
    assert failed <= 4 + 4


def test_a_stop_ends_a_pause(site: Site, client: Make) -> None:
    stop = threading.Event()
    web = client(policy={"pause_seconds": 60, "longest_pause_seconds": 60}, stop_requested=stop.is_set)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(web.json, site.tell("/a", IMPERVA))
        while not web.waiting():
            time.sleep(0.002)
        stop.set()
        with pytest.raises(StoppedError):
            waiting.result(timeout=20)


def test_a_stop_ends_a_back_off(site: Site, client: Make) -> None:
    stop = threading.Event()

    def fail(request: Request) -> Answer:
        stop.set()
        return Answer(500)

    with pytest.raises(StoppedError):
        client(policy={"backoff_seconds": 3600, "longest_pause_seconds": 3600}, stop_requested=stop.is_set).json(
            site.tell("/a", fail)
        )


def test_a_redirect_to_a_login_is_a_refusal_and_the_login_is_not_asked(site: Site, client: Make) -> None:
    login = site.tell("/login", Answer(200, b"<html>Name, password</html>"))
    error = refusal(lambda: client().json(site.tell("/a", Answer(302, headers=(("Location", login),)))))
    assert (error.reason, error.final) == ("forbidden", False)
    assert not site.asked("/login")


def test_a_redirect_to_another_host_is_followed_at_the_pace_of_that_host_and_without_our_headers(
    site: Site, other_site: Site, client: Make
) -> None:
    url = site.tell("/a.png", Answer(302, headers=(("Location", other_site.tell("/b.png", picture_answer(png(1)))),)))
    web = client(
        policies={site.netloc: FAST, other_site.netloc: replace(FAST, headers={"X-Other": "1"})},
        allowed_hosts=[site.netloc, other_site.netloc],
    )
    found = web.picture([url], headers={"X-Key": "secret"})
    assert (found.data, found.url, found.attempts) == (png(1), url, 2)
    [request] = other_site.asked("/b.png")
    assert "x-key" not in request.headers
    assert request.headers["x-other"] == "1"
    assert len(other_site.asked("/robots.txt")) == 1
    assert web.requests == {site.netloc: 2, other_site.netloc: 2}


def test_a_redirect_to_a_host_that_is_not_allowed_leads_nowhere(site: Site, other_site: Site, client: Make) -> None:
    canary = other_site.tell("/b.png", picture_answer(png(1)))
    error = refusal(lambda: client().picture([site.tell("/a.png", Answer(302, headers=(("Location", canary),)))]))
    assert (error.reason, error.final) == ("address", True)
    assert not other_site.server.seen


def test_a_redirect_in_a_circle_is_told_as_one(site: Site, client: Make) -> None:
    url = site.tell("/a.png", Answer(302, headers=(("Location", "/b.png"),)))
    site.tell("/b.png", Answer(302, headers=(("Location", "/a.png"),)))
    error = refusal(lambda: client().picture([url]))
    assert (error.reason, error.final, error.attempts) == ("redirects", True, 2)


def test_more_than_five_redirects_are_too_many(site: Site, client: Make) -> None:
    for number in range(9):
        site.tell(f"/{number}", Answer(302, headers=(("Location", f"/{number + 1}"),)))
    error = refusal(lambda: client().json(site.server.url + "/0"))
    assert (error.reason, error.attempts) == ("redirects", 6)


def test_a_redirected_path_that_robots_txt_disallows_is_not_asked_for(site: Site, client: Make) -> None:
    site.tell("/robots.txt", Answer(200, b"User-agent: *\nDisallow: /b\n", "text/plain"))
    site.tell("/b", as_json(1))
    error = refusal(lambda: client().json(site.tell("/a", Answer(302, headers=(("Location", "/b"),)))))
    assert error.reason == "robots"
    assert not site.asked("/b")
