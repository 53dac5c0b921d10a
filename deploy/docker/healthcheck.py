"""Exit 0 if the app in this container answers as healthy. The body counts: a proxy's error page is no answer."""

import os
import sys
import urllib.request

url = f"http://127.0.0.1:{os.environ.get('STREAMLIT_SERVER_PORT', '8501')}/_stcore/health"
try:
    with urllib.request.urlopen(url, timeout=4) as answer:
        healthy = answer.status == 200 and answer.read(16) == b"ok"
except OSError as error:
    sys.exit(f"{url}: {error}")
sys.exit(0 if healthy else f"{url} answered something else than ok")
