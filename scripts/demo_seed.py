"""Writes the configuration folder that the demo starts from: onboarded, with one user and two dashboards."""

import base64
import json
from pathlib import Path
import uuid

import bcrypt

USER = "demo"
PASSWORD = "demo"  # noqa: S105 - it is printed, and opens nothing but the demo on loopback

#: Where home is: on the route of the TK-102, so that it leaves and comes back.
HOME = {"latitude": 4.6612, "longitude": -74.0936, "elevation": 2555}

#: What the trackers are called.
NAMES = ("Father", "Mother", "TK-102", "TE-207", "Car")

CONFIGURATION = f"""\
homeassistant:
  name: Plaspy Trackers demo
  latitude: {HOME["latitude"]}
  longitude: {HOME["longitude"]}
  elevation: {HOME["elevation"]}
  unit_system: metric
  country: CO
  time_zone: America/Bogota
frontend:
config:
history:
logbook:
recorder:
  commit_interval: 1
automation: !include automations.yaml
logger:
  default: warning
  logs:
    custom_components.plaspy_trackers: info
    # What Home Assistant looks for and this demo does not need.
    haffmpeg: critical
    aiohttp_fast_zlib: error
    homeassistant.bootstrap: error
    homeassistant.components.analytics: critical
    homeassistant.components.camera: critical
    homeassistant.components.marketplace: critical
"""


#: Modules of the voice assistant that Home Assistant imports for its list of actions. They come as C++ to be compiled,
#: which takes a compiler and minutes, and the demo has no microphone: these stand in for them.
STAND_INS = {
    "pymicro_vad.py": "class MicroVad:\n    pass\n",
    "pyspeex_noise.py": "class AudioProcessor:\n    pass\n",
}


def object_id(name: str) -> str:
    """Return what the ids of a tracker's entities begin with."""
    return name.lower().replace("-", "_")


def stand_ins(folder: Path) -> Path:
    """Return where the modules are that stand in for others."""
    return folder / "stand_ins"


def seed(folder: Path, port: int, integration: Path) -> None:
    """Write a configuration folder whose web interface listens on 127.0.0.1 at `port`."""
    (folder / ".storage").mkdir(parents=True)
    stand_ins(folder).mkdir()
    for name, text in STAND_INS.items():
        (stand_ins(folder) / name).write_text(text)
    (folder / "configuration.yaml").write_text(CONFIGURATION)
    (folder / "automations.yaml").write_text("[]\n")
    (folder / "custom_components").mkdir()
    (folder / "custom_components" / integration.name).symlink_to(integration)
    for key, (version, data) in _stores(port).items():
        document = {"version": version, "minor_version": 1, "key": key, "data": data}
        (folder / ".storage" / key).write_text(json.dumps(document))


def _stores(port: int) -> dict[str, tuple[int, object]]:
    """Return the version and data of each store."""
    user, credential = uuid.uuid4().hex, uuid.uuid4().hex
    password = base64.b64encode(bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(rounds=4))).decode()
    return {
        "http": (3, {"stable": _http(port), "pending": None, "yaml_migration_done": True}),
        "onboarding": (4, {"done": ["user", "core_config", "analytics", "integration"]}),
        "auth": (1, _auth(user, credential)),
        "auth_provider.homeassistant": (1, {"users": [{"username": USER, "password": password}]}),
        "person": (2, {"items": [{"id": USER, "name": "Demo", "user_id": user, "device_trackers": []}]}),
        "lovelace_dashboards": (1, {"items": [_dashboard("map", "Map"), _dashboard("trackers", "Trackers")]}),
        "lovelace.map": (1, {"config": {"strategy": {"type": "map"}}}),
        "lovelace.trackers": (1, {"config": {"views": [_view()]}}),
    }


def _http(port: int) -> dict[str, object]:
    return {
        "server_port": port,
        "server_host": ["127.0.0.1"],
        "cors_allowed_origins": [],
        "login_attempts_threshold": -1,
        "ip_ban_enabled": False,
        "ssl_profile": "intermediate_v6",
        "use_x_frame_options": True,
        "created_at": "2026-11-01T00:00:00+00:00",
        "error": None,
        "error_message": None,
    }


def _auth(user: str, credential: str) -> dict[str, object]:
    return {
        "users": [
            {
                "id": user,
                "group_ids": ["system-admin"],
                "is_owner": True,
                "is_active": True,
                "name": "Demo",
                "system_generated": False,
                "local_only": False,
            }
        ],
        "groups": [
            {"id": "system-admin", "name": "Administrators"},
            {"id": "system-users", "name": "Users"},
            {"id": "system-read-only", "name": "Read Only"},
        ],
        "credentials": [
            {
                "id": credential,
                "user_id": user,
                "auth_provider_type": "homeassistant",
                "auth_provider_id": None,
                "data": {"username": USER},
            }
        ],
        "refresh_tokens": [],
    }


def _dashboard(path: str, title: str) -> dict[str, object]:
    return {
        "id": path,
        "url_path": path,
        "title": title,
        "icon": f"mdi:{'map' if path == 'map' else 'map-marker-path'}",
        "require_admin": False,
        "show_in_sidebar": True,
        "mode": "storage",
    }


def _view() -> dict[str, object]:
    return {
        "title": "Trackers",
        "type": "sections",
        "max_columns": 4,
        "sections": [
            {
                "type": "grid",
                "column_span": 2,
                "cards": [
                    {
                        "type": "map",
                        "entities": [
                            *(
                                f"device_tracker.{object_id(name)}"
                                for name in ("Father", "Mother", "TK-102", "TE-207", "Car")
                            ),
                            "zone.home",
                        ],
                        "hours_to_show": 1,
                        "default_zoom": 13,
                        "cluster": False,
                        "grid_options": {"columns": "full", "rows": 3},
                    }
                ],
            },
            {"type": "grid", "cards": _person("Father", "temperature", "moving")},
            {"type": "grid", "cards": _person("Mother", "body_temperature", "worn")},
            {"type": "grid", "cards": _cards("TK-102", "distance_today", "battery_voltage")},
            {"type": "grid", "cards": _cards("TE-207", "distance_today", "signal_level")},
            {"type": "grid", "cards": _car("Car")},
        ],
    }


def _person(name: str, temperature: str, activity: str) -> list[dict[str, object]]:
    """Return the cards of somebody with a watch, so low that a telephone shows two of them and the map at once."""
    of = object_id(name)
    state = (f"binary_sensor.{of}_{activity}", f"sensor.{of}_battery", f"binary_sensor.{of}_connectivity")
    vitals = {
        "Heart rate": "heart_rate",
        "Systolic": "systolic_pressure",
        "Diastolic": "diastolic_pressure",
        "Oxygen": "blood_oxygen",
        "Temperature": temperature,
        "Steps": "steps",
    }
    return [
        {
            "type": "heading",
            "heading": name,
            "badges": [{"type": "entity", "entity": one, "show_state": True, "color": "state"} for one in state],
        },
        {"type": "tile", "entity": f"device_tracker.{of}"},
        {"type": "tile", "entity": f"binary_sensor.{of}_sos", "name": {"type": "entity"}},
        {
            "type": "glance",
            "columns": 3,
            "show_icon": False,
            "entities": [{"entity": f"sensor.{of}_{key}", "name": label} for label, key in vitals.items()],
            "grid_options": {"columns": "full"},
        },
        {
            "type": "tile",
            "entity": f"button.{of}_acknowledge",
            "name": {"type": "entity"},
            "hide_state": True,
            "visibility": [{"condition": "state", "entity": f"binary_sensor.{of}_sos", "state": "on"}],
            "grid_options": {"columns": "full"},
        },
    ]


def _car(name: str) -> list[dict[str, object]]:
    """Return the cards of a vehicle: those of any tracker, with what it tells of itself on top."""
    of = object_id(name)
    title, *cards = _cards(name, "external_voltage", "odometer", "fuel", "fuel_level")
    badges = [f"binary_sensor.{of}_{key}" for key in ("ignition", "immobilized", "connectivity")]
    title["badges"] = [{"type": "entity", "entity": one, "show_state": True, "color": "state"} for one in badges]
    return [title, *cards]


def _cards(name: str, *own: str) -> list[dict[str, object]]:
    """Return the cards of a tracker: what all trackers have, and those sensors that `own` names."""
    of = object_id(name)
    others = [f"binary_sensor.{of}_sos"]
    others += [f"sensor.{of}_{key}" for key in ("battery", "speed", *own)]
    others += [f"event.{of}_alarm", f"button.{of}_acknowledge"]
    cards: list[dict[str, object]] = [
        {"type": "heading", "heading": name},
        {"type": "tile", "entity": f"device_tracker.{of}"},
    ]
    cards += [{"type": "tile", "entity": other, "name": {"type": "entity"}} for other in others]
    return cards
