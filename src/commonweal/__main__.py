"""``python -m commonweal``: the command, from whichever copy of the package Python finds."""

from commonweal.cli.main import main

main()
