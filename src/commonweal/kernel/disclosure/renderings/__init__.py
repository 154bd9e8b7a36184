"""A report in the forms people ask for: PDF to print, a workbook, JSON to process."""
