"""What every engine must compute (CASES) and refuse (ERRORS), op by op.

CASES[name] holds the cases of K.<name>; what must come out is
`getattr(oracle, name)(*case.arrays("float64"), **case.params)`. ERRORS[name] holds calls that
must be refused. oracle/cases/case.py says how both are written, the files beside it hold them.
"""

import pytest
from oracle.cases import (
    control,
    convolution,
    creation,
    ctc,
    elementwise,
    linear,
    nn,
    pooling,
    reduction,
    settings,
    shaping,
)
from oracle.cases.case import Body, Case, Refusal, Values, case, flat, leaves, mapped, refused

__all__ = [
    "CASES",
    "ERRORS",
    "Body",
    "Case",
    "Refusal",
    "Values",
    "case",
    "flat",
    "leaves",
    "mapped",
    "refused",
    "rows",
]

FAMILIES = (
    creation,
    elementwise,
    reduction,
    shaping,
    linear,
    nn,
    convolution,
    pooling,
    control,
    ctc,
    settings,
)
CASES = {name: cases for family in FAMILIES for name, cases in family.CASES.items()}
ERRORS = {name: calls for family in FAMILIES for name, calls in family.ERRORS.items()}


def rows(table):
    """The table as parameters (name, entry) of a test, each under an id of its own."""
    return [
        pytest.param(name, entry, id=f"{name}-{number}-{entry}"[:100])
        for name, entries in table.items()
        for number, entry in enumerate(entries)
    ]
