"""Asks all markets at once, as often as it is asked itself; what is refused is asked again."""

import asyncio

from scenarios.market_data.shared import MARKETS, Quotes, create_app, fetch

app = create_app()


@app.get("/quotes/{share_id}")
async def quotes(share_id: int) -> Quotes:
    found = await asyncio.gather(
        *(fetch(app.state.session, market, share_id) for market in MARKETS)
    )
    return Quotes(id=share_id, quotes=found)
