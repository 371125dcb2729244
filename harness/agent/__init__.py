"""What runs in the app's own process: a monitor that a blocked loop cannot silence.

It also sees where a handler ran and which line held the loop. It is served from a thread of its
own, stands around the app like any ASGI middleware, and knows neither its framework nor its
scenario. It needs the standard library alone: the app's interpreter may have nothing else.
"""
