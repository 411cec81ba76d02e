# The role that the scan assumes: in each member account by a StackSet, which also covers accounts that join later, and
# in the management account, which StackSets leave out, by a stack. Both use the template for CloudFormation.

data "aws_organizations_organization" "current" {
  provider = aws.management
}

locals {
  organization    = data.aws_organizations_organization.current.id
  member_template = file("${path.module}/../cloudformation/member-role.yaml")

  member_parameters = {
    PrincipalArn        = aws_iam_role.hub.arn
    OrganizationId      = local.organization
    ExternalId          = var.external_id
    NextExternalId      = var.next_external_id
    RoleName            = var.role_name
    RolePath            = var.role_path
    PermissionsBoundary = var.permissions_boundary
    Controls            = var.controls
  }
}

resource "aws_cloudformation_stack_set" "members" {
  provider = aws.management

  name             = "neptune-scan"
  template_body    = local.member_template
  parameters       = local.member_parameters
  capabilities     = ["CAPABILITY_NAMED_IAM"]
  permission_model = "SERVICE_MANAGED"

  auto_deployment {
    enabled                          = true
    retain_stacks_on_account_removal = false
  }

  managed_execution {
    active = true
  }

  operation_preferences {
    failure_tolerance_percentage = 100
    max_concurrent_percentage    = 100
  }

  lifecycle {
    ignore_changes = [administration_role_arn]
  }
}

resource "aws_cloudformation_stack_set_instance" "members" {
  provider = aws.management

  stack_set_name = aws_cloudformation_stack_set.members.name

  deployment_targets {
    organizational_unit_ids = length(var.organizational_unit_ids) > 0 ? var.organizational_unit_ids : [data.aws_organizations_organization.current.roots[0].id]
  }

  operation_preferences {
    failure_tolerance_percentage = 100
    max_concurrent_percentage    = 100
  }
}

resource "aws_cloudformation_stack" "management" {
  provider = aws.management

  name          = "neptune-scan-management"
  template_body = local.member_template
  parameters    = local.member_parameters
  capabilities  = ["CAPABILITY_NAMED_IAM"]
}
