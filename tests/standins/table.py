"""A stand-in for servers that somebody's table of picture addresses names: plain pictures, and one of each content."""

import csv
import io
from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from PIL import Image

from tests.standins.contents import CONTENTS
from tests.standins.pictures import flat_picture, picture_answer, root
from tests.standins.server import Answer, Request

TABLE = "/pictures.csv"


@dataclass
class TableSite:
    """`/pictures.csv` lists them all: /pictures/NUMBER.jpg and /contents/NAME.jpg."""

    count: int
    size: tuple[int, int] = (400, 300)  # pixels
    licence: str = "CC0"
    contents: tuple[str, ...] = field(default_factory=lambda: tuple(CONTENTS))

    def answer(self, request: Request) -> Answer:
        folder, _, file = unquote(request.path).removeprefix("/").partition("/")
        name = file.removesuffix(".jpg")
        if request.path == TABLE:
            return Answer(200, self.table(root(request)).encode(), "text/csv; charset=utf-8")
        if folder == "pictures" and name.isdecimal() and int(name) < self.count:
            return picture_answer(int(name), *self.size)
        if folder == "contents" and name in self.contents:
            content = CONTENTS[name]
            with Image.open(io.BytesIO(flat_picture(self.count, *self.size))) as image:
                return Answer(200, content.make(image.convert("RGB")), content.content_type)
        return Answer(404, b"Not found", "text/plain")

    def table(self, base_url: str) -> str:
        """CSV with image_url, title and licence."""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(("image_url", "title", "licence"))
        for number in range(self.count):
            writer.writerow((f"{base_url}/pictures/{number}.jpg", f"Picture No. {number}", self.licence))
        for name in self.contents:
            writer.writerow((f"{base_url}/contents/{quote(name)}.jpg", name, self.licence))
        return text.getvalue()
