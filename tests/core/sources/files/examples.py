"""Small examples of the datasets that people have, as {"path": content}; and ways to lay them on disk."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from tests.core.sources.conftest import picture

Files = dict[str, bytes]

ARTBENCH_STYLES = (
    *("art_nouveau", "baroque", "expressionism", "impressionism", "post_impressionism"),
    *("realism", "renaissance", "romanticism", "surrealism", "ukiyo_e"),
)


def lay(files: Mapping[str, bytes], place: Path, kind: str = "folder") -> Path:
    """Lay an example on disk as "folder", "zip", "tar" or "tar.gz"; returns what to open."""
    place.mkdir(parents=True, exist_ok=True)
    if kind == "folder":
        for key, data in files.items():
            (place / key).parent.mkdir(parents=True, exist_ok=True)
            (place / key).write_bytes(data)
        return place
    path = place / f"dataset.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for key, data in files.items():
                archive.writestr(key, data)
        return path
    with tarfile.open(path, "w:gz" if kind == "tar.gz" else "w") as archive:
        for key, data in files.items():
            member = tarfile.TarInfo(key)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def lines(*rows: str) -> bytes:
    return "\n".join([*rows, ""]).encode()


def artbench(root: str = "artbench-10-imagefolder-split/", *, splits: bool = True, table: bool = True) -> Files:
    """Ten styles, of each two pictures to train and one to test; every second has a row in the table."""
    files: Files = {}
    rows = ["name,artist,url,is_public_domain,length,width,label,split,cifar_index"]
    for number, style in enumerate(ARTBENCH_STYLES):
        for place, split in enumerate(("train", "train", "test")):
            name = f"painter-{number}_work-{place}-18{number}{place}.jpg"
            files[f"{root}{f'{split}/' if splits else ''}{style}/{name}"] = picture(number * 3 + place, "JPEG")
            if place != 1:
                free = number % 2 == 0
                rows.append(f"{name},painter-{number},https://x.example/{name},{free},300,200,{style},{split},{number}")
    return files | ({"ArtBench-10.csv": lines(*rows)} if table else {})
