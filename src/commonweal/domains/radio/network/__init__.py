"""The network as it is and as it reports: cells, counters, power, and a synthetic one."""
