"""The ways to run a scan, as flags of `iam-policy hub-trust` and as parameters of the hub's template; and what `iam-policy` prints."""
import json

import harness

ACCOUNT, ORGANIZATION = "222222222222", "o-a1b2c3d4e5"
HUB = f"arn:aws:iam::{ACCOUNT}:role/audit/NeptuneScanHub"
PERSON = f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Audit_0123456789abcdef"
CLUSTER = f"arn:aws:eks:eu-west-1:{ACCOUNT}:cluster/jobs"
ISSUER = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
POD = ("--namespace", "neptune-scan", "--service-account", "neptune-scan")
CONTROLS = ("encryption", "all")
# Who may assume the hub's role: flags of `iam-policy hub-trust`, parameters of the template.
HUBS = {
    "EC2": (("--service", "ec2.amazonaws.com"), {"Service": "ec2.amazonaws.com"}),
    "ECS": (("--service", "ecs-tasks.amazonaws.com", "--account", ACCOUNT), {"Service": "ecs-tasks.amazonaws.com"}),
    "EKS Pod Identity": (("--service", "pods.eks.amazonaws.com", "--account", ACCOUNT, *POD), {"Service": "pods.eks.amazonaws.com"}),
    "EKS Pod Identity, one cluster": (("--service", "pods.eks.amazonaws.com", "--cluster", CLUSTER, *POD),
                                      {"Service": "pods.eks.amazonaws.com", "ClusterArn": CLUSTER}),
    "EKS, OIDC": (("--oidc-provider", PROVIDER, *POD), {"OidcProviderArn": PROVIDER}),
    "a person": (("--principal", PERSON, "--organization", ORGANIZATION),
                 {"TrustedPrincipalArn": PERSON, "OrganizationId": ORGANIZATION}),
    "EC2 and a person": (("--service", "ec2.amazonaws.com", "--principal", PERSON, "--organization", ORGANIZATION),
                         {"Service": "ec2.amazonaws.com", "TrustedPrincipalArn": PERSON, "OrganizationId": ORGANIZATION}),
}
# Each way beside an OIDC provider: what is named is admitted, and nothing else.
HUBS.update({f"EKS, OIDC, and {name}": ((*flags, "--oidc-provider", PROVIDER, *(() if "--namespace" in flags else POD)),
                                        {**parameters, "OidcProviderArn": PROVIDER})
             for name, (flags, parameters) in list(HUBS.items()) if "OidcProviderArn" not in parameters})


def policy(*flags):
    result = harness.run(["iam-policy", *flags], harness.clean_environment())
    assert result.code == 0, result
    return json.loads(result.out)
