"""Proof that a call back comes from a vendor; apart from the server that takes the call, which few bots run."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field

from bot.providers.base import Webhook


@dataclass(frozen=True, slots=True)
class WebhookKeys:
    """What proves a call back; both parts are derived from this installation's own secret."""

    installation: str = field(repr=False)

    @property
    def address_token(self) -> str:
        """The unguessable part of the address."""
        return self._derive("webhook address")

    @property
    def shared_secret(self) -> str:
        """What the vendor signs with, or sends along."""
        return self._derive("webhook secret")

    def webhook_for(self, public_url: str) -> Webhook:
        """Where and how a vendor may call back."""
        return Webhook(f"{public_url}/webhooks/bfl/{self.address_token}", self.shared_secret)

    def proves(self, raw: bytes, headers: dict[str, str]) -> bool:
        """Whether a call carries the secret or a signature made with it; the vendor's own pages name both forms."""
        signature = "sha256=" + hmac.new(self.shared_secret.encode(), raw, hashlib.sha256).hexdigest()
        sent = headers.get("x-webhook-secret", ""), headers.get("x-bfl-signature", "")
        return same(sent[0], self.shared_secret) or same(sent[1], signature)

    def _derive(self, purpose: str) -> str:
        return hmac.new(self.installation.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def same(one: str, other: str) -> bool:
    """Whether two texts are equal, in constant time; a header's bytes may be no UTF-8."""
    return hmac.compare_digest(one.encode(errors="surrogateescape"), other.encode(errors="surrogateescape"))
