"""Which formats are read, and what a file is by its first bytes, whatever its name says."""

# format as Pillow names it -> suffix of the stored file. Nothing else is ever handed to a decoder.
FORMATS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png", "WEBP": "webp", "GIF": "gif", "TIFF": "tif", "BMP": "bmp"}
ACCEPTED = "JPEG, PNG, WebP, GIF, TIFF and BMP"
PICTURE_SUFFIXES = frozenset({"jpg", "jpeg", "jpe", "jfif", "png", "webp", "gif", "tif", "tiff", "bmp", "dib", "mpo"})


def sniff(head: bytes) -> str | None:
    """The format that the first bytes announce ("JPEG", "PNG", ...), or None if it is none that we read."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")):
        return "TIFF"
    if (
        head.startswith(b"BM")
        and len(head) >= 18
        and head[15:18] == b"\0\0\0"
        and head[14] in (12, 40, 52, 56, 64, 108, 124)
    ):
        return "BMP"
    return None


# beginnings of files that people mistake for pictures we can read
_FOREIGN = (
    ((b"<svg", b"<?xml"), "unsupported_format", "an SVG or XML drawing"),
    (
        (b"<!doctype", b"<html", b"<head", b"<body", b"<script"),
        "not_a_picture",
        "a web page, saved in place of a picture",
    ),
    ((b"%pdf",), "unsupported_format", "a PDF"),
    ((b"8bps",), "unsupported_format", "a Photoshop file"),
    ((b"pk\x03\x04",), "not_a_picture", "a zip archive"),
    ((b"{", b"["), "not_a_picture", "a JSON text"),
    ((b"version https://git-lfs",), "not_a_picture", "a Git LFS pointer, not the picture itself"),
)
_ISO_BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"msf1": "HEIC", b"avif": "AVIF", b"avis": "AVIF"}


def foreign(data: bytes) -> tuple[str, str]:
    """(reason code, sentence) for bytes that `sniff` does not know."""
    if data[4:8] == b"ftyp" and data[8:12] in _ISO_BRANDS:
        return "unsupported_format", f"This is {_ISO_BRANDS[data[8:12]]}; {ACCEPTED} are accepted."
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for beginnings, reason, words in _FOREIGN:
        if start.startswith(beginnings):
            return reason, f"This is {words}; {ACCEPTED} are accepted."
    return "not_a_picture", f"The content is no picture that we know; {ACCEPTED} are accepted."
