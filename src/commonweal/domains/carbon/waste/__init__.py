"""Waste: what was weighed, who took it under which manifest, and what was recycled."""
