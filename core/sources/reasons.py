"""Why items of a collection do not arrive: codes in the ledger, and the words under which they are counted."""

from core import images

REASONS = images.REASONS | {
    "no_picture": "No picture given",
    "licence": "Licence not chosen",
    "not_matching": "Does not match the filters",
    "not_found": "Not found (404)",
    "gone": "Withdrawn",
    "forbidden": "Refused by the server",
    "opted_out": "Opted out of machine use",
    "robots": "Disallowed by robots.txt",
    "placeholder": "Placeholder in place of the picture",
    "web_page": "A web page in place of the answer",
    "address": "Address not allowed",
    "redirects": "Redirected in circles",
    "rate_limited": "Asked to slow down, again and again",
    "server_error": "Server error",
    "timeout": "No answer in time",
    "connection": "Connection lost",
    "incomplete": "Shorter than announced",
    "bad_answer": "Answer not understood",
}
"""Codes of core.images.REASONS and these; a page shows a code that it does not know as it stands."""
