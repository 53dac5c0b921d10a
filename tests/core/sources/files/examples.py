"""Small examples of the datasets that people have, as {"path": content}; and ways to lay them on disk."""

import io
import json
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


def wikiart_artgan(root: str = "wikiart/") -> Files:
    """The refined release: folders by style, and lists of what to train and to test with."""
    names = (
        "Abstract_Expressionism/aaron-siskind_acolman-1-1955.jpg",
        "Action_painting/jackson-pollock_number-8-detail.jpg",
        "Color_Field_Painting/mark-rothko_no-61-1953.jpg",
        "Color_Field_Painting/grã©goire-michonze_untitled-1964.jpg",
        "Ukiyo_e/katsushika-hokusai_the-great-wave-1831.jpg",
    )
    return {f"{root}{name}": picture(200 + number, "JPEG") for number, name in enumerate(names)} | {
        "style_class.txt": lines(
            "0 Abstract_Expressionism", "1 Action_painting", "6 Color_Field_Painting", "26 Ukiyo_e"
        ),
        "style_train.csv": lines(f"{names[0]},0", f"{names[2]},6", f"{names[3]},6"),
        "style_val.csv": lines(f"{names[4]},26"),
        "genre_train.csv": lines(f"{names[4]},4"),
    }


def wikiart_kaggle(root: str = "") -> Files:
    """Kaggle's copy: folders at the top, classes.csv in words and wclasses.csv in numbers of one shared space."""
    names = (
        "Abstract_Expressionism/jackson-pollock_number-8-detail.jpg",
        "Action_painting/jackson-pollock_number-8-detail.jpg",
        "Impressionism/claude-monet_water-lilies-1916.jpg",
        "Realism/grã©goire-michonze_untitled-1964.jpg",
    )
    both = "\"['Abstract Expressionism', 'Action painting']\""
    pictures = [210, 210, 212, 213]  # the first two are the same
    return {f"{root}{name}": picture(pictures[number], "JPEG") for number, name in enumerate(names)} | {
        f"{root}classes.csv": lines(
            "filename,artist,genre,description,phash,width,height,genre_count,subset",
            f"{names[0]},jackson pollock,{both},number-8-detail,aa,10,20,2,train",
            f"{names[1]},jackson pollock,{both},number-8-detail,aa,10,20,2,train",
            f"{names[2]},claude monet,['Impressionism'],water-lilies-1916,bb,10,20,1,test",
            f"{names[3]},grã©goire michonze,['Realism'],untitled-1964,cc,10,20,1,uncertain artist",
        ),
        f"{root}wclasses.csv": lines(
            "file,artist,genre,style",
            f"{names[0]},0,129,140",
            f"{names[1]},0,129,141",
            f"{names[2]},4,133,152",
            f"{names[3]},0,139,161",
        ),
    }


def metadata_folder() -> Files:
    """Hugging Face's image folder: a table for each split, beside its pictures."""
    return {
        "train/0001.jpg": picture(301, "JPEG"),
        "train/sub/0002.png": picture(302),
        "test/0001.jpg": picture(303, "JPEG"),
        "train/metadata.csv": lines(
            "file_name,text,artist,style,genre,label,license",
            "0001.jpg,a quiet sea,claude-monet,impressionism,landscape,sea,cc0-1.0",
            'sub/0002.png,"red, on red",Mark Rothko,Color_Field_Painting,Unknown Genre,red,',
        ),
        "test/metadata.csv": lines(
            "file_name,text,artist,style,genre,label,license",
            "0001.jpg,a wave,katsushika-hokusai,ukiyo_e,landscape,sea,public domain",
        ),
    }


def wikiart_by_id() -> Files:
    """A download by content ids: images/{artist}/{year}/{contentId}.jpg."""
    long_id = 9223372032559883368
    monet = [
        {
            "title": "Water Lilies",
            "contentId": long_id,
            "artistContentId": 211667,
            "artistName": "Claude Monet",
            "completitionYear": 1916,
            "yearAsString": "1916",
            "width": 600,
            "image": "https://uploads.example/images/claude-monet/water-lilies-1916.jpg!Large.jpg",
            "genre": "flower painting",
            "style": "Impressionism, Post-Impressionism",
            "tags": "water, flowers",
            "galleryName": "Musée",
            "sizeX": 89.5,
            "sizeY": 0.0,
        },
        {"title": "Haystacks", "contentId": long_id + 1, "artistName": "Claude Monet", "completitionYear": None},
    ]
    return {
        "meta/artists.json": json.dumps([{"artistName": "Claude Monet", "url": "claude-monet"}]).encode(),
        "meta/claude-monet.json": json.dumps(monet).encode(),
        f"images/claude-monet/1916/{long_id}.jpg": picture(401, "JPEG"),
        f"images/claude-monet/unknown-year/{long_id + 1}.jpg": picture(402, "JPEG"),
        "images/katsushika-hokusai/1831/77.jpg": picture(403, "JPEG"),
    }


def wikiart_by_slug() -> Files:
    """A download by works' names: painting/image/{artist}/{slug}.jpg, with records of the newer interface."""
    rothko = [
        {
            "id": "57726f1eedc2cb3880b7d8e2",
            "title": "No. 61 (Rust and Blue)",
            "url": "no-61-rust-and-blue",
            "artistName": "Mark Rothko",
            "completitionYear": 1953,
            "styles": ["Color Field Painting"],
            "genres": ["abstract"],
            "tags": [],
            "media": ["oil", "canvas"],
            "period": {"id": "1", "title": "Mature"},
        }
    ]
    return {
        "painting/meta/mark-rothko.json": json.dumps(rothko).encode(),
        "painting/image/mark-rothko/no-61-rust-and-blue.jpg": picture(411, "JPEG"),
        "painting/image/mark-rothko/untitled-1968.jpg": picture(412, "JPEG"),
    }


def abstract_gallery() -> Files:
    """Two halves of one upload, each in a folder within a folder of the same name."""
    return {
        f"{part}/{part}/Abstract_image_{number}.jpg": picture(number, "JPEG")
        for part, number in (("Abstract_gallery", 0), ("Abstract_gallery", 1), ("Abstract_gallery_2", 2782))
    }


def webdataset_shard(first: int = 0) -> Files:
    """Two pictures with their records, one with a caption only, as they stand in one tar archive."""
    record = {"title": "Sea", "artist": "claude-monet", "tags": ["blue, pale", "sea"], "year": 1891}
    return {
        f"{first:04d}.jpg": picture(first, "JPEG"),
        f"{first:04d}.json": json.dumps(record).encode(),
        f"{first + 1:04d}.png": picture(first + 1),
        f"{first + 1:04d}.json": json.dumps({"label": "harbour", "license": "CC0"}).encode(),
        f"{first + 2:04d}.jpg": picture(first + 2, "JPEG"),
        f"{first + 2:04d}.txt": b"a boat at noon",
    }
