"""Awaits one after another: the waits of a request add up."""

from scenarios.product_search.awaiting_shop import open_shop
from scenarios.product_search.shared import Results, create_app, results

app = create_app(open_shop)


@app.get("/search")
async def search(words: str) -> Results:
    shop = app.state.shop
    hits = await shop.hits(words)
    popular = await shop.popular()
    cents = await shop.cents(hits)
    stock = await shop.stock(hits)
    return results(hits, popular, cents, stock)
