"""A few pictures with their captions, as a preview or a plan shows them."""

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

_STYLE = """
<style>
.collect-figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(190px, 45%), 256px)); gap: 0 18px;
  font-size: .85rem; }
.collect-figures figure { margin: 0 0 10px; display: grid; grid-template-rows: subgrid; grid-row: span 2; }
.collect-figures .frame { display: flex; align-items: end; }
.collect-figures .refused { align-items: center; justify-content: center; text-align: center; padding: 8px 14px;
  min-height: 120px; max-height: 200px; box-sizing: border-box;
  border: 1px dashed color-mix(in srgb, currentColor 35%, transparent); border-radius: .35rem;
  overflow: auto; }
.collect-figures img { max-width: 100%; max-height: 200px; display: block; }
.collect-figures figcaption { margin-top: 6px; overflow-wrap: anywhere; }
.collect-figures figcaption a { color: inherit; text-underline-offset: .2em; }
.collect-figures figcaption span { opacity: .7; display: block; }
</style>
"""


@dataclass(frozen=True)
class Figure:
    title: str
    lines: tuple[str, ...]  # under the title, smaller; empty ones are left out
    thumbnail: bytes  # WebP; empty if there is none
    refusal: str = ""  # why there is none
    link: str = ""  # of the title


def show_figures(figures: Sequence[Figure]) -> None:
    """Words come from outside: nothing in them is read as markup."""
    st.html(f"{_STYLE}<div class='collect-figures'>{''.join(map(_figure, figures))}</div>")


def _figure(figure: Figure) -> str:
    title = html.escape(figure.title)
    if figure.thumbnail:
        source = f"data:image/webp;base64,{base64.b64encode(figure.thumbnail).decode()}"
        frame = f"<div class='frame'><img src='{source}' alt='{html.escape(figure.title, quote=True)}'></div>"
    else:
        frame = f"<div class='frame refused'>{html.escape(figure.refusal)}</div>"
    if figure.link.startswith(("https://", "http://")):
        address = html.escape(figure.link, quote=True)
        title = f"<a href='{address}' target='_blank' rel='noopener noreferrer'>{title}</a>"
    lines = "".join(f"<span>{html.escape(line)}</span>" for line in figure.lines if line)
    return f"<figure>{frame}<figcaption>{title}{lines}</figcaption></figure>"
