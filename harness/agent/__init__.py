"""What runs inside the app's own process: a monitor that a blocked loop cannot silence, and the evidence of where a handler ran.

It is served from a thread of its own, stands around the app like any ASGI middleware, and knows neither its framework nor its scenario.
"""
