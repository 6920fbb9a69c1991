"""In which language a request is answered: Dutch, unless English is preferred."""

LANGUAGES = ("nl", "en")


def language_of(accepted: str) -> str:
    """Return `nl` or `en`: the one that an `Accept-Language` header prefers; Dutch where it says nothing of either."""
    wishes = [_wish(each) for each in accepted.split(",")[:20]]
    best = {language: max((q for name, q in wishes if name == language), default=0.0) for language in LANGUAGES}
    return max(LANGUAGES, key=lambda language: best[language])


def _wish(text: str) -> tuple[str, float]:
    name, _, weight = text.strip().lower().partition(";")
    return name.strip().partition("-")[0], _weight(weight.strip())


def _weight(text: str) -> float:
    number = text.removeprefix("q=")
    try:
        return min(1.0, max(0.0, float(number))) if text else 1.0
    except ValueError:
        return 0.0
