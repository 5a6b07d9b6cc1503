"""The operator's policy and terms: filled in, replaceable, and nothing of a setting becomes markup."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from bot import config, legal
from bot.config import load
from bot.errors import ConfigurationError
from tests.support.bot import running_bot

ANSWERING = {"operator_name": "Ann & Sons", "operator_contact": "ann@example.org"}


def test_both_pages_name_who_answers_and_where_words_go() -> None:
    pages = legal.pages(load(None, **ANSWERING, bfl_api_key="k", vtrix_api_key="k", keep_jobs_days=90))
    assert set(pages) == {"privacy", "terms"}
    for page in pages.values():
        assert "Ann &amp; Sons" in page
        assert '<a href="mailto:ann@example.org">' in page
        assert "Black Forest Labs, Vtrix" in page
        assert "$" not in page
    assert "after 90 days" in pages["privacy"]
    assert "<title>Privacy policy</title>" in pages["privacy"]


def test_a_service_that_was_given_no_name_goes_by_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(config.KEY_OF, "acme", "ACME_KEY")
    settings = load(None, **ANSWERING).model_copy(update={"providers": ("acme",)})
    assert "acme" in legal.pages(settings)["privacy"]


def test_without_a_name_the_pages_still_say_whom_to_ask() -> None:
    pages = legal.pages(load(None))
    assert "the owner of this bot" in pages["privacy"]
    assert "through a moderator of your server" in pages["terms"]


@pytest.mark.parametrize("contact", ['<img src=x onerror="1">', "javascript:alert(1)", "javascript:a@b"])
def test_a_contact_is_letters_or_an_address_and_never_markup(contact: str) -> None:
    page = legal.pages(load(None, operator_name=contact, operator_contact=contact))["privacy"]
    assert "<img" not in page
    assert 'href="java' not in page


def test_files_of_the_operators_own_take_the_place_of_ours(tmp_path: Path) -> None:
    for name in legal.PAGES:
        (tmp_path / f"{name}.html").write_text(f"<h1>Our {name}</h1>Ask $contact, pay $5.", "utf-8")
    page = legal.pages(load(None, legal_folder=tmp_path, operator_contact="https://example.org/ask"))["terms"]
    assert "<title>Our terms</title>" in page
    assert 'Ask <a href="https://example.org/ask">https://example.org/ask</a>, pay $5.' in page


def test_a_missing_file_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="LEGAL_FOLDER") as raised:
        legal.pages(load(None, legal_folder=tmp_path))
    assert "privacy.html" in raised.value.faults[0]


async def test_the_bot_serves_them_on_its_own_port(tmp_path: Path, unused_tcp_port: int) -> None:
    async with running_bot(tmp_path, http_port=unused_tcp_port, **ANSWERING), aiohttp.ClientSession() as http:
        for name in legal.PAGES:
            answer = await http.get(f"http://127.0.0.1:{unused_tcp_port}/{name}")
            assert answer.status == 200
            assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            assert "Ann &amp; Sons" in await answer.text()
