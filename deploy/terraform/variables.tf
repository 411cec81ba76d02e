variable "service" {
  description = "A service that may assume the hub's role; none if only oidc_provider_arn or trusted_principal_arn is trusted."
  type        = string
  default     = "none"

  validation {
    condition     = contains(["ec2.amazonaws.com", "ecs-tasks.amazonaws.com", "pods.eks.amazonaws.com", "none"], var.service)
    error_message = "Must be ec2.amazonaws.com, ecs-tasks.amazonaws.com, pods.eks.amazonaws.com or none."
  }
}

variable "cluster_arn" {
  description = "For EKS Pod Identity, the cluster; empty for every cluster of the audit account."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(arn:aws[a-z-]*:eks:[a-z0-9-]+:[0-9]{12}:cluster/[A-Za-z0-9_-]+)?$", var.cluster_arn))
    error_message = "Must be the ARN of one cluster."
  }
}

variable "oidc_provider_arn" {
  description = "For IAM roles for service accounts, the cluster's OIDC provider; empty for none."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/[A-Za-z0-9_./-]+)?$", var.oidc_provider_arn))
    error_message = "Must be the ARN of an OIDC provider."
  }
}

variable "namespace" {
  description = "For EKS, the Kubernetes namespace of the job."
  type        = string
  default     = "neptune-scan"

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.namespace))
    error_message = "Must be the name of a Kubernetes namespace: small letters, digits and hyphens, at most 63."
  }
}

variable "service_account" {
  description = "For EKS, the Kubernetes service account of the job."
  type        = string
  default     = "neptune-scan"

  validation {
    condition     = length(var.service_account) <= 253 && can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$", var.service_account))
    error_message = "Must be the name of a Kubernetes object."
  }
}

variable "trusted_principal_arn" {
  description = "Another role or user that may assume the hub's role, with its path; empty for none."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/([A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{1,64})?$", var.trusted_principal_arn))
    error_message = "Must be the ARN of one role or user."
  }
}

variable "external_id" {
  description = "External id that the scan must send; empty for none."
  type        = string
  default     = ""
}

variable "next_external_id" {
  description = "A second external id that is accepted while the first one is replaced; empty for none."
  type        = string
  default     = ""
}

variable "hub_role_name" {
  type    = string
  default = "NeptuneScanHub"
}

variable "role_name" {
  description = "Name of the role that is assumed in each account."
  type        = string
  default     = "NeptuneScanAudit"
}

variable "role_path" {
  description = "Path of all roles. The scan then needs --role-name PATH/NAME."
  type        = string
  default     = "/"
}

variable "permissions_boundary" {
  description = "Name, with its path, of a policy that each account has and that limits the roles; empty for none."
  type        = string
  default     = ""
}

variable "controls" {
  description = "The controls that the roles serve: encryption or all."
  type        = string
  default     = "encryption"

  validation {
    condition     = contains(["encryption", "all"], var.controls)
    error_message = "Must be encryption or all."
  }
}

variable "organizational_unit_ids" {
  description = "Organizational units whose accounts get the role; empty for the whole organization."
  type        = list(string)
  default     = []
}
