"""Computing: data centres as a layered layout, racks and pools."""
