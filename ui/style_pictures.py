"""Pictures of a job's folder on the page."""

import base64
from pathlib import Path


def data_url(path: Path) -> str:
    """A small WebP for st.image as it is, without another encoding; "" while there is none."""
    try:
        data = path.read_bytes()
    except OSError:
        return ""
    return f"data:image/webp;base64,{base64.b64encode(data).decode()}"
