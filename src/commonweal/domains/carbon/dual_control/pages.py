"""The pages of dual control, by the ids of ``programme.toml``."""

from commonweal.domains.carbon.dual_control.page_change import change
from commonweal.domains.carbon.dual_control.page_cost import cost
from commonweal.domains.carbon.dual_control.page_outlook import outlook

__all__ = ["change", "cost", "outlook"]
