"""What contacts are told by the gateway itself, in their language: that a machine answers, that it sees no media. Pure.

People must be told that they talk to a machine by Article 50(1) of Regulation (EU) 2024/1689 (AI Act).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import phonenumbers

from gateway.domain.assistant import Language

# So long a contact may be expected to remember it.
DISCLOSED_FOR: Final = timedelta(days=30)

DISCLOSURES: Final[dict[Language, str]] = {
    Language.GERMAN: "Hier antwortet ein automatischer Assistent (KI), kein Mensch.",
    Language.ENGLISH: "This is an automated assistant (AI) answering, not a person.",
    Language.SPANISH: "Le responde un asistente automático (IA), no una persona.",
    Language.FRENCH: "C’est un assistant automatique (IA) qui vous répond, pas une personne.",
    Language.ITALIAN: "Le risponde un assistente automatico (IA), non una persona.",
    Language.PORTUGUESE: "Quem responde é um assistente automático (IA), não uma pessoa.",
}
UNSEEN: Final[dict[Language, str]] = {
    Language.GERMAN: "Bilder, Videos, Dateien und Sprachnachrichten kann ich nicht ansehen oder anhören. "
    "Bitte schreiben Sie mir, worum es geht.",
    Language.ENGLISH: "I cannot see pictures, videos or files or listen to voice messages. "
    "Please write to me what it is about.",
    Language.SPANISH: "No puedo ver imágenes, vídeos ni archivos, ni escuchar mensajes de voz. "
    "Por favor, escríbame de qué se trata.",
    Language.FRENCH: "Je ne peux ni voir les images, vidéos et fichiers, ni écouter les messages vocaux. "
    "Merci de m’écrire de quoi il s’agit.",
    Language.ITALIAN: "Non posso vedere immagini, video o file né ascoltare messaggi vocali. "
    "Per favore mi scriva di che cosa si tratta.",
    Language.PORTUGUESE: "Não consigo ver imagens, vídeos ou ficheiros nem ouvir mensagens de voz. "
    "Por favor, escreva-me do que se trata.",
}

# Where nearly everybody speaks it; elsewhere English is understood best.
_REGIONS: Final[dict[Language, str]] = {
    Language.GERMAN: "DE AT LI",
    Language.SPANISH: "ES MX AR BO CL CO CR CU DO EC SV GT HN NI PA PY PE PR UY VE GQ",
    Language.FRENCH: "FR MC RE GP MQ GF",
    Language.ITALIAN: "IT SM VA",
    Language.PORTUGUESE: "PT BR AO MZ CV ST GW",
}
_LANGUAGE_OF_REGION: Final = {region: language for language, text in _REGIONS.items() for region in text.split()}


def language_of(phone_number: str | None) -> Language:
    """Return the language of the country of a number (E.164); English where there is none, or several."""
    if phone_number is None:
        return Language.ENGLISH
    try:
        region = phonenumbers.region_code_for_number(phonenumbers.parse(phone_number))
    except phonenumbers.NumberParseException:
        return Language.ENGLISH
    return _LANGUAGE_OF_REGION.get(region or "", Language.ENGLISH)
