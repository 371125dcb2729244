"""A semaphore for each market: so many calls at once, however long each of them takes."""

import asyncio
import os

from scenarios.market_data.shared import MARKETS, Quotes, create_app, fetch

app = create_app()
AT_ONCE = int(os.getenv("AT_ONCE", "5"))
places = {market: asyncio.Semaphore(AT_ONCE) for market in MARKETS}


async def fetch_bounded(market: str, share_id: int) -> str:
    async with places[market]:
        return await fetch(app.state.session, market, share_id)


@app.get("/quotes/{share_id}")
async def quotes(share_id: int) -> Quotes:
    found = await asyncio.gather(*(fetch_bounded(market, share_id) for market in MARKETS))
    return Quotes(id=share_id, quotes=found)
