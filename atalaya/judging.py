"""Builds what SCORE judges with, from the settings."""

from mentions.settings import Settings
from processors.language import LanguageIdentifier
from processors.scoring import Judges
from processors.sentiment.engines import open_engine


def judges_of(settings: Settings) -> Judges:
    """Language identification and the sentiment engine as configured."""
    chosen = settings.sentiment
    engine = open_engine(chosen.engine, model=chosen.model, device=chosen.device)
    return Judges(LanguageIdentifier(settings.language.languages), engine, chosen.max_characters)
