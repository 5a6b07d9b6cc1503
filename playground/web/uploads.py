"""Files that a page has sent ahead of the frames which use them."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from typing import Any

from playground.attachments import MEBIBYTE, Upload
from playground.commands import CommandError
from playground.wire import is_array, is_object

MAX_FILE, MAX_FILES, MAX_KEPT = 30 * MEBIBYTE, 10, 40


class Uploads:
    """Keeps files by token; the oldest go first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Upload] = OrderedDict()

    def keep(self, upload: Upload) -> str:
        """Take a file in; gives its token."""
        token = secrets.token_urlsafe(16)
        self._kept[token] = upload
        while len(self._kept) > MAX_KEPT:
            self._kept.popitem(last=False)
        return token

    def filled(self, value: Any) -> Any:
        """A value of a frame, with the file itself wherever it says `{"upload": token}`."""
        if is_array(value):
            return [self.filled(one) for one in value]
        if not is_object(value):
            return value
        found = self._kept.get(str(value.get("upload")))
        if found is None:
            raise CommandError("This file is not here any more. Choose it again.")
        return found
