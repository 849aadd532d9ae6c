"""Arguments of commands are what their parameters say, or are refused with the reason."""

from math import inf, nan
import re

import pytest

from custom_components.plaspy_trackers.gateway.commands import Argument, CommandError, Fault, Number, Text


@pytest.mark.parametrize(
    ("number", "given", "taken"),
    [
        (Number(1, 10), 1, 1),
        (Number(1, 10), 10.0, 10),
        (Number(1, 10), 9.9999999999, 10),
        (Number(10, 2500, 10), 2500, 2500),
        (Number(-12, 14, 0.25), -3.5, -3.5),
        (Number(-12, 14, 0.25), 8.0, 8),
        (Number(-90, 90, 0), 51.19312501, 51.19312501),
        (Number(-90, 90, 0), 51.0, 51),
        (Number(30, 255, off=True), 0, 0),
    ],
)
def test_number_is_taken_as_protocols_write_it(number: Number, given: float, taken: float) -> None:
    value = number.check("it", given)
    assert value == taken
    assert type(value) is type(taken)


@pytest.mark.parametrize(
    ("number", "given", "fault"),
    [
        (Number(1, 10), "1", Fault.TYPE),
        (Number(1, 10), True, Fault.TYPE),
        (Number(1, 10), 0, Fault.RANGE),
        (Number(1, 10), 10.5, Fault.RANGE),
        (Number(1, 10), 1.5, Fault.STEP),
        (Number(10, 2500, 10), 15, Fault.STEP),
        (Number(-90, 90, 0), 90.1, Fault.RANGE),
        (Number(-90, 90, 0), nan, Fault.RANGE),
        (Number(-90, 90, 0), -inf, Fault.RANGE),
    ],
)
def test_number_that_is_none_is_refused(number: Number, given: Argument, fault: Fault) -> None:
    with pytest.raises(CommandError) as error:
        number.check("it", given)
    assert error.value.fault is fault


@pytest.mark.parametrize(("name", "value"), [("password", "***"), ("new", "***"), ("number", "abcdef")])
def test_password_that_is_none_is_not_told(name: str, value: str) -> None:
    with pytest.raises(CommandError) as error:
        Text(6, pattern=re.compile(r"\d{6}")).check(name, "abcdef")
    assert error.value.placeholders == {"argument": name, "value": value}
