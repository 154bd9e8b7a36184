"""The second source: payments as the bank or the accounts tell them."""

from commonweal.kernel.programmes.datasets import dataset_declare

PAYMENT_REGISTER = dataset_declare(__file__, "payment_register", rules=())
