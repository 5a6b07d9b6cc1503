"""Attachments: bytes kept in memory behind signed addresses that expire, as on Discord's own file hosts."""

import hashlib
import hmac
import mimetypes
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

from playground import images
from playground.address import Address
from playground.snowflakes import Snowflakes, parse
from playground.wire import Json

MEBIBYTE = 1024 * 1024

LIFETIME_SECONDS = 24 * 3600
"""How long an address is good for; Discord says a day."""


@dataclass(slots=True, frozen=True)
class Upload:
    """A file as a client sent it."""

    filename: str
    data: bytes
    content_type: str | None = None


@dataclass(slots=True, eq=False)
class Attachment:
    """A file of a message or of a command's option; its bytes stay here even when its address is dead."""

    id: int
    channel_id: int
    filename: str
    data: bytes
    content_type: str | None
    width: int | None
    height: int | None
    description: str | None = None
    title: str | None = None
    ephemeral: bool = False
    external: bool = False
    """Whether it is Discord's copy of a stranger's picture, whose address is not signed."""

    @property
    def size(self) -> int:
        return len(self.data)

    @property
    def is_picture(self) -> bool:
        return bool(self.content_type and self.content_type.startswith("image/"))

    @property
    def path(self) -> str:
        if self.external:
            return f"/external/{self.id}/{quote(self.filename)}"
        root = "ephemeral-attachments" if self.ephemeral else "attachments"
        return f"/{root}/{self.channel_id}/{self.id}/{quote(self.filename)}"


def clean_filename(name: str) -> str:
    """The name as Discord keeps it: letters, digits, `_`, `-` and `.`; spaces become `_`, the rest goes."""
    kept = re.sub(r"[^A-Za-z0-9_.-]", "", name.strip().replace(" ", "_"))
    return kept.strip(".") or "unknown"


class AttachmentStore:
    """Keeps attachments up to a total size, oldest dropped first, and signs and checks their addresses."""

    def __init__(
        self, clock: Callable[[], float], snowflakes: Snowflakes, address: Address, *, capacity: int = 500 * MEBIBYTE
    ) -> None:
        self._address = address
        self._clock = clock
        self._snowflakes = snowflakes
        self._capacity = capacity
        self._total = 0
        self._kept: OrderedDict[int, Attachment] = OrderedDict()
        self._key = secrets.token_bytes(32)

    def keep(
        self,
        upload: Upload,
        channel_id: int,
        *,
        description: str | None = None,
        ephemeral: bool = False,
        external: bool = False,
    ) -> Attachment:
        """Take a file in."""
        size = images.size_of(upload.data)
        guessed = mimetypes.guess_type(upload.filename)[0]
        attachment = Attachment(
            self._snowflakes.next(),
            channel_id,
            clean_filename(upload.filename),
            upload.data,
            images.kind_of(upload.data) or guessed or upload.content_type,
            size[0] if size else None,
            size[1] if size else None,
            description,
            ephemeral=ephemeral,
            external=external,
        )
        self._kept[attachment.id] = attachment
        self._total += attachment.size
        while self._total > self._capacity and len(self._kept) > 1:
            self._total -= self._kept.popitem(last=False)[1].size
        return attachment

    def get(self, attachment_id: int) -> Attachment | None:
        return self._kept.get(attachment_id)

    def forget(self, attachment: Attachment) -> None:
        """End an attachment's address; deleted is gone."""
        if self._kept.pop(attachment.id, None):
            self._total -= attachment.size

    def url(self, attachment: Attachment) -> str:
        """An address that is good for a day from now."""
        issued = int(self._clock())
        return self._signed(attachment.path, issued, issued + LIFETIME_SECONDS)

    def expire(self) -> None:
        """Let every address that was given out so far be dead."""
        self._key = secrets.token_bytes(32)

    def refresh(self, url: str) -> str | None:
        """A fresh address for an old one of ours, or None if it is none."""
        found = self._by_path(urlsplit(url).path)
        return self.url(found) if found else None

    def find(self, path: str, query: str) -> Attachment | None:
        """The attachment at an address, if the signature is ours and has not expired."""
        fields = {key: values[0] for key, values in parse_qs(query).items()}
        try:
            issued, expires = int(fields["is"], 16), int(fields["ex"], 16)
        except (KeyError, ValueError):
            return None
        if self._clock() >= expires or not hmac.compare_digest(fields.get("hm", ""), self._sign(path, issued, expires)):
            return None
        return self._by_path(path)

    def payload(self, attachment: Attachment) -> Json:
        """Discord's attachment object, with a fresh address."""
        url = self.url(attachment)
        body: Json = {
            "id": str(attachment.id),
            "filename": attachment.filename,
            "size": attachment.size,
            "url": url,
            "proxy_url": url,
        }
        if attachment.width and attachment.height:
            body |= {"width": attachment.width, "height": attachment.height}
        for key in ("content_type", "description", "title"):
            if value := getattr(attachment, key):
                body[key] = value
        if attachment.ephemeral:
            body["ephemeral"] = True
        return body

    def media(self, attachment: Attachment) -> Json:
        """Discord's unfurled media item for an attachment that a component shows."""
        url = self.url(attachment)
        return {
            "id": str(attachment.id),
            "url": url,
            "proxy_url": url,
            "width": attachment.width,
            "height": attachment.height,
            "content_type": attachment.content_type,
            "attachment_id": str(attachment.id),
            "flags": 0,
            "loading_state": 2,
        }

    def _by_path(self, path: str) -> Attachment | None:
        parts = path.split("/")
        found = self._kept.get(parse(parts[3]) or 0) if len(parts) == 5 else None
        return found if found and found.path == path else None

    def _signed(self, path: str, issued: int, expires: int) -> str:
        return f"{self._address.url}{path}?ex={expires:x}&is={issued:x}&hm={self._sign(path, issued, expires)}&"

    def _sign(self, path: str, issued: int, expires: int) -> str:
        return hmac.new(self._key, f"{path}?{issued:x}&{expires:x}".encode(), hashlib.sha256).hexdigest()
