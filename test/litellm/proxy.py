"""LiteLLM's proxy, with its own arguments. It ends when its standard input does, and so with the process that started it."""

import os
import sys
import threading

import litellm


def exit_at_end_of_input():
    sys.stdin.read()
    os._exit(0)


threading.Thread(target=exit_at_end_of_input, daemon=True).start()
litellm.run_server()
