"""The collector as it is: now and then it looks through all objects, the stock included."""

from scenarios.collector.shared import create_app

app = create_app()
