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

CONFIGURATION = f"""\
homeassistant:
  name: Plaspy Trackers demo
  latitude: {HOME["latitude"]}
  longitude: {HOME["longitude"]}
  elevation: {HOME["elevation"]}
  unit_system: metric
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
        "max_columns": 3,
        "sections": [
            {
                "type": "grid",
                "column_span": 2,
                "cards": [
                    {
                        "type": "map",
                        "entities": ["device_tracker.tk_102", "device_tracker.te_207", "zone.home"],
                        "hours_to_show": 1,
                        "default_zoom": 15,
                        "grid_options": {"columns": "full", "rows": 6},
                    }
                ],
            },
            {"type": "grid", "cards": _cards("tk_102", "altitude", "battery_voltage")},
            {"type": "grid", "cards": _cards("te_207", "course", "signal_level")},
        ],
    }


def _cards(name: str, *own: str) -> list[dict[str, object]]:
    """Return the cards of a tracker: what all trackers have, and those sensors that `own` names."""
    others = [f"binary_sensor.{name}_sos"]
    others += [f"sensor.{name}_{key}" for key in ("battery", "speed", *own)]
    others += [f"event.{name}_alarm", f"button.{name}_acknowledge_sos"]
    cards: list[dict[str, object]] = [
        {"type": "heading", "heading": name.replace("_", "-").upper()},
        {"type": "tile", "entity": f"device_tracker.{name}"},
    ]
    cards += [{"type": "tile", "entity": other, "name": {"type": "entity"}} for other in others]
    return cards
