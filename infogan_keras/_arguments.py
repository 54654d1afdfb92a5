"""Checks of arguments that several rooms share."""

import numbers


def positive_int(name, value, least=1):
    """The value as an int; ValueError unless it is an integer, NumPy's included, of at least `least`.

    >>> positive_int("every", 5)
    5
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f"{name}={value!r}: expected an integer of at least {least}.")
    return int(value)
