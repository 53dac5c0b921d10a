"""Cookies: read from how a page was opened, set and removed by a small component, because Streamlit only reads them."""

import streamlit as st

LONGEST_BYTES = 2000  # of a value; browsers drop cookies beyond 4096

_JS = """
export default function ({ data, parentElement }) {
  const told = JSON.stringify(data)
  if (parentElement.told === told) return
  parentElement.told = told
  const secure = location.protocol === "https:" ? "; Secure" : ""
  for (const { name, value, path, seconds } of data)
    document.cookie = `${name}=${value}; Path=${path}; Max-Age=${seconds}; SameSite=Strict${secure}`
}
"""

_set = st.components.v2.component("access_cookies", html="<span></span>", js=_JS)


def set_cookies(values: dict[str, str], *, seconds: float) -> None:
    """Set cookies of this app alone: never sent with a request that another site caused, and over https only where
    the page came so. An empty value removes one. Values must be safe as they stand: a token, or percent-encoded text.
    """
    path = "/" + str(st.get_option("server.baseUrlPath") or "").strip("/")
    cookies = [
        {"name": name, "value": value, "path": path, "seconds": int(seconds) if value else 0}
        for name, value in sorted(values.items())
    ]
    _set(key=f"cookies-{'-'.join(sorted(values))}", data=cookies)
