"""The commands about pretrained weights: which are here, fetching one on request, making a slim file, checking."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.cli_output import add_command, print_result, print_table, remark
from core.cli_style import stopped_by_interrupt
from core.errors import AtelierError, ConfigError
from core.workspace import Workspace

if TYPE_CHECKING:
    from core.pretrained import KnownFile


def list_weights(options: argparse.Namespace) -> None:
    rows = _rows(Workspace(), verify=False)
    print_table(options, rows, ("name", "file", "MB", "state", "lights up"), empty="")


def check_weights(options: argparse.Namespace) -> None:
    """Read every file that is here, whole."""
    rows = [row for row in _rows(Workspace(), verify=True) if row["path"]]
    print_table(
        options,
        rows,
        ("name", "file", "MB", "state", "path"),
        empty="No weights are here, so there is nothing to check.",
    )
    bad = [row["file"] for row in rows if row["is_bad"]]
    if bad:
        raise AtelierError(f"Not what their names say: {', '.join(bad)}. Remove them and get them again.")


def download_weights(options: argparse.Namespace) -> None:
    from core.style.download import download, target_of
    from core.style.weights import WeightsError, described, known_file

    workspace = Workspace().create()
    known = known_file(options.name)
    if not known.url:
        raise WeightsError(f"{known.name} cannot be had as one file. {known.licence}")
    target = target_of(known, workspace)
    remark(f"{described(known)}\n  from   {known.url}\n  to     {target}\n  terms  {known.licence or 'not known'}")
    remark(f"  check  {_check_words(known)}")
    if target.is_file():
        raise ConfigError(f"{target} is here already. Check it with: python -m core weights check")
    if not options.yes and not _agreed():
        raise ConfigError("Nothing was downloaded. Say yes, or add --yes.")
    with stopped_by_interrupt() as stop_requested:
        found = download(known, workspace, progress=_progress, stop_requested=stop_requested)
    value = {"path": str(found.path), "sha256": found.sha256, "verified": found.is_verified, "url": known.url}
    print_result(options, value, text=str(found.path))


def slim_weights(options: argparse.Namespace) -> None:
    from core.style.weights import known_file, make_slim

    given = Path(options.name).expanduser()
    is_file = given.suffix != "" and given.is_file()
    known = known_file(given.name if is_file else options.name)
    path = make_slim(known.key, given if is_file else None, workspace=Workspace().create())
    size = path.stat().st_size
    remark(f"{size / 1e6:,.1f} MB, of about {known.megabytes:,.1f}: the layers that restyling looks at")
    print_result(options, {"path": str(path), "bytes": size, "made_of": known.name}, text=str(path))


def _rows(workspace: Workspace, *, verify: bool) -> list[dict[str, Any]]:
    """Every file that we know, here or not, and after them those that are here and unknown to us."""
    from core.pretrained import KNOWN
    from core.style.weights import slim_name
    from core.system.weights import find_weights

    found = find_weights(workspace, verify=verify)
    slim = {slim_name(known): known for known in KNOWN if known.key}
    rows = []
    for known in KNOWN:
        here = [one for one in found if one.known is known]
        rows += [_row(known, one.path, one.verdict, one.bytes) for one in here]
        rows += [
            _row(known, one.path, _slim_verdict(known, one.path, workspace, verify=verify), one.bytes)
            for one in found
            if slim.get(one.path.name) is known
        ]
        if not here:
            rows.append(_row(known, None, "not here", int(known.megabytes * 1e6)))
    rows += [
        _row(None, one.path, "unknown to Atelier", one.bytes)
        for one in found
        if one.known is None and one.path.name not in slim
    ]
    return rows


def _row(known: "KnownFile | None", path: Path | None, state: str, size: int) -> dict[str, Any]:
    return {
        "name": known.key if known else "",
        "file": path.name if path else known.name if known else "",
        "MB": round(size / 1e6, 1),
        "state": state,
        "lights up": known.serves if known else "",
        "network": known.what if known else "",
        "path": str(path) if path else None,
        "url": known.url if known else "",
        "licence": known.licence if known else "",
        "is_bad": state.startswith("damaged"),
    }


def _slim_verdict(known: "KnownFile", path: Path, workspace: Workspace, *, verify: bool) -> str:
    """A slim file says what it was made of; the hash of its tensors says whether that still holds."""
    if not verify:
        return "slim, not checked yet"
    from core.style.weights import WeightsError, find, read_features

    try:
        found = find(known.key, path, workspace=workspace)
        if found is None or not found.origin_sha256:
            return "unverified"
        read_features(found, {})
    except WeightsError as error:
        return f"damaged or forged: {error}"
    return f"slim, of {found.origin_sha256[:8]}"


def _check_words(known: "KnownFile") -> str:
    if not known.sha256_start:
        return "its maker published no hash"
    return f"its SHA-256 has to begin with {known.sha256_start[:8]}, as published"


def _agreed() -> bool:
    """Whether a person at the terminal says so."""
    if not sys.stdin.isatty():
        return False
    sys.stderr.write("Download it? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if total and done >= total else ""
        of = f" of {total / 1e6:,.0f}" if total else ""
        sys.stderr.write(f"\r\033[K    {done / 1e6:,.0f}{of} MB{end}")
        sys.stderr.flush()


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """`weights list | download | slim | check`."""
    weights = commands.add_parser(
        "weights", help="pretrained weights: which are here, fetching, checking"
    ).add_subparsers(required=True, metavar="ACTION")
    add_command(weights, "list", list_weights, "list the files that Atelier knows, and which of them are here")
    add_command(weights, "check", check_weights, "read every file that is here, and compare it with what was published")
    get = add_command(weights, "download", download_weights, "fetch a published file, once you agreed to where from")
    get.add_argument("name", help="see: python -m core weights list")
    get.add_argument("--yes", action="store_true", help="agree to the download without being asked")
    slim = add_command(
        weights, "slim", slim_weights, "write the layers alone that restyling looks at: a tenth of the file"
    )
    slim.add_argument("name", help="a name of weights list, or the path of such a file")
