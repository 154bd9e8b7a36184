"""A generated radio network: its cells, what users truly ask of them, and what it would report.

Nothing of it is measured anywhere; tests, the simulator and the demo operator use it, and say so.
"""

from commonweal.domains.radio.network.synthetic.cells import Sectors, cells, sectors, true_layers
from commonweal.domains.radio.network.synthetic.demand import demand
from commonweal.domains.radio.network.synthetic.reports import reports

__all__ = ["Sectors", "cells", "demand", "reports", "sectors", "true_layers"]
