"""Stand-ins for the vendors: real HTTP servers on this machine, which know nothing of the bot."""

from tests.standins.aimlapi import AimlapiStandIn
from tests.standins.bfl import BflStandIn
from tests.standins.faults import PRIVATE_ADDRESS, Fault
from tests.standins.server import Recorded
from tests.standins.vtrix import VtrixStandIn

__all__ = ["PRIVATE_ADDRESS", "AimlapiStandIn", "BflStandIn", "Fault", "Recorded", "VtrixStandIn"]
