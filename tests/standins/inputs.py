"""What the vendors ask of a prompt's companions: aspect ratios and input pictures."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import AfterValidator

from tests.standins.pictures import ratio_of

INPUT_MAX = 20 * 1024 * 1024


def _ratio(value: str) -> str:
    width, _, height = value.partition(":")
    if not (width.isdecimal() and height.isdecimal() and int(width) and int(height)):
        raise ValueError("aspect_ratio must be W:H")
    if not 9 / 21 <= int(width) / int(height) <= 21 / 9:
        raise ValueError("aspect_ratio must be between 21:9 and 9:21")
    return value


def _picture(value: str) -> str:
    if not value.startswith(("https://", "http://")):
        ratio_of_input(value)
    return value


def ratio_of_input(value: str) -> str:
    """The ratio of an input picture in base64; a picture by address counts as square, nothing is fetched."""
    if value.startswith(("https://", "http://")):
        return "1:1"
    try:
        data = base64.b64decode(value, validate=True)
        if len(data) > INPUT_MAX:
            raise ValueError("the input image is too large")
        return ratio_of(data)
    except (binascii.Error, OSError) as error:
        raise ValueError("the input image can not be read") from error


Ratio = Annotated[str, AfterValidator(_ratio)]
InputPicture = Annotated[str, AfterValidator(_picture)]
