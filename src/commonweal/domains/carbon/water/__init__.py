"""Water: what is drawn by meters and bills, what is discharged, what is used again."""
