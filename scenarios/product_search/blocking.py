"""Clients that block, inside `async def`: nothing else happens while any of them waits."""

from scenarios.product_search.blocking_shop import open_shop
from scenarios.product_search.shared import Results, create_app, results

app = create_app(open_shop)


@app.get("/search")
async def search(words: str) -> Results:
    shop = app.state.shop
    hits = shop.hits(words)
    popular = shop.popular()
    cents = shop.cents(hits)
    stock = shop.stock(hits)
    return results(hits, popular, cents, stock)
