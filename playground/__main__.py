"""`python -m playground`: the loopback Discord alone, for a bot that is started by hand."""

import asyncio
import sys

from playground.server import LoopbackDiscord


async def main() -> None:
    """Serve until interrupted, and say what the bot needs to know."""
    async with LoopbackDiscord(port=8790, page=True) as server:
        sys.stdout.write(f"Playground: {server.url}\nDISCORD_API_URL={server.api_url}\nDISCORD_TOKEN={server.token}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(130)
