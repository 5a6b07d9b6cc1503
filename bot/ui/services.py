"""What commands, buttons and forms call."""

from __future__ import annotations

from dataclasses import dataclass

from bot.admission.arrivals import Arrivals
from bot.admission.checks import Admission
from bot.admission.policy import Offers
from bot.admission.rate_limits import RateLimits
from bot.credits.service import CreditService
from bot.gallery.composites import Composites
from bot.gallery.library import PictureLibrary
from bot.gallery.posts import Posts
from bot.gallery.threads import RemixThreads
from bot.generation.service import GenerationService
from bot.guild_settings.store import GuildSettings
from bot.moderation.reports import Reports
from bot.moderation.service import Moderation
from bot.observability.invalid_requests import InvalidRequests
from bot.privacy.service import PrivacyService
from bot.ui.sources import Sources


@dataclass(frozen=True, slots=True)
class Services:
    """One of each; the client hands them to the commands."""

    generation: GenerationService
    admission: Admission
    credits: CreditService
    library: PictureLibrary
    remix_threads: RemixThreads
    privacy: PrivacyService
    composites: Composites
    posts: Posts
    guild_settings: GuildSettings
    moderation: Moderation
    reports: Reports
    sources: Sources
    offers: Offers
    arrivals: Arrivals
    rate_limits: RateLimits
    invalid_requests: InvalidRequests
