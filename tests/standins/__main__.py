"""A stand-in to try the real client against, by hand:

    python -m tests.standins cleveland --port 9000 --faults 0.05 &
    python -m core collect cleveland --query landscape --limit 50 --base-url http://127.0.0.1:9000

`pictures` serves a table of addresses: save http://127.0.0.1:9000/pictures.csv, and collect that file.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from urllib.parse import unquote

from tests.standins.faults import FAULTS, Faulty, by_chance
from tests.standins.limits import BLOCKS, ROBOTS, AfterBurst, Responder, Robots, slow_down
from tests.standins.server import Answer, Request, StandIn

_SUFFIXES = (".jpg", ".jpeg", ".png", ".tif")
_ELSEWHERE = "127.0.0.2"  # loopback everywhere but on macOS, where it has to be set up first


def _wikiart(count: int) -> Responder:
    from tests.standins.wikiart import WikiArtSite, catalogue

    return WikiArtSite(catalogue(count)).answer


def _met(count: int) -> Responder:
    from tests.standins.met import MetSite, catalogue

    return MetSite(catalogue(count)).answer


def _cleveland(count: int) -> Responder:
    from tests.standins.cleveland import ClevelandSite, catalogue

    return ClevelandSite(catalogue(count)).answer


def _artic(count: int) -> Responder:
    from tests.standins.artic import ArticSite, catalogue

    return ArticSite(catalogue(count)).answer


def _pictures(count: int) -> Responder:
    from tests.standins.table import TableSite

    return TableSite(count).answer


SITES: dict[str, Callable[[int], Responder]] = {
    "wikiart": _wikiart,
    "met": _met,
    "cleveland": _cleveland,
    "artic": _artic,
    "pictures": _pictures,
}


def picture_asked_for(request: Request) -> str | None:
    """What all renditions of one picture have in common in their paths, at any of the museums; None: no picture."""
    path = unquote(request.path)
    bare = path.partition("!")[0]
    if not path.lower().endswith(_SUFFIXES):
        return None
    if path.startswith("/iiif/"):
        return path.split("/")[3]
    if path.endswith(("_web.jpg", "_print.jpg", "_full.tif")):
        return path.split("/")[1]
    if path.startswith("/CRDImages/"):  # the Met: the same file in folders named after sizes
        return path.rsplit("/", 1)[1]
    return bare


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.standins", description="A stand-in for a museum, on this machine only."
    )
    parser.add_argument("site", choices=SITES)
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--works", type=int, default=1_000)
    parser.add_argument("--faults", type=float, default=0.0, metavar="SHARE", help="of the pictures: 0.05 is 5 percent")
    parser.add_argument("--seed", type=int, default=0, help="other pictures have the faults")
    parser.add_argument("--block", choices=BLOCKS, help="refuse for a while after 30 requests in one second")
    parser.add_argument(
        "--slow-down", action="store_true", help="429 beyond 5 requests in one second, with Retry-After"
    )
    parser.add_argument("--robots", action="store_true", help="a robots.txt with Disallow, Crawl-delay and Sitemap")
    parser.add_argument("--list-faults", action="store_true", help="name all faults and what becomes of the items")
    options = parser.parse_args()
    if options.list_faults:
        for fault in FAULTS.values():
            print(f"{fault.name:52} {fault.state:8} {fault.reason}")
        return
    answer = SITES[options.site](options.works)
    with ExitStack() as stack:
        if options.faults:
            elsewhere = stack.enter_context(StandIn(answer, host=_ELSEWHERE))
            fault_of = by_chance(options.faults, seed=options.seed)
            answer = Faulty(answer, picture_asked_for, fault_of, elsewhere=elsewhere.url)
            print(
                f"Some pictures are redirected to {elsewhere.netloc}: allow that host in data/web.json, or see why not."
            )
        if options.block:
            answer = AfterBurst(30, 1.0, 30.0, BLOCKS[options.block])(answer)
        if options.slow_down:
            answer = slow_down(5, 1.0, retry_after="seconds")(answer)
        if options.robots:
            answer = Robots(ROBOTS)(answer)
        counts: Counter[int] = Counter()

        def counted(request: Request) -> Answer:
            given = answer(request)
            counts[given.status] += 1
            return given

        server = stack.enter_context(StandIn(counted, port=options.port))
        print(f"The stand-in for {options.site} answers at {server.url}; Ctrl-C ends it.", flush=True)
        _report(counts)


def _report(counts: Counter[int]) -> None:
    """What was answered, every few seconds in which something was, until Ctrl-C."""
    told = 0
    try:
        while True:
            time.sleep(5)
            if (total := sum(counts.values())) != told:
                told = total
                each = ", ".join(f"{count:,} with {status}" for status, count in sorted(counts.items()))
                print(f"{total:,} requests answered: {each}", flush=True)
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    main()
