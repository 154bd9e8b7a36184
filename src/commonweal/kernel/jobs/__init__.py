"""Long runs in the background: a table of jobs, leases on them, and schedules that enqueue."""
