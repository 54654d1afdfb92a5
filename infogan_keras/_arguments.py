"""Checks of arguments that several rooms share."""

import difflib
import numbers
from collections.abc import Iterable


def positive_int(name, value, least=1):
    """The value as an int; ValueError unless it is an integer, NumPy's included, of at least `least`.

    >>> positive_int("every", 5)
    5
    """
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f"{name}={value!r}: expected an integer of at least {least}.")
    return int(value)


def unknown_name(kind: str, name: str, known: Iterable[str]) -> str:
    """The message for a name that is not known: the nearest one, where there is one near, and all.

    >>> unknown_name("experiment", "mnsit", ["mnist", "svhn"])
    "There is no experiment 'mnsit'. Did you mean mnist? Known: mnist, svhn."
    """
    known = list(known)
    near = difflib.get_close_matches(name, known, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"There is no {kind} {name!r}.{meant} Known: {', '.join(known)}."
