"""Where this Discord is reached; the port is known only once it listens."""

from dataclasses import dataclass


@dataclass(slots=True)
class Address:
    """The host and port, and the addresses made of them."""

    host: str = "127.0.0.1"
    port: int = 0

    @property
    def url(self) -> str:
        """The page's address, and the root of the files'."""
        return f"http://{self.host}:{self.port}"

    @property
    def api_url(self) -> str:
        """The REST interface's address: what `DISCORD_API_URL` must be."""
        return f"{self.url}/api/v10"

    @property
    def gateway_url(self) -> str:
        """The gateway's address."""
        return f"ws://{self.host}:{self.port}/gateway"
