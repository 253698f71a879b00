"""Rupiah amounts at Stripe, which counts them in hundredths: Rp 99,000 is 9900000.

Source: Stripe's list of zero-decimal currencies, which does not hold IDR.
"""

CURRENCY = "idr"
_HUNDRED = 100


def to_stripe(rupiah: int) -> int:
    return rupiah * _HUNDRED


def to_rupiah(amount: int) -> int:
    """The amount in whole rupiah; a fraction, which no price of ours has, is dropped."""
    return amount // _HUNDRED
