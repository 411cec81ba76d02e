/*
 * catalogue.h - the controls, in the catalogue's order. A new one is NAME.c, which defines it, text/NAME.md
 * with hyphens for the underscores, which explains it, and its line here.
 */
#ifndef SCANNER_CONTROLS_CATALOGUE_H
#define SCANNER_CONTROLS_CATALOGUE_H

#define CONTROLS(ONE)                                                                                          \
	ONE(neptune_encryption_at_rest)                                                                        \
	ONE(neptune_snapshot_encryption)                                                                       \
	ONE(neptune_retained_backup_encryption)                                                                \
	ONE(neptune_instance_encryption)                                                                       \
	ONE(neptune_global_database_encryption)                                                                \
	ONE(neptune_key_usable)                                                                                \
	ONE(neptune_key_managed_as_required)                                                                   \
	ONE(neptune_key_rotation)                                                                              \
	ONE(neptune_analytics_key)                                                                             \
	ONE(neptune_audit_logs)                                                                                \
	ONE(neptune_snapshot_not_public)                                                                       \
	ONE(neptune_deletion_protection)                                                                       \
	ONE(neptune_backup_retention)                                                                          \
	ONE(neptune_iam_authentication)                                                                        \
	ONE(neptune_copy_tags_to_snapshots)                                                                    \
	ONE(neptune_multi_az)                                                                                  \
	ONE(neptune_instance_not_public)                                                                       \
	ONE(neptune_minor_upgrades)                                                                            \
	ONE(neptune_encryption_in_transit)

#endif
