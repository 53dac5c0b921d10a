"""Which code a job was asked with, so that a result can be traced to it."""

import functools
from pathlib import Path

import core

_GIT = Path(__file__).resolve().parents[2] / ".git"


def code_version() -> dict[str, str]:
    """{"version": "0.2.0", "commit": "9f2c..." or "" outside a checkout}."""
    return {"version": core.__version__, "commit": _commit(_GIT)}


@functools.cache
def _commit(git: Path) -> str:
    """The checked-out commit, read from git's own files: starting git costs more than a job's whole request."""
    try:
        if git.is_file():  # a linked worktree names its real folder
            git = (git.parent / git.read_text().partition("gitdir:")[2].strip()).resolve()
        head = (git / "HEAD").read_text().strip()
        if not head.startswith("ref:"):
            return head
        name = head.partition(":")[2].strip()
        common = git / "commondir"
        shared = (git / common.read_text().strip()).resolve() if common.exists() else git
        for folder in (git, shared):
            if (folder / name).exists():
                return (folder / name).read_text().strip()
        for line in (shared / "packed-refs").read_text().splitlines():
            commit, _, packed = line.partition(" ")
            if packed == name:
                return commit
    except OSError:
        pass  # no checkout, or one we may not read: the version alone must do
    return ""
