"""The operator's privacy policy and terms, filled in from the settings; the operator's own files may replace ours."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path
from string import Template

from bot.config import Settings
from bot.errors import ConfigurationError

PAGES = ("privacy", "terms")
_OURS = Path(__file__).parent
_NAMES = {"bfl": "Black Forest Labs", "aimlapi": "AI/ML API", "vtrix": "Vtrix"}
_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: light dark; }
body { font: 17px/1.6 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1.2rem; }
h2 { margin-top: 2rem; font-size: 1.2rem; }
</style>
</head>
<body>
<main>
$text
</main>
</body>
</html>
""")


def pages(settings: Settings) -> Mapping[str, str]:
    """Each page as HTML. Raises ``ConfigurationError`` where the operator's own file cannot be read."""
    values = _values(settings)
    return {name: _page(name, settings.legal_folder, values) for name in PAGES}


def _page(name: str, folder: Path | None, values: Mapping[str, str]) -> str:
    file = folder / f"{name}.html" if folder is not None else _OURS / f"{name}.html"
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError((f"LEGAL_FOLDER: {file} cannot be read ({type(error).__name__})",)) from None
    text = Template(text).safe_substitute(values)
    title = re.search(r"<h1>(.*?)</h1>", text)
    return _PAGE.substitute(title=title[1] if title else name.title(), text=text)


def _values(settings: Settings) -> dict[str, str]:
    services = [_NAMES.get(name, name) for name in settings.real_providers]
    contact = settings.operator_contact
    return {
        "operator": html.escape(settings.operator_name or "the owner of this bot"),
        "contact": _linked(contact) if contact else "the owner of this bot, through a moderator of your server",
        "services": ", ".join(services) or "none at present, since this bot only tries things out",
        "days": str(settings.keep_jobs_days),
    }


def _linked(contact: str) -> str:
    """An e-mail or web address as a link; whatever else it is, as letters."""
    shown = html.escape(contact)
    if re.fullmatch(r"https://\S+", contact):
        return f'<a href="{shown}">{shown}</a>'
    return f'<a href="mailto:{shown}">{shown}</a>' if re.fullmatch(r"[^\s@:]+@[^\s@:]+", contact) else shown
