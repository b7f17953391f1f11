"""What an application finds behind the middleware."""

from __future__ import annotations

from typing import Optional

from weir.decision import Decision


class Passage:
    """In ``scope["weir"]`` or ``environ["weir"]``: the decision, and a place for the actual cost."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self._cost: Optional[int] = None

    @property
    def cost(self) -> Optional[int]:
        """What the request took in units, where the application knows it; settles a reservation. Set it before the
        response's last byte."""
        return self._cost

    @cost.setter
    def cost(self, units: Optional[int]) -> None:
        if units is not None and (not isinstance(units, int) or not 0 <= units < 2**62):
            raise ValueError(f"cost: found {units!r}, expected a whole number from 0 to 2**62 - 1")
        self._cost = units
