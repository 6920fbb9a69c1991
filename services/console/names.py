"""What people call the parts of a plan, in their language."""

from contracts.evidence import POOLED
from contracts.plan import Plan, Text
from services.console.languages import Code, translations


class Names:
    """The names in one plan; what the plan does not name keeps its id.

    Args:
        plan: Whose parts.
        language: In which language.
    """

    def __init__(self, plan: Plan, language: Code) -> None:
        self.language = language
        self._groups = {group.id: self.text(group.label) for group in plan.groups}
        self._groups[POOLED] = translations(language).gettext("iedereen samen")
        self._indicators = {each.id: self.text(each.label) for each in plan.watched_indicators}
        self._indicators[POOLED] = translations(language).gettext("alle uitkomsten samen")

    def text(self, text: Text) -> str:
        """Return a text of the plan."""
        return text.in_language(self.language)

    def group(self, group: str) -> str:
        """Return the name of a group, or of everyone together."""
        return self._groups.get(group, group)

    def indicator(self, indicator: str) -> str:
        """Return the name of an indicator, or of all of them together."""
        return self._indicators.get(indicator, indicator)

    def arm(self, arm: str) -> str:
        """Return the name of an arm, which is its id with spaces."""
        return arm.replace("_", " ")
