"""Asks together what does not depend on each other: the longest wait of each step counts."""

import asyncio

from scenarios.product_search.awaiting_shop import open_shop
from scenarios.product_search.shared import Results, create_app, results

app = create_app(open_shop)


@app.get("/search")
async def search(words: str) -> Results:
    shop = app.state.shop
    hits, popular = await asyncio.gather(shop.hits(words), shop.popular())
    cents, stock = await asyncio.gather(shop.cents(hits), shop.stock(hits))
    return results(hits, popular, cents, stock)
