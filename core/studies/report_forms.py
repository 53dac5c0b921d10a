"""What a report is made of, plain paragraphs and tables, and the forms it takes: Markdown, and a page that needs no
other file."""

import html
import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Table:
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Section:
    heading: str
    paragraphs: tuple[str, ...] = ()  # plain text
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Bar:
    """One condition in the figure."""

    name: str
    value: float
    low: float
    high: float
    text: str


@dataclass(frozen=True)
class Report:
    title: str
    subtitle: str
    sections: tuple[Section, ...]
    figure_title: str
    bars: tuple[Bar, ...] = field(default=())


def as_markdown(made: Report) -> str:
    lines = [f"# {_markdown(made.title)}", "", _markdown(made.subtitle), ""]
    for section in made.sections:
        lines += [f"## {_markdown(section.heading)}", ""]
        for paragraph in section.paragraphs:
            lines += [_markdown(paragraph), ""]
        for table in section.tables:
            lines += ["| " + " | ".join(map(_markdown, table.head)) + " |", "|" + "---|" * len(table.head)]
            lines += ["| " + " | ".join(map(_markdown, row)) + " |" for row in table.rows]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def as_html(made: Report) -> str:
    """A page without scripts, that loads nothing from anywhere; prints on paper."""
    parts = [f"<h1>{html.escape(made.title)}</h1>", f'<p class="quiet">{html.escape(made.subtitle)}</p>']
    for number, section in enumerate(made.sections):
        parts.append(f"<h2>{html.escape(section.heading)}</h2>")
        parts += [f"<p>{html.escape(paragraph)}</p>" for paragraph in section.paragraphs]
        if number == 0 and made.bars:
            parts.append(_figure(made))
        for table in section.tables:
            head = "".join(f"<th>{html.escape(cell)}</th>" for cell in table.head)
            rows = "".join(
                "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows
            )
            parts.append(f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>')
    return _PAGE.format(title=html.escape(made.title), body="\n".join(parts))


def _markdown(text: str) -> str:
    """Plain text, so that nothing that people wrote becomes markup, a link or a cell of its own."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(text.split()))


def _figure(made: Report) -> str:
    """Points with their intervals as inline SVG."""
    low, high = min(bar.low for bar in made.bars), max(bar.high for bar in made.bars)
    margin = 0.12 * (high - low) or 0.5
    low, high = low - margin, high + margin
    left, width, line = 170, 640, 34

    def x(value: float) -> float:
        return left + (value - low) / (high - low) * (width - left - 20)

    rows = []
    for number, bar in enumerate(made.bars):
        y = 26 + number * line
        rows.append(
            f'<text x="{left - 12}" y="{y + 4}" text-anchor="end">{html.escape(_shortened(bar.name))}</text>'
            f'<line x1="{x(bar.low):.1f}" x2="{x(bar.high):.1f}" y1="{y}" y2="{y}" stroke="#c2452d" stroke-width="3"/>'
            f'<circle cx="{x(bar.value):.1f}" cy="{y}" r="5.5" fill="#c2452d"/>'
            f'<text x="{x(bar.value):.1f}" y="{y - 10}" text-anchor="middle" font-weight="600">'
            f"{html.escape(bar.text)}</text>"
        )
    height = 26 + len(made.bars) * line
    label = html.escape(f"{made.figure_title}: " + "; ".join(f"{bar.name} {bar.text}" for bar in made.bars), quote=True)
    return (
        f'<figure><svg viewBox="0 0 {width} {height}" role="img" aria-label="{label}">{"".join(rows)}</svg>'
        f"<figcaption>{html.escape(made.figure_title)}</figcaption></figure>"
    )


def _shortened(name: str, longest: int = 22) -> str:
    return name if len(name) <= longest else name[: longest - 1] + "…"


_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; --text: #26221d; --paper: #fbf9f5; --line: #ddd5c8; --quiet: #6b645a; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --text: #ede8e0; --paper: #171513; --line: #3a352f; --quiet: #a79f94; }}
}}
@media print {{ :root {{ --text: #000; --paper: #fff; --line: #ccc; --quiet: #444; }} }}
body {{ font: 15px/1.5 system-ui, sans-serif; color: var(--text); background: var(--paper); max-width: 52rem;
  margin: 2rem auto; padding: 0 1rem; }}
h1, h2 {{ font-family: Georgia, serif; line-height: 1.2; }}
h2 {{ font-size: 1.15rem; margin: 1.6rem 0 .4rem; }}
.quiet, figcaption {{ color: var(--quiet); }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-size: .85rem; margin: .5rem 0 1rem; }}
th, td {{ border-bottom: 1px solid var(--line); padding: .25rem .7rem .25rem 0; text-align: left;
  vertical-align: top; }}
figure {{ margin: 1rem 0; }}
svg {{ max-width: 100%; font: 13px system-ui, sans-serif; fill: var(--text); }}
</style>
</head>
<body>
{body}
</body>
</html>
"""
