"""Real pictures in a lab, as a collect job leaves them: original, thumbnail and a line of a ledger."""

import hashlib

from core.images import inspect
from tests.core.catalog.ledgers import Jobs


def collect_pictures(jobs: Jobs, collection: str, pictures: dict[str, bytes], **artwork: str) -> dict[str, str]:
    """File name -> sha256 of what was collected; the catalog has not read the ledger yet."""
    rows, hashes = [], {}
    for name, data in pictures.items():
        inspection = inspect(data)
        sha256 = hashes[name] = hashlib.sha256(data).hexdigest()
        facts = inspection.facts.to_json()
        original, thumbnail = jobs.workspace.image(sha256, facts["suffix"]), jobs.workspace.thumb(sha256)
        for path, content in ((original, data), (thumbnail, inspection.thumbnail)):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        rows.append(jobs.stored(name, 1, title=name, **artwork) | {"sha256": sha256, "facts": facts})
    jobs.collect(collection, rows)
    return hashes
