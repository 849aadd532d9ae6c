"""Items: what follows the fixed part of a position of JT/T 808 (`jt808_positions.py`).

Each is an id u8, the length of its value u8, and the value. Makers use the same ids for different things, which only
the length tells apart: an item counts if both are known, and is passed over otherwise.

    id, length
    01  4       odometer /10 km
    02  2       fuel /10 L; not where bit 15 says that it is a raw value
    04 06  1    battery %; FE 1 as well
    25  4       inputs, a bit each: the lowest eight are told
    2B  4       analog inputs 2 and 1, mV u16 each
    30  1       signal, CSQ          31  1   satellites
    51  2n      temperatures /10 °C, bit 15 the sign, FFFF none: the first there is
    56  1 2     battery: tenths of its charge, and of no known meaning
    61  2       supply /100 V        69  2   battery /100 V
    82 D3 E1 FE  2  supply /10 V
    D4 E1 E9  1 battery %, FF while it charges
    E1  4+8n    cells: MCC u16, MNC u16, and as often: LAC 3 bytes, CID u32, signal
    E3  4 6     of no known meaning, battery % u8, battery /100 V u16
    E4  2       0 charging, battery %
    E5  1       moving
    EB          one of
                cells: MCC u16, MNC u8, and as often: LAC u16, CID u16, signal
                items with lengths u16, which count the id, and ids u16 (see below)
    EC F4  7n   access points: address 6, dBm i8
    EE  6       signal u8, supply mV u16, battery mV u16, satellites u8
    F1  4       supply mV
    F7  6       battery mV u32, state u8 (2 and 3 charging), battery %

    ids of EB
    002D  battery mV u16; or supply mV u32, or both of them u16
    0089  alarms, a bit each, 0 raised: 0 power off, 12 removed; all bits 0 is none
    00A8  battery %                00B2  ICCID, BCD
    00C5  states, 0 raised: 6 vibration; 23 and 24 are 0 moving, 1 still
    00CE  supply /100 V

The standard has the lower half of 2B for the first input, and no unit. mV is ours: a user gives an input a factor where
a maker has another scale. More than 40 V is no mV.

Left out are values without a unit (2A, the fuel of 0001 and 0023 in EB), the speed of the recorder (03), and whatever
is not named here. A signal of a cell that is not below zero has no unit either.

Exactly 18 bytes may be the fixed tail of an old form. They are items if they come out even, as 01, 25, 30 and 31 do.
"""

from collections.abc import Callable, Iterable
from struct import Struct
from typing import Literal

from ..models import Alarm, CellTower, Readings, Report
from .fields import make_access_point, make_cell, read_iccid, signal_level

_U16 = Struct(">H")
_U32 = Struct(">I")
_BATTERY = Struct(">BH")
_STATE = Struct(">IBB")
_POWER = Struct(">BHHB")
_PAIR = Struct(">HH")
_ACCESS_POINT = Struct(">6sb")
_NETWORK = Struct(">HH")
_CELL = Struct(">BHIb")
_OLD_NETWORK = Struct(">HB")
_OLD_CELL = Struct(">HHb")

_OLD_TAIL = 18
_UNKNOWN = 0xFFFFFFFF
_LOWEST_MCC = 200
_HIGHEST_VOLTAGE = 1000  # V
_HIGHEST_INPUT = 40_000  # mV

type _Reader = Callable[[Report, bytes, int, int], None]

_INPUTS: tuple[Readings, ...] = tuple(
    {
        "input_1": bool(bits & 0x01),
        "input_2": bool(bits & 0x02),
        "input_3": bool(bits & 0x04),
        "input_4": bool(bits & 0x08),
        "input_5": bool(bits & 0x10),
        "input_6": bool(bits & 0x20),
        "input_7": bool(bits & 0x40),
        "input_8": bool(bits & 0x80),
    }
    for bits in range(256)
)
_SIGNAL_LEVELS = tuple(signal_level(value) for value in range(256))


def read_items(report: Report, data: bytes, begin: int, end: int) -> bool:
    """Add what the items say to a report; False if they do not come out even, and the rest is not read."""
    if end - begin == _OLD_TAIL and not _comes_out_even(data, begin, end):
        return True
    while end - begin >= 2:
        at = begin + 2
        size = data[begin + 1]
        stop = at + size
        if stop > end:
            return False
        kind = data[begin]
        if (read := _READERS.get(kind << 8 | size) or _LISTS.get(kind)) is not None:
            read(report, data, at, stop)
        begin = stop
    return begin == end


def _comes_out_even(data: bytes, begin: int, end: int) -> bool:
    """Tell whether bytes are nothing but items."""
    while end - begin >= 2:
        if not data[begin]:
            return False
        begin += 2 + data[begin + 1]
    return begin == end


def _read_odometer(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add the odometer."""
    (tenths,) = _U32.unpack_from(data, begin)
    if tenths != _UNKNOWN:
        report.readings["odometer"] = tenths / 10


def _read_fuel(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add the fuel, unless it is a raw value."""
    (tenths,) = _U16.unpack_from(data, begin)
    if tenths < 0x8000:
        report.readings["fuel_volume"] = tenths / 10


def _read_battery(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add the battery in %."""
    if data[begin] <= 100:
        report.readings["battery_level"] = data[begin]


def _read_battery_or_charging(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add the battery in %, or that it charges."""
    if data[begin] == 0xFF:
        report.readings["charging"] = True
    else:
        _read_battery(report, data, begin, end)


def _read_inputs(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add the lowest eight inputs."""
    report.readings.update(_INPUTS[data[begin + 3]])


def _read_analog_inputs(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add the analog inputs: the lower half is the first."""
    second, first = _PAIR.unpack_from(data, begin)
    if first <= _HIGHEST_INPUT:
        report.readings["analog_1"] = first / 1000
    if second <= _HIGHEST_INPUT:
        report.readings["analog_2"] = second / 1000


def _read_signal(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add the signal."""
    if (level := _SIGNAL_LEVELS[data[begin]]) is not None:
        report.readings["signal_level"] = level


def _read_satellites(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add how many satellites the position comes from."""
    if report.fix is not None:
        report.fix.satellites = data[begin]


def _read_temperatures(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add the first temperature that there is."""
    if (end - begin) % 2:
        return
    for (tenths,) in _U16.iter_unpack(data[begin:end]):
        if tenths != 0xFFFF:
            report.readings["temperature"] = (-1 if tenths & 0x8000 else 1) * (tenths & 0x7FFF) / 10
            return


def _read_tenths_of_charge(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add the battery in %."""
    if data[begin] <= 10:
        report.readings["battery_level"] = data[begin] * 10


def _voltage(key: Literal["battery_voltage", "external_voltage"], number: Struct, parts: int) -> _Reader:
    """Return what adds a voltage, of which a volt has so many parts; all bits set are none."""
    most = min((1 << 8 * number.size) - 2, _HIGHEST_VOLTAGE * parts)

    def read(report: Report, data: bytes, begin: int, end: int) -> None:
        (value,) = number.unpack_from(data, begin)
        if value <= most:
            report.readings[key] = value / parts

    return read


def _read_battery_and_voltage(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add the battery in % and V."""
    level, hundredths = _BATTERY.unpack_from(data, begin + 1)
    if level <= 100:
        report.readings["battery_level"] = level
    report.readings["battery_voltage"] = hundredths / 100


def _read_charge(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add whether the battery charges, and what it has in %."""
    report.readings["charging"] = not data[begin]
    _read_battery(report, data, begin + 1, end)


def _read_motion(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add whether the tracker moves."""
    report.readings["moving"] = bool(data[begin])


def _read_power(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add signal, both voltages and satellites."""
    _, supply, battery, _ = _POWER.unpack_from(data, begin)
    _read_signal(report, data, begin, end)
    report.readings["external_voltage"] = supply / 1000
    report.readings["battery_voltage"] = battery / 1000
    _read_satellites(report, data, begin + 5, end)


def _read_battery_state(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add the battery in V and %, and whether it charges."""
    millivolts, state, level = _STATE.unpack_from(data, begin)
    readings = report.readings
    if millivolts <= _HIGHEST_VOLTAGE * 1000:
        readings["battery_voltage"] = millivolts / 1000
    readings["charging"] = state in (2, 3)
    if level <= 100:
        readings["battery_level"] = level


def _read_cells(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add the cells that were heard."""
    if end - begin >= 12 and (end - begin) % 8 == 4:
        mcc, mnc = _NETWORK.unpack_from(data, begin)
        cells = _CELL.iter_unpack(data[begin + 4 : end])
        report.cells += _make_cells(mcc, mnc, ((high << 16 | low, cell, signal) for high, low, cell, signal in cells))


def _make_cells(mcc: int, mnc: int, heard: Iterable[tuple[int, int, int]]) -> tuple[CellTower, ...]:
    """Return the cells of one network that are some: area, cell and signal of each."""
    towers = [make_cell(mcc, mnc, area, cell, signal) for area, cell, signal in heard]
    return tuple([tower for tower in towers if tower is not None])


def _read_access_points(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add the access points that were heard."""
    if (end - begin) % 7 == 0:
        points = [
            make_access_point(address.hex(":"), signal)
            for address, signal in _ACCESS_POINT.iter_unpack(data[begin:end])
        ]
        report.wifi += tuple([point for point in points if point is not None])


def _read_extension(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add what stands in an item of items, or the cells of the other form."""
    items = []
    at = begin
    while end - at >= 4:
        size, kind = _PAIR.unpack_from(data, at)
        items.append((kind, size - 2, at + 4))
        # A length that does not even count the id is none.
        at += max(2, size) + 2
    if at == end:
        for kind, size, at in items:
            if (read := _EXTENSIONS.get((kind, size))) is not None:
                read(report, data, at, at + size)
    elif end - begin >= 8 and (end - begin) % 5 == 3:
        mcc, mnc = _OLD_NETWORK.unpack_from(data, begin)
        if mcc >= _LOWEST_MCC:
            report.cells += _make_cells(mcc, mnc, _OLD_CELL.iter_unpack(data[begin + 3 : end]))


def _read_iccid(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add the number of the SIM."""
    if iccid := read_iccid(data[begin:end]):
        report.readings["iccid"] = iccid


def _read_supply_or_both(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add the supply in mV, or battery and supply: no supply has as much as both together would be."""
    battery, supply = _PAIR.unpack_from(data, begin)
    if battery > 1:
        report.readings["battery_voltage"] = battery / 1000
    else:
        supply += battery << 16
    report.readings["external_voltage"] = supply / 1000


def _read_more_alarms(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add the alarms whose bits are 0."""
    (bits,) = _U32.unpack_from(data, begin)
    if bits:
        raised = [bit for bit in range(32) if not bits >> bit & 1]
        report.alarms += tuple([_MORE_ALARMS.get(bit, Alarm.OTHER) for bit in raised])
        report.codes += tuple([f"0089:{bit}" for bit in raised])


def _read_states(report: Report, data: bytes, begin: int, end: int) -> None:
    """Add whether the tracker moves, and whether it was shaken."""
    (bits,) = _U32.unpack_from(data, begin)
    if not bits:
        return
    if not bits & 0x40:
        report.alarms += (Alarm.VIBRATION,)
        report.codes += ("00C5:6",)
    if (motion := bits >> 23 & 3) <= 1:
        report.readings["moving"] = not motion


_MORE_ALARMS = {0: Alarm.POWER_OFF, 12: Alarm.REMOVED}

_read_supply = _voltage("external_voltage", _U16, 10)

#: By id and length.
_READERS: dict[int, _Reader] = {
    0x0104: _read_odometer,
    0x0202: _read_fuel,
    0x0401: _read_battery,
    0x0601: _read_battery,
    0x2504: _read_inputs,
    0x2B04: _read_analog_inputs,
    0x3001: _read_signal,
    0x3101: _read_satellites,
    0x5601: _read_tenths_of_charge,
    0x5602: _read_tenths_of_charge,
    0x6102: _voltage("external_voltage", _U16, 100),
    0x6902: _voltage("battery_voltage", _U16, 100),
    0x8202: _read_supply,
    0xD302: _read_supply,
    0xD401: _read_battery_or_charging,
    0xE101: _read_battery_or_charging,
    0xE102: _read_supply,
    0xE304: _read_battery_and_voltage,
    0xE306: _read_battery_and_voltage,
    0xE402: _read_charge,
    0xE501: _read_motion,
    0xE901: _read_battery_or_charging,
    0xEE06: _read_power,
    0xF104: _voltage("external_voltage", _U32, 1000),
    0xF706: _read_battery_state,
    0xFE01: _read_battery,
    0xFE02: _read_supply,
}
#: By id alone: the readers look at the length.
_LISTS: dict[int, _Reader] = {
    0x51: _read_temperatures,
    0xE1: _read_cells,
    0xEB: _read_extension,
    0xEC: _read_access_points,
    0xF4: _read_access_points,
}
#: By id and length in EB.
_EXTENSIONS: dict[tuple[int, int], _Reader] = {
    (0x002D, 2): _voltage("battery_voltage", _U16, 1000),
    (0x002D, 4): _read_supply_or_both,
    (0x0089, 4): _read_more_alarms,
    (0x00A8, 1): _read_battery,
    (0x00B2, 10): _read_iccid,
    (0x00C5, 4): _read_states,
    (0x00CE, 2): _voltage("external_voltage", _U16, 100),
}
