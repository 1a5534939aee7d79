"""azure-identity: tokens for a client secret."""

import os

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ClientSecretCredential
from life import equal, play
from sign_in import credential, version


class Identity:
    client, version = "azure-identity", version("azure-identity")
    scope = f"{os.environ['ARM_RESOURCE_MANAGER_AUDIENCE']}/.default"

    def get_a_token(self):
        token = credential().get_token(self.scope)
        assert token.token and token.expires_on > 0

    def get_a_token_with_its_facts(self):
        equal(credential().get_token_info(self.scope).token_type, "Bearer")

    def refuse_a_wrong_secret(self):
        wrong = ClientSecretCredential(
            os.environ["ARM_TENANT_ID"],
            os.environ["ARM_CLIENT_ID"],
            "wrong",
            authority=os.environ["ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST"],
            disable_instance_discovery=True,
        )
        try:
            wrong.get_token(self.scope)
        except ClientAuthenticationError as error:
            assert "AADSTS7000215" in str(error), str(error)
        else:
            raise AssertionError("a wrong secret gives a token")


play(Identity())
