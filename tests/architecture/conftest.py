"""The four APIs as they are composed."""

import asyncio
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from services.inspection.bootstrap import make_api as inspection
from services.inspection.settings import Settings as InspectionSettings
from services.notification.bootstrap import make_api as notification
from services.notification.settings import Settings as NotificationSettings
from services.portal.bootstrap import Portal, make_app
from services.portal.settings import PortalSettings
from services.portal.signing import new_key_pem
from services.reporting.bootstrap import make_api as reporting
from services.reporting.settings import ReportingSettings


@pytest.fixture(scope="module")
def applications() -> Iterator[dict[str, FastAPI]]:
    """The four APIs; their connections are made when they are used, so none is."""
    portal = Portal(PortalSettings(signing_key=SecretStr(new_key_pem())))
    yield {
        "portal": make_app(portal),
        "inspection": inspection(InspectionSettings()),
        "notification": notification(NotificationSettings(), ending=asyncio.Event()),
        "reporting": reporting(ReportingSettings()),
    }
    portal.hasher.close()
