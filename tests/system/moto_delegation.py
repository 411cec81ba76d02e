"""A moto server with what it lacks of a roll-out: an organization has a resource policy, and only the accounts that it or a delegation
names may read the organization; StackSets leave out the management account, and delete the instances of organizational units.
"""
import json
import sys

from moto.cloudformation.models import StackInstances, StackSet
from moto.organizations.exceptions import OrganizationsClientError
from moto.organizations.models import organizations_backends
from moto.organizations.responses import OrganizationsResponse
from moto.server import main

POLICIES = {}  # of the organization, by management account


class AccessDenied(OrganizationsClientError):
    def __init__(self, account):
        super().__init__("AccessDeniedException", f"Account {account} may not read the organization.")


class NoPolicy(OrganizationsClientError):
    def __init__(self):
        super().__init__("ResourcePolicyNotFoundException", "We can't find a resource policy.")


def backend_of(response):
    """A member's requests are about the organization that it belongs to."""
    account = response.current_account
    management, partition = organizations_backends.master_accounts.get(account, (account, response.partition))
    backend = organizations_backends[management][partition]
    if management != account and response._get_action() != "DescribeOrganization":
        delegated = {admin.account.id for admin in backend.admins}
        if account not in delegated and f":{account}:root" not in POLICIES.get(management, ""):
            raise AccessDenied(account)
    return backend


def describe_resource_policy(response):
    if response.current_account not in POLICIES:
        raise NoPolicy
    return json.dumps({"ResourcePolicy": {"Content": POLICIES[response.current_account]}})


def put_resource_policy(response):
    POLICIES[response.current_account] = response.request_params["Content"]
    return describe_resource_policy(response)


def delete_resource_policy(response):
    del POLICIES[response.current_account]
    return "{}"


OrganizationsResponse.organizations_backend = property(backend_of)
OrganizationsResponse.describe_resource_policy = describe_resource_policy
OrganizationsResponse.put_resource_policy = put_resource_policy
OrganizationsResponse.delete_resource_policy = delete_resource_policy

create_instances, delete_instances = StackInstances.create_instances, StackSet.delete_stack_instances


def create_of_members(self, *arguments, **more):
    create_instances(self, *arguments, **more)
    for instance in [each for each in self.stack_instances if each.account_id == self.account_id]:
        instance.delete()
        self.stack_instances.remove(instance)


def delete_of_units(self, accounts, regions):
    delete_instances(self, accounts or [each.account_id for each in self.instances.stack_instances], regions)


StackInstances.create_instances = create_of_members
StackSet.delete_stack_instances = delete_of_units

if __name__ == "__main__":
    sys.exit(main(["-H", "127.0.0.1", "-p", "0"]))
