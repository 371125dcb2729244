"""No middleware: what the route costs by itself."""

from scenarios.middleware.shared import create_app

app = create_app()
