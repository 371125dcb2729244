"""A pacer for each market: so many calls per second. Its semaphore only keeps to the pool."""

import asyncio

from scenarios.market_data.pacer import Pacer
from scenarios.market_data.shared import CONNECTIONS, MARKETS, Quotes, create_app, fetch

app = create_app()
pacers = {market: Pacer() for market in MARKETS}
places = {market: asyncio.Semaphore(CONNECTIONS // len(MARKETS)) for market in MARKETS}


async def fetch_paced(market: str, share_id: int) -> str:
    await pacers[market].turn()
    async with places[market]:
        return await fetch(app.state.session, market, share_id)


@app.get("/quotes/{share_id}")
async def quotes(share_id: int) -> Quotes:
    found = await asyncio.gather(*(fetch_paced(market, share_id) for market in MARKETS))
    return Quotes(id=share_id, quotes=found)
