"""Two of plain ASGI."""

from scenarios.middleware.asgi import AddHeader
from scenarios.middleware.shared import create_app

app = create_app()
app.add_middleware(AddHeader, name="X-Request-Id", value="7")
app.add_middleware(AddHeader, name="X-Deployment", value="blue")
