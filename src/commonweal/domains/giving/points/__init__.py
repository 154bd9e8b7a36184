"""Points for good: members give points, a fund turns them into scholarships and libraries."""
