"""How azure-ai-ml is started: from the metadata of the cloud that the emulator describes."""

import os

# Where the package looks for the clouds that there are; it reads this when it is imported.
os.environ["ARM_CLOUD_METADATA_URL"] = (
    f"{os.environ['ARM_RESOURCE_MANAGER_ENDPOINT']}/metadata/endpoints?api-version=2019-05-01"
)

from azure.ai.ml import MLClient
from sign_in import GROUP, SUBSCRIPTION, credential

WORKSPACE = "amlarc-workspace"


def start():
    return MLClient(credential(), SUBSCRIPTION, GROUP, WORKSPACE, enable_telemetry=False)
