"""Text of people and of other programs on its way into Streamlit's Markdown."""


def harmless(text: str) -> str:
    """As it stands, but without a link, a picture, HTML, code or a formula in it: for messages, and for titles.

    A picture would be fetched from wherever the text says, and tell its server who looks; a link may lead anywhere
    under any words. `ui.jobs.plain` also keeps emphasis, lists and headings from being taken for such.
    """
    return "".join(f"\\{letter}" if letter in "\\[]<`$" else letter for letter in text)
