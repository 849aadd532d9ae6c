"""What collected messages are said to mean and do not, by protocol and number: why not, and what they mean instead.

The samples follow public suites. Where those contradict the document of the protocol, or the vocabulary, these win.
"""

from typing import Any

OVERRULED: dict[tuple[str, int | None], tuple[str, dict[str, Any]]] = {}
