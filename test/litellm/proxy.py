"""LiteLLM's proxy, with its own arguments. It ends when its standard input does, and so with whoever started it."""

import os
import sys
import threading

import litellm


def leave():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=leave, daemon=True).start()
litellm.run_server()
