"""What runs in the app's own process: a monitor that a blocked loop cannot silence.

It also sees where a handler ran and which line held the loop. It is served from a thread of its
own, and wraps any ASGI app like a middleware. It describes the routes of FastAPI and Starlette, and
can let their parts run elsewhere without a change of the app's files. Of frameworks it knows by
name what FastAPI calls handlers and dependencies with, AnyIO's limiter of threads, and the pools
that `pools.py` lists; none of them has to be there. It needs the standard library alone: the app's
interpreter may have nothing else.
"""
