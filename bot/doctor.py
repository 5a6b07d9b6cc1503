"""`atelier doctor`: checks what the bot depends on, and says what to fix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.clock import SystemClock
from bot.config import DEFAULT_DISCORD_API_URL, OPEN_TO_ALL, Settings
from bot.errors import AtelierError, BadKey, CannotWrite, ConfigurationError, DatabaseTooNew, ProviderError
from bot.maintenance import checkup
from bot.providers import registry
from bot.providers.base import Provider
from bot.providers.http import open_client
from bot.storage import backup, open_database
from bot.ui.client import examine as examine_token
from bot.ui.client import point_at

_MENDABLE = " (atelier doctor --mend ends it rightly; stop the bot first)"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    subject: str
    fine: bool
    text: str
    warning: bool = False
    """Whether it works, and should be thought about all the same."""

    @property
    def mark(self) -> str:
        """What stands before the line."""
        return "WARN" if self.warning else "ok" if self.fine else "FIX"


async def examine(settings: Settings, *, unknown: Sequence[str] = (), mend: bool = False) -> int:
    """Check everything and print a line each; 1 if anything is broken, else 0.

    ``unknown`` is what was found in the file of settings that is none. ``mend`` also puts right what it can.
    """
    strays = [Finding("Settings", False, one) for one in unknown]
    findings = [*strays, *await discord(settings), *await providers(settings), *await _database(settings, mend=mend)]
    for finding in findings:
        print(f"  {finding.mark:<4} {finding.subject:<10} {finding.text}")
    broken = sum(not finding.fine for finding in findings)
    print("Everything is in order." if not broken else f"{broken} to fix.")
    return 1 if broken else 0


async def discord(settings: Settings) -> list[Finding]:
    """What Discord says of the token, and the link that invites the bot."""
    if settings.discord_token is None:
        otherwise = "a container needs one" if settings.atelier_container else "the bot will run in the playground"
        return [Finding("Discord", not settings.atelier_container, f"no DISCORD_TOKEN: {otherwise}")]
    try:
        if settings.discord_api_url != DEFAULT_DISCORD_API_URL:
            await point_at(settings.discord_api_url)
        found = await examine_token(settings.discord_token.get_secret_value())
    except AtelierError as error:
        return [Finding("Discord", False, str(error))]
    return [
        Finding(
            "Discord", True, f"the token is {found.name}'s, in {found.guilds} servers; no privileged intent needed"
        ),
        Finding("Invite", True, found.invite),
        _ceilings(settings, public=found.public),
    ]


def _ceilings(settings: Settings, *, public: bool) -> Finding:
    if public and settings.high_ceilings:
        return Finding("Ceilings", True, f"{OPEN_TO_ALL}: {', '.join(settings.high_ceilings)}", warning=True)
    who = "anybody" if public else "nobody but its owner"
    return Finding("Ceilings", True, f"{who} can add the bot; {', '.join(settings.ceilings)}")


async def providers(settings: Settings) -> list[Finding]:
    """What each provider says of its key and balance."""
    async with open_client() as http:
        return [await _provider(name, provider) for name, provider in registry.build(settings, http).items()]


async def _provider(name: str, provider: Provider) -> Finding:
    try:
        balance = await provider.balance()
    except BadKey:
        return Finding(name, False, "the vendor does not know this key")
    except ProviderError as error:
        return Finding(name, False, f"the vendor cannot be asked now ({error.failure})")
    if balance is None:
        return Finding(name, True, "a key is set; this vendor offers no way to check it for free")
    if balance.empty:
        return Finding(name, False, f"the account is empty ({balance.text}): top it up")
    return Finding(name, True, balance.text)


async def _database(settings: Settings, *, mend: bool) -> list[Finding]:
    file = backup.file_of(settings.database_url)
    if file is not None and not file.exists():
        return [Finding("Database", True, f"there is none at {file} yet: the first start makes it")]
    try:
        async with open_database(settings.database_url) as database:
            mended = await checkup.mend(database, SystemClock()) if mend else 0
            troubles, waiting = await checkup.examine(database, file, SystemClock())
    except (ConfigurationError, DatabaseTooNew, CannotWrite) as error:
        return [Finding("Database", False, str(error))]
    except Exception as error:  # noqa: BLE001 - whatever a driver raises, the operator reads one line
        return [Finding("Database", False, f"DATABASE_URL cannot be opened ({type(error).__name__})")]
    found = [Finding(one.subject, False, one.text + (_MENDABLE if one.mendable else "")) for one in troubles]
    if mended is None:
        found.insert(0, Finding("Mend", False, "the bot works on this database: stop it first"))
    elif mended:
        found.insert(0, Finding("Mended", True, f"{mended} jobs were ended or settled"))
    if waiting:
        found.append(Finding("Jobs", True, f"{waiting} wait for a start of the bot, which takes them over"))
    if not troubles:
        found.append(Finding("Database", True, "opens, is whole, and its ledger adds up"))
    return found
