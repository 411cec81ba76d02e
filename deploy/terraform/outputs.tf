output "hub_role_arn" {
  description = "ARN of the role that the scan runs with."
  value       = aws_iam_role.hub.arn
}

output "role_name" {
  description = "Value of --role-name (role.name)."
  value       = "${trimprefix(var.role_path, "/")}${var.role_name}"
}

output "organization_id" {
  description = "The organization whose accounts are scanned."
  value       = local.organization
}
