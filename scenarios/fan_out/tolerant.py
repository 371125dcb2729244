"""asyncio.gather with return_exceptions: every error comes back as a value, a bug's too."""

import asyncio

from scenarios.fan_out.shared import SERVICES, Profile, create_app, fetch

app = create_app()


@app.get("/profiles/{user_id}")
async def profile(user_id: int) -> Profile:
    found = await asyncio.gather(
        *(fetch(app.state.session, service, user_id) for service in SERVICES),
        return_exceptions=True,
    )
    return Profile(
        id=user_id, parts=[None if isinstance(part, BaseException) else part for part in found]
    )
