"""What a stand-in can be told to do wrong, once or several times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

PRIVATE_ADDRESS = "https://169.254.169.254/latest/meta-data/"
"""Where a cloud machine keeps its secrets: the classic aim of a forged redirect."""


class Kind(Enum):
    """How an exchange goes wrong; those after ``OUTCOMES`` are the task's end instead of the answer's."""

    STATUS = auto()
    RAW = auto()
    SILENCE = auto()
    CLOSE = auto()
    REDIRECT = auto()
    CUT = auto()
    TRUNCATED = auto()
    OVERSIZED = auto()
    DRIP = auto()
    FOREIGN = auto()
    MODERATED = auto()
    ERROR = auto()
    UNKNOWN_STATUS = auto()
    NOT_FOUND = auto()


OUTCOMES = frozenset({Kind.MODERATED, Kind.ERROR, Kind.UNKNOWN_STATUS, Kind.NOT_FOUND})


@dataclass(frozen=True, slots=True)
class Fault:
    """One misbehaviour; made by the class methods, and handed to ``next_submit``, ``next_poll``, ``next_download``."""

    kind: Kind
    code: int = 200
    text: str = ""
    content: bytes = field(default=b"", repr=False)
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    size: int = 0
    reasons: tuple[str, ...] = ()

    @classmethod
    def status(cls, code: int, text: str = "", *, retry_after: str | None = None) -> Fault:
        """An HTTP error with a body in the vendor's own shape. The request is not accepted."""
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        return cls(Kind.STATUS, code=code, text=text, headers=headers)

    @classmethod
    def raw(cls, content: bytes, content_type: str = "application/json", *, code: int = 200) -> Fault:
        """Exactly these bytes."""
        return cls(Kind.RAW, code=code, content=content, content_type=content_type)

    @classmethod
    def garbage(cls) -> Fault:
        """Bytes that are neither JSON nor a picture, under a header that promises what was asked."""
        return cls.raw(b'\x00\xff{"id": ', "application/json")

    @classmethod
    def html(cls, *, code: int = 200) -> Fault:
        """A web page, as a proxy in front of the vendor sends it."""
        return cls.raw(b"<!doctype html><title>One moment, please</title>", "text/html; charset=utf-8", code=code)

    @classmethod
    def silence(cls) -> Fault:
        """The request is accepted (a submit is billed), and nothing is ever answered."""
        return cls(Kind.SILENCE)

    @classmethod
    def close(cls) -> Fault:
        """The request is accepted (a submit is billed), and the connection is closed."""
        return cls(Kind.CLOSE)

    @classmethod
    def redirect(cls, location: str = "") -> Fault:
        """A redirect; without a location, to the same address again."""
        return cls(Kind.REDIRECT, code=302, text=location)

    @classmethod
    def redirect_inside(cls) -> Fault:
        """A redirect to a private address."""
        return cls.redirect(PRIVATE_ADDRESS)

    @classmethod
    def moderated(cls, what: str = "content", *reasons: str, code: int = 200) -> Fault:
        """Refused for its content: the ``request`` or the ``content`` made from it."""
        return cls(Kind.MODERATED, code=code, text=what, reasons=reasons)

    @classmethod
    def error(cls, text: str = "generation failed", *, code: int = 200) -> Fault:
        """The task ends in the vendor's error status."""
        return cls(Kind.ERROR, code=code, text=text)

    @classmethod
    def unknown_status(cls, word: str = "Contemplating") -> Fault:
        """The task ends in a status that no documentation knows."""
        return cls(Kind.UNKNOWN_STATUS, text=word)

    @classmethod
    def not_found(cls, *, code: int = 200) -> Fault:
        """The vendor has forgotten the task."""
        return cls(Kind.NOT_FOUND, code=code)

    @classmethod
    def foreign_polling_url(cls, url: str = "https://bfl.ai.evil.example/v1/get_result?id=1") -> Fault:
        """The task is accepted, and is to be asked for at somebody else's host."""
        return cls(Kind.FOREIGN, text=url)

    @classmethod
    def expired(cls, code: int = 403) -> Fault:
        """The picture's signed address is no longer valid."""
        return cls(Kind.STATUS, code=code, text="AuthenticationFailed")

    @classmethod
    def truncated(cls) -> Fault:
        """The first half of the picture, announced as if it were whole."""
        return cls(Kind.TRUNCATED)

    @classmethod
    def cut(cls) -> Fault:
        """The connection breaks in the middle of the body."""
        return cls(Kind.CUT)

    @classmethod
    def oversized(cls, size: int = 33 * 1024 * 1024, *, announced: bool = False) -> Fault:
        """More bytes than anybody should take, with or without a header that says so."""
        return cls(Kind.OVERSIZED, size=size, text="announced" if announced else "")

    @classmethod
    def drip(cls) -> Fault:
        """The body comes byte by byte, for ever."""
        return cls(Kind.DRIP)

    @classmethod
    def wrong_content(cls) -> Fault:
        """A good answer, of something that is no picture."""
        return cls.raw(b'{"message": "no picture here"}', "image/jpeg")
