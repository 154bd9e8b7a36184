"""Actions that programmes propose, for whoever keeps the list of them to take up."""

from commonweal.kernel.actions.proposals import Proposal, proposals, proposes

__all__ = ["Proposal", "proposals", "proposes"]
