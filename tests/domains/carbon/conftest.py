"""The small operator of the computation's tests."""

from tests.kernel.compute.conftest import operator

__all__ = ["operator"]
