# The role that the scan runs with, in the audit account. Its permissions are what `neptune-scan iam-policy caller`
# prints, its trust policy is that of `neptune-scan iam-policy hub-trust`.

data "aws_caller_identity" "audit" {
  provider = aws.audit
}

data "aws_partition" "audit" {
  provider = aws.audit
}

locals {
  partition = data.aws_partition.audit.partition
  account   = data.aws_caller_identity.audit.account_id
  instance  = local.partition == "aws-cn" ? "ec2.amazonaws.com.cn" : "ec2.amazonaws.com"
  cluster   = coalesce(var.cluster_arn, "arn:${local.partition}:eks:*:${local.account}:cluster/*")
  issuer    = try(split(":oidc-provider/", var.oidc_provider_arn)[1], "none")
  trustee   = try(split(":", var.trusted_principal_arn)[4], "none") # account
  actions   = concat(local.encryption_actions, [for action in local.more_actions : action if var.controls == "all"])

  trusted = compact([
    var.service == "none" ? "" : var.service,
    var.oidc_provider_arn == "" ? "" : "oidc",
    var.trusted_principal_arn == "" ? "" : "principal",
  ])

  trust_statements = {
    "ec2.amazonaws.com" = {
      Sid       = "NeptuneScanInstance"
      Effect    = "Allow"
      Principal = { Service = local.instance }
      Action    = ["sts:AssumeRole"]
    }
    "ecs-tasks.amazonaws.com" = {
      Sid       = "NeptuneScanTask"
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = ["sts:AssumeRole"]
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:ecs:*:${local.account}:*" }
      }
    }
    "pods.eks.amazonaws.com" = {
      Sid       = "NeptuneScanPod"
      Effect    = "Allow"
      Principal = { Service = "pods.eks.amazonaws.com" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = {
        StringEquals = {
          "aws:RequestTag/kubernetes-namespace"       = var.namespace
          "aws:RequestTag/kubernetes-service-account" = var.service_account
        }
        StringLike = { "aws:RequestTag/eks-cluster-arn" = local.cluster }
      }
    }
    "oidc" = {
      Sid       = "NeptuneScanServiceAccount"
      Effect    = "Allow"
      Principal = { Federated = var.oidc_provider_arn }
      Action    = ["sts:AssumeRoleWithWebIdentity"]
      Condition = {
        StringEquals = {
          "${local.issuer}:aud" = "sts.amazonaws.com"
          "${local.issuer}:sub" = "system:serviceaccount:${var.namespace}:${var.service_account}"
        }
      }
    }
    "principal" = {
      Sid       = "NeptuneScanPrincipal"
      Effect    = "Allow"
      Principal = { AWS = "arn:${local.partition}:iam::${local.trustee}:root" }
      Action    = ["sts:AssumeRole", "sts:TagSession"]
      Condition = {
        ArnEquals    = { "aws:PrincipalArn" = var.trusted_principal_arn }
        StringEquals = { "aws:PrincipalOrgID" = local.organization }
      }
    }
  }

  encryption_actions = [
    "ec2:DescribeRegions",
    "kms:DescribeKey",
    "kms:GetKeyRotationStatus",
    "kms:ListKeyRotations",
    "rds:DescribeDBClusterSnapshots",
    "rds:DescribeDBClusters",
    "rds:DescribeDBInstances",
    "rds:DescribeGlobalClusters",
  ]

  more_actions = [
    "neptune-graph:ListGraphSnapshots",
    "neptune-graph:ListGraphs",
    "rds:DescribeDBClusterAutomatedBackups",
    "rds:DescribeDBClusterParameters",
    "rds:DescribeDBClusterSnapshotAttributes",
  ]

  hub_statements = [
    {
      Sid       = "NeptuneScanAssumesItsRole"
      Effect    = "Allow"
      Action    = ["sts:AssumeRole"]
      Resource  = "arn:${local.partition}:iam::*:role${var.role_path}${var.role_name}"
      Condition = { StringEquals = { "aws:ResourceOrgID" = "$${aws:PrincipalOrgID}" } }
    },
    {
      Sid      = "NeptuneScanAssumesItsRoleWithTags"
      Effect   = "Allow"
      Action   = ["sts:TagSession"]
      Resource = "arn:${local.partition}:iam::*:role${var.role_path}${var.role_name}"
    },
    {
      Sid    = "NeptuneScanReadsTheOrganization"
      Effect = "Allow"
      Action = [
        "organizations:DescribeOrganization",
        "organizations:ListAccounts",
        "organizations:ListAccountsForParent",
        "organizations:ListOrganizationalUnitsForParent",
        "organizations:ListRoots",
      ]
      Resource = "*"
    },
    {
      Sid      = "NeptuneScanReadsItsOwnAccount"
      Effect   = "Allow"
      Action   = local.actions
      Resource = "*"
    },
  ]
}

resource "aws_iam_role" "hub" {
  provider = aws.audit

  name                 = var.hub_role_name
  path                 = var.role_path
  description          = "neptune-scan runs with it."
  permissions_boundary = var.permissions_boundary == "" ? null : "arn:${local.partition}:iam::${local.account}:policy/${var.permissions_boundary}"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for name, statement in local.trust_statements : statement if contains(local.trusted, name)]
  })

  lifecycle {
    precondition {
      condition     = length(local.trusted) > 0
      error_message = "Set service, oidc_provider_arn or trusted_principal_arn."
    }
  }
}

resource "aws_iam_role_policy" "hub" {
  provider = aws.audit

  name   = "NeptuneScanCalls"
  role   = aws_iam_role.hub.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.hub_statements })
}

resource "aws_iam_instance_profile" "hub" {
  provider = aws.audit
  count    = var.service == "ec2.amazonaws.com" ? 1 : 0

  name = var.hub_role_name
  path = var.role_path
  role = aws_iam_role.hub.name
}
