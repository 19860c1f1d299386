"""LiteLLM's own client, one call a line: what it is asked for comes in on standard input, what became of it goes out.

In:  {"model": …, "messages": […], …, "env": {…}} with `litellm.completion`'s own keyword arguments.
Out: {"reply": …} or {"error": {"name", "status", "message"}}.

Everything of LiteLLM's runs, down to the socket: only there each request turns to the recorder on loopback, whose origin is
the first argument, and says in a header where it was going.
"""

import json
import os
import sys

import httpx

# LiteLLM prints advice to standard output, which is for the replies alone.
replies, sys.stdout = sys.stdout, sys.stderr

import litellm  # noqa: E402

litellm.suppress_debug_info = True

BARE = dict(os.environ)


def detour(request):
    recorder = httpx.URL(sys.argv[1])
    request.headers["x-sent-to"] = str(request.url)
    request.url = request.url.copy_with(scheme=recorder.scheme, host=recorder.host, port=recorder.port)
    return request


class Detour(httpx.HTTPTransport):
    def handle_request(self, request):
        return super().handle_request(detour(request))


class AsyncDetour(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request):
        return await super().handle_async_request(detour(request))


def call(arguments):
    os.environ.clear()
    os.environ.update(BARE | arguments.pop("env", {}))
    try:
        reply = litellm.completion(**arguments)
        return {"reply": [chunk.model_dump() for chunk in reply] if arguments.get("stream") else reply.model_dump()}
    except Exception as error:
        status = getattr(error, "status_code", None)
        return {"error": {"name": type(error).__name__, "status": status, "message": str(error)}}


litellm.client_session = httpx.Client(transport=Detour())
# Some of what is called without `await` is asynchronous inside.
litellm.aclient_session = httpx.AsyncClient(transport=AsyncDetour())
for line in sys.stdin:
    print(json.dumps(call(json.loads(line))), file=replies, flush=True)
