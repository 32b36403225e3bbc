#!/usr/bin/env python3
"""An EchoBackend as a process of its own, for tests that kill one: serve.py NAME PORT. Prints its port."""
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from lib.backend import EchoBackend  # noqa: E402 (the path has to be set first)

backend = EchoBackend(sys.argv[1], port=int(sys.argv[2]), keep=False)
print(backend.port, flush=True)
threading.Event().wait()
