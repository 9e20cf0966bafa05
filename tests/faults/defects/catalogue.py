"""Every planted defect by its name."""

from typing import Final

from tests.faults.defects import of_consumers, of_relays, of_services
from tests.faults.defects.defect import Defect

DEFECTS: Final[dict[str, Defect]] = {
    defect.name: defect for module in (of_services, of_relays, of_consumers) for defect in module.DEFECTS
}
