"""`python -m core ...`"""

import os
import sys

# Threads that wait for each other by spinning slow a training many times over as soon as another program wants a core.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is loaded

from core.cli import main

if __name__ == "__main__":
    sys.exit(main())
