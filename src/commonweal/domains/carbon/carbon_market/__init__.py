"""The carbon market: obligations, allowances, credits, trades, position and plan."""
