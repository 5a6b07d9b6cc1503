"""What a member reads where no picture was made."""

from __future__ import annotations

from bot.models import Failure
from bot.ui.words import N_, _

_TEXTS = {
    Failure.INVALID_REQUEST: N_("The image service did not accept this combination of options."),
    Failure.BAD_KEY: N_("The image service does not accept this bot's key. The bot's operator has been told."),
    Failure.OUT_OF_FUNDS: N_("The bot's account with the image service is empty. The bot's operator has been told."),
    Failure.RATE_LIMITED: N_("The image service is very busy. Please try again in a few minutes."),
    Failure.MODERATED: N_("The image service's safety check refused this. Please change the words and try again."),
    Failure.UNAVAILABLE: N_("The image service cannot be reached. Please try again in a few minutes."),
    Failure.TIMED_OUT: N_("The image service took too long, so this was given up."),
    Failure.AMBIGUOUS: N_("The image service stopped answering in the middle, so this was given up."),
    Failure.NOT_MADE: N_("The image service tried and could not make this picture."),
    Failure.MALFORMED: N_("The image service sent back something that is not a picture."),
    Failure.INTERRUPTED: N_("The bot was restarted at the wrong moment, so this was given up."),
    Failure.SOURCE_GONE: N_("The picture to start from can no longer be read."),
    Failure.SOURCE_ANIMATED: N_("The picture to start from is animated. Please use a still picture."),
    Failure.SOURCE_UNREADABLE: N_(
        "The file to start from is broken, or not a picture. I can use PNG, JPEG, WebP, HEIC and still GIF."
    ),
    Failure.SOURCE_TOO_LARGE: N_("The picture to start from is too large. Please make it smaller than 64 megapixels."),
    Failure.UNDELIVERABLE: N_("The finished picture could not be posted here."),
    Failure.INTERNAL: N_("Something went wrong on our side. The bot's operator has been told."),
}

_OF_SEVERAL = {
    Failure.SOURCE_GONE: N_("{picture} can no longer be read."),
    Failure.SOURCE_ANIMATED: N_("{picture} is animated. Please use a still picture."),
    Failure.SOURCE_UNREADABLE: N_(
        "{picture} is broken, or not a picture. I can use PNG, JPEG, WebP, HEIC and still GIF."
    ),
    Failure.SOURCE_TOO_LARGE: N_("{picture} is too large. Please make it smaller than 64 megapixels."),
}
"""The same where there are several pictures to start from."""


def failed(failure: Failure, picture: str = "") -> str:
    """Why there is no picture; that nothing was charged is for the caller to add.

    ``picture`` says which of several to start from is the reason.
    """
    if picture and failure in _OF_SEVERAL:
        return _(_OF_SEVERAL[failure], picture=picture)
    return _(_TEXTS[failure])
