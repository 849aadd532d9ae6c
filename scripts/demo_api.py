"""How the demo speaks to its Home Assistant."""

from typing import Any, Self

import aiohttp

from scripts.demo_seed import PASSWORD, USER

HOST = "127.0.0.1"


class HomeAssistant:
    """The HTTP interface of the demo's Home Assistant."""

    def __init__(self, port: int) -> None:
        """Speak to the instance on a port; nothing is sent yet."""
        self._url = f"http://{HOST}:{port}"
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        """Open a session."""
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
        return self

    async def __aexit__(self, *reason: object) -> None:
        """Close the session."""
        await self._session.close()

    async def log_in(self) -> None:
        """Log in as the demo's user, as a browser does."""
        client = {"client_id": f"{self._url}/"}
        start = {**client, "handler": ["homeassistant", None], "redirect_uri": f"{self._url}/"}
        flow = await self._post("/auth/login_flow", json=start)
        answer = {**client, "username": USER, "password": PASSWORD}
        result = await self._post(f"/auth/login_flow/{flow['flow_id']}", json=answer)
        grant = {**client, "grant_type": "authorization_code", "code": result["result"]}
        token = await self._post("/auth/token", data=grant)
        self._session.headers["Authorization"] = f"Bearer {token['access_token']}"

    async def get(self, path: str) -> Any:
        """Return what is at a path of the API."""
        async with self._session.get(f"{self._url}/api{path}") as response:
            response.raise_for_status()
            return await response.json()

    async def flow(self, path: str, handler: Any, *, of: str | None = None, **answers: Any) -> dict[str, Any]:
        """Walk through a flow of one form, `of` a subentry that there is already; return how it ended."""
        begin = {"handler": handler, "show_advanced_options": False, **({"subentry_id": of} if of else {})}
        form = await self._post(f"/api{path}", json=begin)
        return await self._post(f"/api{path}/{form['flow_id']}", json=answers)

    async def ask(self, kind: str, **details: Any) -> Any:
        """Return what is answered to a message on the WebSocket."""
        async with self._session.ws_connect(f"{self._url}/api/websocket") as socket:
            await socket.receive_json()
            token = self._session.headers["Authorization"].removeprefix("Bearer ")
            await socket.send_json({"type": "auth", "access_token": token})
            await socket.receive_json()
            await socket.send_json({"id": 1, "type": kind, **details})
            return (await socket.receive_json())["result"]

    async def _post(self, path: str, **content: Any) -> dict[str, Any]:
        async with self._session.post(self._url + path, **content) as response:
            response.raise_for_status()
            result: dict[str, Any] = await response.json()
            return result
