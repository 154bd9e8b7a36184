"""4G/5G cooperative energy saving: plans approved and acted on, holds, savings verified."""
