#include "bench/estate/expected_verdicts.h"

#include <stdio.h>
#include <string.h>

#include "base/span.h"

enum { MIN_BACKUP_DAYS = 7 };

enum kind {
	KIND_CLUSTER,
	KIND_SNAPSHOT,
	KIND_BACKUP,
	KIND_INSTANCE,
	KIND_GLOBAL,
	KIND_KEY,
	KIND_GRAPH,
	KIND_GRAPH_SNAPSHOT,
	KINDS
};

static const char *const types[KINDS] = {
	"cluster", "cluster-snapshot", "retained-backup", "instance", "global-database", "key",
	"graph",   "graph-snapshot",
};

/* A resource of a cell, with the cluster it belongs to. */
struct resource {
	enum kind kind;
	char id[WORLD_TEXT], arn[JUDGEMENT_ARN];
	const char *owner;
	bool has_encryption;
	enum encryption encryption;
	struct cluster cluster; /* itself, or the cluster that it belongs to */
	struct instance instance;
	struct snapshot snapshot;
	enum key_kind key;
	enum required_key required;
	bool owns_key; /* for graphs */
};

static const char *of(bool good)
{
	return good ? "pass" : "fail";
}

/* ---- verdicts; NULL: not applicable ---- */

/* Only kms:DescribeKey tells whether AWS or the customer manages a KMS key. */
static const char *kind_of_key(const struct resource *resource)
{
	if (resource->required != REQUIRED_CUSTOMER)
		return "pass";
	if (resource->key == KEY_HIDDEN || resource->key == KEY_STRANGERS)
		return "unknown";
	return of(resource->key != KEY_AWS_MANAGED);
}

static const char *encrypted_by_kms(const struct resource *resource)
{
	const char *verdict = kind_of_key(resource);

	/* A global database has a key in each of its regions, and this region cannot see the other one. */
	if (resource->kind == KIND_GLOBAL && resource->required != REQUIRED_ANY && strcmp(verdict, "pass") == 0)
		return "unknown";
	return verdict;
}

static const char *encrypted(const struct resource *resource)
{
	/* Storage belongs to the cluster, so an instance that contradicts it is unknown. */
	if (resource->kind == KIND_INSTANCE && resource->encryption != resource->cluster.encryption)
		return "unknown";
	switch (resource->encryption) {
	case ENCRYPTION_KMS:
		return encrypted_by_kms(resource);
	case ENCRYPTION_NONE:
		return "fail";
	case ENCRYPTION_AWS_OWNED:
		return of(resource->required == REQUIRED_ANY);
	default:
		return "unknown";
	}
}

/* Any account of the organization may own the key, but what cannot be described is unknown. */
static const char *key_usable(const struct resource *resource)
{
	if (resource->key == KEY_HIDDEN)
		return "unknown";
	return of(resource->key != KEY_DISABLED && resource->key != KEY_PENDING_DELETION &&
		  resource->key != KEY_STRANGERS);
}

static const char *key_as_required(const struct resource *resource)
{
	return resource->required == REQUIRED_ANY ? NULL : kind_of_key(resource);
}

static const char *key_rotated(const struct resource *resource)
{
	switch (resource->key) {
	case KEY_ROTATED:
	case KEY_UPDATING:
	case KEY_IMPORTED_ROTATED:
		return "pass";
	case KEY_NOT_ROTATED:
	case KEY_DISABLED:
	case KEY_IMPORTED:
		return "fail";
	default:
		return NULL;
	}
}

/* Graphs are always encrypted, with AWS's key or the account's own. */
static const char *graph_key(const struct resource *resource)
{
	return of(resource->required == REQUIRED_ANY || resource->owns_key);
}

static const char *audit_logs(const struct resource *resource)
{
	return of(resource->cluster.exports_audit && resource->cluster.audit_log == PARAMETER_ON);
}

static const char *not_public(const struct resource *resource)
{
	return of(resource->snapshot.sharing != SHARED_WITH_ALL &&
		  resource->snapshot.sharing != SHARED_OUTSIDE);
}

static const char *deletion_protection(const struct resource *resource)
{
	return of(resource->cluster.deletion_protection);
}

static const char *backup_retention(const struct resource *resource)
{
	return of(resource->cluster.backup_days >= MIN_BACKUP_DAYS);
}

static const char *iam_authentication(const struct resource *resource)
{
	return of(resource->cluster.iam_authentication);
}

static const char *copies_tags(const struct resource *resource)
{
	return of(resource->cluster.copies_tags);
}

static const char *multi_az(const struct resource *resource)
{
	return of(resource->cluster.multi_az);
}

static const char *instance_not_public(const struct resource *resource)
{
	return of(!resource->instance.public);
}

static const char *minor_upgrades(const struct resource *resource)
{
	return of(resource->instance.minor_upgrades);
}

static const char *encrypted_connections(const struct resource *resource)
{
	const struct cluster *cluster = &resource->cluster;

	if (!cluster->version && cluster->enforce_ssl != PARAMETER_ON)
		return "unknown";
	return of(cluster->https_only || cluster->enforce_ssl != PARAMETER_OFF);
}

static const struct control_truth {
	const char *id, *group, *severity;
	uint32_t kinds; /* bits of the kinds that it applies to */
	const char *(*verdict)(const struct resource *);
} controls[CONTROLS] = {
	{"neptune-encryption-at-rest", "encryption", "high", 1U << KIND_CLUSTER, encrypted},
	{"neptune-snapshot-encryption", "encryption", "high", 1U << KIND_SNAPSHOT, encrypted},
	{"neptune-retained-backup-encryption", "extended", "high", 1U << KIND_BACKUP, encrypted},
	{"neptune-instance-encryption", "encryption", "high", 1U << KIND_INSTANCE, encrypted},
	{"neptune-global-database-encryption", "encryption", "high", 1U << KIND_GLOBAL, encrypted},
	{"neptune-key-usable", "encryption", "critical", 1U << KIND_KEY, key_usable},
	{"neptune-key-managed-as-required", "encryption", "medium", 1U << KIND_KEY, key_as_required},
	{"neptune-key-rotation", "encryption", "low", 1U << KIND_KEY, key_rotated},
	{"neptune-analytics-key", "encryption", "medium", 1U << KIND_GRAPH | 1U << KIND_GRAPH_SNAPSHOT,
	 graph_key},
	{"neptune-audit-logs", "hardening", "medium", 1U << KIND_CLUSTER, audit_logs},
	{"neptune-snapshot-not-public", "hardening", "critical", 1U << KIND_SNAPSHOT, not_public},
	{"neptune-deletion-protection", "hardening", "low", 1U << KIND_CLUSTER, deletion_protection},
	{"neptune-backup-retention", "hardening", "medium", 1U << KIND_CLUSTER, backup_retention},
	{"neptune-iam-authentication", "hardening", "medium", 1U << KIND_CLUSTER, iam_authentication},
	{"neptune-copy-tags-to-snapshots", "hardening", "low", 1U << KIND_CLUSTER, copies_tags},
	{"neptune-multi-az", "hardening", "medium", 1U << KIND_CLUSTER, multi_az},
	{"neptune-instance-not-public", "hardening", "high", 1U << KIND_INSTANCE, instance_not_public},
	{"neptune-minor-upgrades", "hardening", "low", 1U << KIND_INSTANCE, minor_upgrades},
	{"neptune-encryption-in-transit", "hardening", "high", 1U << KIND_CLUSTER, encrypted_connections},
};

static bool controls_apply_to(control_set set, enum kind kind)
{
	for (size_t i = 0; i < CONTROLS; i++)
		if ((set >> i & 1) && (controls[i].kinds >> kind & 1))
			return true;
	return false;
}

/*
 * Clusters are also listed for what belongs to them, clusters and snapshots for their keys. A key alone is no
 * resource of Neptune.
 */
static bool is_listed(control_set set, enum kind kind)
{
	if (kind == KIND_KEY)
		return false;
	if (controls_apply_to(set, kind))
		return true;
	if (kind == KIND_CLUSTER)
		return controls_apply_to(set, KIND_INSTANCE) || controls_apply_to(set, KIND_GLOBAL) ||
		       controls_apply_to(set, KIND_KEY);
	return kind == KIND_SNAPSHOT && controls_apply_to(set, KIND_KEY);
}

/* Hardening does not apply to a cluster that is being deleted, nor to its instances. */
static bool is_beyond_hardening(const struct control_truth *control, const struct resource *resource)
{
	return strcmp(control->group, "hardening") == 0 &&
	       (resource->kind == KIND_CLUSTER || resource->kind == KIND_INSTANCE) &&
	       cluster_is_being_deleted(&resource->cluster);
}

/* Without a required kind of key these controls cannot fail, so the group leaves them out. */
static bool is_in_group(const struct control_truth *control, struct span name, enum required_key key)
{
	return span_equals(name, control->group) &&
	       (key != REQUIRED_ANY || (control->verdict != graph_key && control->verdict != key_as_required));
}

bool controls_read(const char *list, enum required_key key, control_set *set)
{
	struct span rest = span_of(list), word;

	*set = 0;
	while (span_split(&rest, ',', &word)) {
		control_set before = *set;

		for (size_t i = 0; i < CONTROLS; i++)
			if (span_equals(word, "all") || span_equals(word, controls[i].id) ||
			    is_in_group(&controls[i], word, key))
				*set |= 1U << i;
		if (*set == before)
			return false;
	}
	return true;
}

/* ---- resources of a cell ---- */

struct walk {
	const struct place *place;
	const struct demands *demands;
	void (*take)(const struct expected_verdict *, void *context);
	void *context;
	struct tally tally;
	uint32_t keys; /* bits of the keys that encrypt something in the cell */
};

static void arn_of(const struct place *place, const char *service, const char *resource,
		   char arn[JUDGEMENT_ARN])
{
	char account[WORLD_ID];

	world_account_id(place->world, place->account, account);
	snprintf(arn, JUDGEMENT_ARN, "arn:aws:%s:%s:%s:%s", service, world_region(place->region), account,
		 resource);
}

static void add_verdicts(struct walk *walk, struct resource *resource)
{
	struct expected_verdict expected_verdict = {.type = types[resource->kind],
						    .has_encryption = resource->has_encryption,
						    .encryption = resource->encryption};
	bool applies = false, fails = false, unknown = false;

	resource->required = walk->demands->key;
	snprintf(expected_verdict.id, sizeof expected_verdict.id, "%s", resource->id);
	snprintf(expected_verdict.arn, sizeof expected_verdict.arn, "%s", resource->arn);
	snprintf(expected_verdict.owner, sizeof expected_verdict.owner, "%s",
		 resource->owner ? resource->owner : "");
	for (size_t i = 0; i < CONTROLS; i++) {
		const struct control_truth *control = &controls[i];

		if (!(walk->demands->controls >> i & 1) || !(control->kinds >> resource->kind & 1) ||
		    is_beyond_hardening(control, resource))
			continue;
		expected_verdict.control = control->id;
		expected_verdict.has_encryption = resource->has_encryption && control->verdict == encrypted;
		expected_verdict.severity = control->severity;
		expected_verdict.verdict = control->verdict(resource);
		if (!expected_verdict.verdict)
			continue;
		applies = true;
		fails = fails || strcmp(expected_verdict.verdict, "fail") == 0;
		unknown = unknown || strcmp(expected_verdict.verdict, "unknown") == 0;
		if (walk->take)
			walk->take(&expected_verdict, walk->context);
	}
	walk->tally.has_resources |= is_listed(walk->demands->controls, resource->kind);
	walk->tally.resources += applies;
	walk->tally.failing += fails;
	walk->tally.unknown += unknown;
}

static void name(const struct walk *walk, struct resource *resource, enum kind kind, const char *arn_kind,
		 const char *id)
{
	char text[WORLD_TEXT + 40];

	resource->kind = kind;
	snprintf(resource->id, sizeof resource->id, "%s", id);
	snprintf(text, sizeof text, "%s:%s", arn_kind, id);
	arn_of(walk->place, "rds", text, resource->arn);
}

static void note_key(struct walk *walk, enum encryption encryption, enum key_kind key)
{
	if (encryption == ENCRYPTION_KMS)
		walk->keys |= 1U << key;
}

static void walk_cluster(struct walk *walk, size_t number, const struct cluster *cluster)
{
	struct resource resource = {.cluster = *cluster,
				    .owner = cluster->owner,
				    .has_encryption = true,
				    .encryption = cluster->encryption,
				    .key = cluster->key};
	size_t snapshots = snapshot_count(walk->place, number);

	note_key(walk, cluster->encryption, cluster->key);
	name(walk, &resource, KIND_CLUSTER, "cluster", cluster->id);
	add_verdicts(walk, &resource);
	for (size_t i = 0; i < cluster->instances; i++) {
		resource.instance = instance_at(walk->place, number, cluster, i);
		resource.encryption = resource.instance.encryption;
		name(walk, &resource, KIND_INSTANCE, "db", resource.instance.id);
		add_verdicts(walk, &resource);
	}
	for (size_t i = 0; i < snapshots; i++) {
		resource.snapshot = snapshot_at(walk->place, number, cluster, i);
		resource.encryption = resource.snapshot.encryption;
		note_key(walk, resource.encryption, cluster->key);
		name(walk, &resource, KIND_SNAPSHOT, "cluster-snapshot", resource.snapshot.id);
		add_verdicts(walk, &resource);
	}
}

static void walk_backups(struct walk *walk)
{
	size_t count = backup_count(walk->place);

	for (size_t i = 0; i < count; i++) {
		const struct backup backup = backup_at(walk->place, i);
		struct resource resource = {
			.has_encryption = true, .encryption = backup.encryption, .key = backup.key};

		if (strcmp(backup.engine, "neptune") != 0)
			continue;
		if (controls_apply_to(walk->demands->controls, KIND_BACKUP))
			note_key(walk, backup.encryption, backup.key);
		name(walk, &resource, KIND_BACKUP, "cluster-auto-backup", backup.resource_id);
		add_verdicts(walk, &resource);
	}
}

static void walk_global_database(struct walk *walk)
{
	struct resource resource = {.kind = KIND_GLOBAL, .has_encryption = true};
	char account[WORLD_ID];

	if (!global_database_of(walk->place->world, walk->place->account, resource.id))
		return;
	world_account_id(walk->place->world, walk->place->account, account);
	snprintf(resource.arn, sizeof resource.arn, "arn:aws:rds::%s:global-cluster:%s", account, resource.id);
	resource.encryption = cluster_at(walk->place, 0).encryption;
	resource.key = cluster_at(walk->place, 0).key;
	add_verdicts(walk, &resource);
}

static void walk_graph(struct walk *walk, enum kind kind, const struct graph *graph)
{
	struct resource resource = {.kind = kind, .owns_key = graph->own_key}; /* no list has its tags */
	char text[WORLD_TEXT + 40];

	if (graph->own_key && controls_apply_to(walk->demands->controls, kind))
		walk->keys |= 1U << KEY_ROTATED;
	snprintf(resource.id, sizeof resource.id, "%s", graph->id);
	snprintf(text, sizeof text, "%s/%s", types[kind], graph->id);
	arn_of(walk->place, "neptune-graph", text, resource.arn);
	add_verdicts(walk, &resource);
}

static void walk_keys(struct walk *walk)
{
	for (enum key_kind kind = 0; kind < KEY_KINDS; kind++) {
		struct resource resource = {.kind = KIND_KEY, .key = kind};
		char id[KEY_ID], arn[KEY_ARN];

		if (!(walk->keys >> kind & 1))
			continue;
		key_id(walk->place, kind, id);
		key_arn(walk->place, kind, arn);
		snprintf(resource.id, sizeof resource.id, "%s", id);
		snprintf(resource.arn, sizeof resource.arn, "%s", arn);
		add_verdicts(walk, &resource);
	}
}

struct tally expected_verdicts_of_cell(const struct place *place, const struct demands *demands,
				       bool reports_global_database,
				       void (*take)(const struct expected_verdict *, void *context),
				       void *context)
{
	struct walk walk = {.place = place, .demands = demands, .take = take, .context = context};
	size_t clusters = cluster_count(place), graphs = graph_count(place);

	for (size_t i = 0; i < clusters; i++) {
		const struct cluster cluster = cluster_at(place, i);

		if (cluster_is_neptune(&cluster))
			walk_cluster(&walk, i, &cluster);
	}
	walk_backups(&walk);
	if (reports_global_database)
		walk_global_database(&walk);
	for (size_t i = 0; i < graphs; i++) {
		const struct graph graph = graph_at(place, i), snapshot = graph_snapshot_at(place, i);

		walk_graph(&walk, KIND_GRAPH, &graph);
		walk_graph(&walk, KIND_GRAPH_SNAPSHOT, &snapshot);
	}
	walk_keys(&walk);
	return walk.tally;
}
