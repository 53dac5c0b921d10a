"""A printable poster of a study: what it is, how long it takes, and the link as a QR code.

One HTML file that needs nothing else: fonts are the reader's own, so that every language prints, and a browser makes
paper or PDF of it.
"""

import html
import io

import segno

from core.studies.study import Study

_PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>
@page {{ size: A4; margin: 18mm; }}
body {{ margin: 0 auto; max-width: 174mm; padding: 12mm 0; text-align: center; color: #26221d; background: #fff;
       font-family: Georgia, "Noto Serif", serif; }}
h1 {{ font-size: 34pt; line-height: 1.15; margin: 0 0 8mm; }}
p {{ font-size: 15pt; line-height: 1.45; margin: 0 0 6mm; white-space: pre-line; }}
.code svg {{ width: 92mm; height: 92mm; }}
.link {{ font: 10.5pt/1.4 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }}
@media print {{ body {{ padding: 0; }} }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{question}</p>
<div class="code">{code}</div>
<p class="link">{url}</p>
<p>{instructions}</p>
</body>
</html>
"""


def poster(study: Study, url: str, language: str = "") -> str:
    """The poster as HTML, in one of the study's languages (the first one where it is not offered)."""
    wording = study.design.wording(language)
    return _PAGE.format(
        language=html.escape(language or study.design.languages[0]),
        title=html.escape(study.title),
        question=html.escape(wording.question),
        instructions=html.escape(wording.instructions),
        code=qr_svg(url),
        url=html.escape(url),
    )


def qr_svg(url: str) -> str:
    """The link as an SVG element. Error correction Q: a quarter may be covered or torn."""
    buffer = io.BytesIO()
    segno.make(url, micro=False, error="q").save(buffer, kind="svg", border=3, xmldecl=False, svgns=True, scale=4)
    return buffer.getvalue().decode()


def qr_png(url: str) -> bytes:
    """The link as a PNG, for the screen."""
    buffer = io.BytesIO()
    segno.make(url, micro=False).save(buffer, kind="png", scale=6, border=3)
    return buffer.getvalue()


def embedding(study: Study, url: str) -> str:
    """HTML that shows the study in another page. url: a rating link made for embedding."""
    return (
        f'<iframe src="{html.escape(url)}" title="{html.escape(study.title)}" width="100%" height="760" '
        'style="border: 0" referrerpolicy="no-referrer"></iframe>'
    )
