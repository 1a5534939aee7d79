"""How the clients of Microsoft's SDK for Python are started: on the emulator, with a client secret."""

import importlib.metadata
import os

from azure.core.exceptions import ResourceNotFoundError
from azure.identity import ClientSecretCredential

ENDPOINT = os.environ["ARM_RESOURCE_MANAGER_ENDPOINT"]
SUBSCRIPTION = os.environ["ARM_SUBSCRIPTION_ID"]
GROUP = "rg-arc"
LOCATION = "eastus"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"


def credential():
    """The authority is not one of Microsoft's, so it is not looked up there."""
    return ClientSecretCredential(
        os.environ["ARM_TENANT_ID"],
        os.environ["ARM_CLIENT_ID"],
        os.environ["ARM_CLIENT_SECRET"],
        authority=os.environ["ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST"],
        disable_instance_discovery=True,
    )


def start(kind, *arguments):
    """A management client in the api-version that it takes by itself; it polls each second instead of each 30."""
    scopes = [f"{os.environ['ARM_RESOURCE_MANAGER_AUDIENCE']}/.default"]
    return kind(
        credential(), *(arguments or [SUBSCRIPTION]), base_url=ENDPOINT, credential_scopes=scopes, polling_interval=1
    )


def version(package):
    return importlib.metadata.version(package)


def assert_absent(look):
    """What is gone is not found."""
    try:
        found = look()
    except ResourceNotFoundError:
        return
    raise AssertionError(f"it is still there: {found}")
