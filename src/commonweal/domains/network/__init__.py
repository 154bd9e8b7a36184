"""Network: coverage, co-building and sharing, equipment and rooms retired."""
