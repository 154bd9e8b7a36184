"""The pages of actions: the portfolio with what-if, the cost curve, expected and realised."""

from commonweal.domains.improvement.actions.page_curve import curve
from commonweal.domains.improvement.actions.page_portfolio import portfolio
from commonweal.domains.improvement.actions.page_realised import realised

__all__ = ["curve", "portfolio", "realised"]
