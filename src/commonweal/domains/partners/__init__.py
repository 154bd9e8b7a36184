"""Partners: cooperation, alliances, funds, regional projects."""
