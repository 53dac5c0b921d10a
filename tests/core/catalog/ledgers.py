"""Ledgers as collect jobs write them."""

import hashlib
from typing import Any

from core.catalog.catalog import Catalog
from core.catalog.ingest import IngestReport, ingest_pending
from core.files import JsonLines, write_json
from core.workspace import Workspace, slug


def sha(picture: int | str) -> str:
    """The hash of an invented picture."""
    return hashlib.sha256(str(picture).encode()).hexdigest()


class Jobs:
    """Collect jobs of one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.made = 0

    def stored(
        self,
        source_id: str,
        picture: int,
        *,
        source: str = "folder",
        width: int = 320,
        height: int = 240,
        **artwork: Any,
    ) -> dict[str, Any]:
        record = {
            **dict.fromkeys(("title", "artist", "date", "style", "genre", "licence", "page_url", "image_url"), ""),
            "tags": [],
            "metadata": {},
            "synthetic": False,
            **artwork,
        }
        return {
            "source": source,
            "source_id": source_id,
            "state": "stored",
            "reason": "",
            "detail": "",
            "sha256": sha(picture),
            "artwork": record,
            "facts": {
                "suffix": "jpg",
                "format": "JPEG",
                "width": width,
                "height": height,
                "bytes": 1000 + picture,
                "phash": f"{picture:x}".rjust(16, "f"),
                "measures": {"brightness": picture / 10, "deviation": 20.0},
                "palette": ["#102030", "#405060"],
            },
            "at": "2026-11-21T10:00:00+00:00",
        }

    def refused(self, source_id: str, reason: str = "truncated", detail: str = "It ends early.") -> dict[str, Any]:
        return {
            "source": "folder",
            "source_id": source_id,
            "state": "refused",
            "reason": reason,
            "detail": detail,
            "at": "2026-11-21T10:00:00+00:00",
        }

    def collect(self, collection: str, rows: list[dict[str, Any]], *, kind: str = "collect") -> JsonLines:
        """A job folder with its request and a ledger of these rows; returns the ledger."""
        self.made += 1
        folder = self.workspace.job(f"20261121-1000{self.made:02d}-{slug(collection)}")
        write_json(folder / "job.json", {"kind": kind, "settings": {"collection": collection}})
        ledger = JsonLines(folder / "ledger.jsonl")
        ledger.append(*rows)
        return ledger

    def ingest(self, catalog: Catalog) -> IngestReport:
        return ingest_pending(catalog, self.workspace)
