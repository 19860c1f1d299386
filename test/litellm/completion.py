"""LiteLLM's own client, one call a line: the call comes in on standard input, its outcome goes out.

In:  {"model": …, "messages": […], …, "env": {…}} with `litellm.completion`'s own keyword arguments.
Out: {"reply": …} or {"error": {"name", "status", "message"}}.

All of LiteLLM runs, down to the transport: there each request is redirected to the recorder on loopback, whose origin is
the first argument, with its intended URL in a header.
"""

import json
import os
import sys

import httpx

# LiteLLM prints advice to standard output, which is for the outcomes alone.
replies, sys.stdout = sys.stdout, sys.stderr

import litellm  # noqa: E402

litellm.suppress_debug_info = True

INITIAL_ENVIRONMENT = dict(os.environ)


def redirect(request):
    recorder = httpx.URL(sys.argv[1])
    request.headers["x-sent-to"] = str(request.url)
    request.url = request.url.copy_with(scheme=recorder.scheme, host=recorder.host, port=recorder.port)
    return request


class RedirectTransport(httpx.HTTPTransport):
    def handle_request(self, request):
        return super().handle_request(redirect(request))


class AsyncRedirectTransport(httpx.AsyncHTTPTransport):
    async def handle_async_request(self, request):
        return await super().handle_async_request(redirect(request))


def call(arguments):
    os.environ.clear()
    os.environ.update(INITIAL_ENVIRONMENT | arguments.pop("env", {}))
    try:
        reply = litellm.completion(**arguments)
        return {"reply": [chunk.model_dump() for chunk in reply] if arguments.get("stream") else reply.model_dump()}
    except Exception as error:
        status = getattr(error, "status_code", None)
        return {"error": {"name": type(error).__name__, "status": status, "message": str(error)}}


litellm.client_session = httpx.Client(transport=RedirectTransport())
# Some of LiteLLM's synchronous calls use the asynchronous client inside.
litellm.aclient_session = httpx.AsyncClient(transport=AsyncRedirectTransport())
for line in sys.stdin:
    print(json.dumps(call(json.loads(line))), file=replies, flush=True)
