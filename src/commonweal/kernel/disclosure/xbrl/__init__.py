"""Reports that machines read: a taxonomy from the catalogue, inline XBRL, xBRL-JSON, xBRL-CSV."""
