"""Climate: risks and opportunities, scenarios, environmental incidents."""
