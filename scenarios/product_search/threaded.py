"""Clients that block, inside `def`: FastAPI runs it in a thread, and the loop goes on."""

from scenarios.product_search.blocking_shop import open_shop
from scenarios.product_search.shared import Results, create_app, results

app = create_app(open_shop)


@app.get("/search")
def search(words: str) -> Results:
    shop = app.state.shop
    hits = shop.hits(words)
    popular = shop.popular()
    cents = shop.cents(hits)
    stock = shop.stock(hits)
    return results(hits, popular, cents, stock)
