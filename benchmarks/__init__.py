"""Each engine against its peers: one module per engine, run as ``commonweal bench NAME``.

A module prints a table, or one JSON object with ``--json``: the instance, its size, the peers'
times and ours from one run, and their ratio.
"""
