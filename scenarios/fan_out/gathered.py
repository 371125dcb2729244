"""asyncio.gather: all calls wait together."""

import asyncio

from scenarios.fan_out.shared import SERVICES, Profile, create_app, fetch_optional

app = create_app()


@app.get("/profiles/{user_id}")
async def profile(user_id: int) -> Profile:
    parts = await asyncio.gather(
        *(fetch_optional(app.state.session, service, user_id) for service in SERVICES)
    )
    return Profile(id=user_id, parts=parts)
