"""What sleep saved: a counterfactual frozen before, meters read after, an interval, an opinion."""

from commonweal.domains.radio.energy_saving.verifying.freezing import counterfactual_freeze
from commonweal.domains.radio.energy_saving.verifying.preparing import (
    outcomes_set,
    verification_prepare,
)

__all__ = ["counterfactual_freeze", "outcomes_set", "verification_prepare"]
