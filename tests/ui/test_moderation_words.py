"""What moderators read of a member who was paused."""

from __future__ import annotations

import pytest

from bot.audit.moderator_log import LogNotice, NoticeKind
from bot.models import AuditAction, Block
from bot.ui.views import moderation
from bot.ui.words import use_language


@pytest.mark.parametrize(
    ("strikes", "counted"), [(1, "1 refusal for content"), (3, "3 refusals for content")], ids=["one", "several"]
)
def test_refusals_that_paused_somebody_are_counted_in_words(strikes: int, counted: str) -> None:
    notice = LogNotice(5, NoticeKind.PAUSED, 7, strikes=strikes, hours=24)
    assert f"<@7> is paused for 24 h after {counted}." in str(moderation.log([notice]).to_components())
    assert f"{counted} within 12 h" in moderation.blocks([Block(7, 0, None, 0, f"strikes={strikes} hours=12")])


@pytest.mark.parametrize(("code", "said"), [("en-US", "credits given"), ("de", "geschenkte Credits")])
def test_what_the_record_is_narrowed_to_is_said_in_words(code: str, said: str) -> None:
    with use_language(code):
        view = moderation.record((), False, AuditAction.GRANT, None)
    assert f"** · {said}\\n" in str(view.to_components())
