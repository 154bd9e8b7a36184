"""Rural vitalisation: paired assistance, the village platform, training and sales."""
