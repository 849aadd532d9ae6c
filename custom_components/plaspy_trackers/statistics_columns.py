"""What entities have statistics, and how their values become rows of the recorder."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from homeassistant.components.recorder import DOMAIN as RECORDER
from homeassistant.components.recorder.models import StatisticData, StatisticMetaData
from homeassistant.components.recorder.statistics import UNIT_CLASS_TO_UNIT_CONVERTER
from homeassistant.components.sensor import SensorStateClass
from homeassistant.util import dt as dt_util

from .sensor import DESCRIPTIONS
from .tracker import Tracker
from .tracker.replay import HOUR, Kind, Series, Total, average
from .vehicle_sensors import ANALOG_DESCRIPTIONS, VEHICLE_DESCRIPTIONS
from .vehicle_settings import Use

#: The values that have statistics.
DESCRIBED = {
    one.key: one for one in (*DESCRIPTIONS, *VEHICLE_DESCRIPTIONS, *ANALOG_DESCRIPTIONS) if one.state_class is not None
}
#: What the recorder keeps a sum of.
_TOTALS = {SensorStateClass.TOTAL, SensorStateClass.TOTAL_INCREASING}


@dataclass(slots=True)
class Column:
    """An entity that has statistics, and how its values become the recorder's."""

    key: str
    state_class: SensorStateClass
    metadata: StatisticMetaData
    to_recorder: Callable[[float], float]
    from_recorder: Callable[[float], float]

    @property
    def sums(self) -> bool:
        """Whether the recorder keeps a sum of it."""
        return self.state_class in _TOTALS

    def kind(self, tracker: Tracker) -> Kind:
        """How the value of a tracker is counted."""
        if self.key == "distance_today":
            return Kind.DAY
        if self.state_class is SensorStateClass.TOTAL_INCREASING:
            return Kind.COUNTER
        return Kind.LEVEL if tracker.measures(self.key) else Kind.WAY


def column_of(key: str, found: dict[str, Any], uses: Mapping[str, Use]) -> Column | None:
    """Return how an entity's values become the recorder's; None if the recorder keeps something else of it.

    `uses` are the inputs that have a unit of the user's.
    """
    description = DESCRIBED[key]
    unit, unit_class = description.native_unit_of_measurement, found["unit_class"]
    if (use := uses.get(key)) is not None:
        unit = use.unit
    stored = found["statistics_unit_of_measurement"]
    state_class = description.state_class
    assert state_class is not None
    if found["source"] != RECORDER or found["has_sum"] != (state_class in _TOTALS):
        return None
    to_recorder: Callable[[float], float] = _same
    from_recorder: Callable[[float], float] = _same
    if unit != stored:
        converter = UNIT_CLASS_TO_UNIT_CONVERTER.get(unit_class)
        if converter is None or not {unit, stored} <= set(converter.VALID_UNITS):
            return None
        to_recorder = converter.converter_factory(unit, stored)
        from_recorder = converter.converter_factory(stored, unit)
    metadata = StatisticMetaData(
        mean_type=found["mean_type"],
        has_sum=found["has_sum"],
        name=found["name"],
        source=RECORDER,
        statistic_id=found["statistic_id"],
        unit_class=unit_class,
        unit_of_measurement=stored,
    )
    return Column(key, SensorStateClass(state_class), metadata, to_recorder, from_recorder)


def averages_of(column: Column, series: Series, hours: Iterable[datetime]) -> list[StatisticData]:
    """Return hours of a measured value."""
    angle = column.state_class is SensorStateClass.MEASUREMENT_ANGLE
    rows = []
    for hour in hours:
        found = average(series, hour, hour + HOUR, circular=angle)
        if found is None:
            continue
        mean, lowest, highest = map(column.to_recorder, found)
        row = StatisticData(start=hour, mean=mean)
        rows.append(row if angle else StatisticData(**row, min=lowest, max=highest))
    return rows


def row_of(column: Column, total: Total, kind: Kind) -> StatisticData:
    """Return an hour of a value that grows."""
    row = StatisticData(start=total.start, state=column.to_recorder(total.state), sum=column.to_recorder(total.total))
    if kind is Kind.DAY:
        row["last_reset"] = dt_util.start_of_local_day(day_of(total.start + HOUR - timedelta.resolution))
    return row


def day_of(time: datetime) -> date:
    """Return the day that a time belongs to where Home Assistant is."""
    return dt_util.as_local(time).date()


def _same(value: float) -> float:
    return value
