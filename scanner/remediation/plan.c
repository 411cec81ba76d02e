#include "scanner/remediation/plan.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arn.h"
#include "base/suggestion.h"
#include "base/text.h"

/* Controls and the kind of plan for each. All others concern settings, which need no new cluster. */
static const struct {
	const char *control;
	enum plan_kind kind;
} kinds[] = {
	{"neptune-key-usable", PLAN_KEY},
	{"neptune-global-database-encryption", PLAN_GLOBAL},
	{"neptune-encryption-at-rest", PLAN_CLUSTER},
	{"neptune-snapshot-encryption", PLAN_SNAPSHOT},
	{"neptune-retained-backup-encryption", PLAN_BACKUP},
};

/* Its findings follow from the cluster's, whose plan creates new instances. */
static const char instance_control[] = "neptune-instance-encryption";

static const char *const kind_names[PLAN_KINDS] = {"key", "global-database", "cluster", "snapshot",
						   "retained-backup"};

struct making {
	struct plan *plan;
	struct plan_item **last[PLAN_KINDS];
	struct plan_item *items[PLAN_KINDS];
	struct plan_setting **last_setting, **last_leaving;
	struct suggestion nearest;
	bool found; /* the selected resource exists */
};

const char *plan_kind_name(enum plan_kind kind)
{
	return kind_names[kind];
}

/* ---- facts of the run ---- */

static enum plan_kind kind_of(const struct finding *finding)
{
	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (strcmp(kinds[i].control, finding->control->id) == 0)
			return kinds[i].kind;
	return PLAN_KINDS;
}

static struct pair *copy_pairs(struct arena *arena, const struct pair *pairs)
{
	struct pair *first = NULL, **last = &first;

	for (; pairs; pairs = pairs->next) {
		struct pair *pair = arena_take(arena, sizeof *pair);

		if (!pair)
			return first;
		*pair = (struct pair){NULL, arena_copy(arena, pairs->name), arena_copy(arena, pairs->value)};
		if (arena->failed)
			return first;
		*last = pair;
		last = &pair->next;
	}
	return first;
}

static struct relation *copy_relations(struct arena *arena, const struct relation *relations)
{
	struct relation *first = NULL, **last = &first;

	for (; relations; relations = relations->next) {
		struct relation *relation = arena_take(arena, sizeof *relation);

		if (!relation)
			return first;
		*relation = (struct relation){.role = arena_copy(arena, relations->role),
					      .target = arena_copy(arena, relations->target)};
		if (arena->failed)
			return first;
		*last = relation;
		last = &relation->next;
	}
	return first;
}

static void copy_values(struct arena *arena, const char *into[ATTRIBUTE_COUNT],
			const char *const from[ATTRIBUTE_COUNT])
{
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++)
		into[i] = arena_copy(arena, from[i]);
}

static const char *owner_of(const struct pair *tags)
{
	static const char *const names[] = {"owner", "team", "contact", "service-owner", "application"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		for (const struct pair *tag = tags; tag; tag = tag->next)
			if (strcasecmp(tag->name, names[i]) == 0 && tag->value && *tag->value)
				return tag->value;
	return NULL;
}

/* "03-111111111111-us-east-1-cluster-NAME", with unsafe characters replaced. */
static const char *folder_name(struct arena *arena, const struct plan_item *item, size_t number)
{
	char *name = arena_format(arena, "%02zu-%s-%s-%s-%s", number, item->account, item->region,
				  plan_kind_name(item->kind), text_brief(item->id, 80).text);

	for (char *c = name; c && *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '-' && *c != '.')
			*c = '_';
	return name;
}

static const char *tag_value(const struct pair *tags, const char *name)
{
	for (; tags; tags = tags->next)
		if (strcmp(tags->name, name) == 0)
			return tags->value ? tags->value : "";
	return NULL;
}

/*
 * CloudFormation's own tags (user guide, "Resource tag"); Terraform sets none itself, so conventional ones.
 * The aws: tags are only read, because only AWS can set them.
 */
static void find_stack(struct arena *arena, struct plan_item *item)
{
	static const char *const names[] = {"terraform",    "Terraform",        "managed-by", "ManagedBy",
					    "managed_by",   "managedby",        "Managed-By", "provisioner",
					    "tf-workspace", "terraform-module", "iac"};
	const char *stack = tag_value(item->tags, "aws:cloudformation:stack-name");

	if (stack) {
		item->stack = PLAN_CLOUDFORMATION;
		item->stack_name = arena_format(arena, "the CloudFormation stack %s", stack);
		return;
	}
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *value = tag_value(item->tags, names[i]);

		if (!value || (!strcasestr(names[i], "terraform") && !strcasestr(names[i], "tf-") &&
			       !strcasestr(value, "terraform") && !strcasestr(value, "tofu")))
			continue;
		item->stack = PLAN_TERRAFORM;
		item->stack_name = arena_format(arena, "Terraform (tag %s = %s)", names[i], value);
		return;
	}
}

static bool is_snapshot_of(const struct plan_item *item, const char *type)
{
	return item->kind == PLAN_SNAPSHOT && item->values[ATTRIBUTE_SNAPSHOT_TYPE] &&
	       strcmp(item->values[ATTRIBUTE_SNAPSHOT_TYPE], type) == 0;
}

/* NULL: the writer is not known, or not by an ARN. */
static const char *region_of_writer(struct arena *arena, const struct resource *database)
{
	struct arn arn;

	for (const struct relation *member = database->relations; member; member = member->next)
		if (strcmp(member->role, "writer") == 0 && arn_split(span_of(member->target), &arn) &&
		    arn.region.length > 0)
			return arena_copy_span(arena, arn.region);
	return NULL;
}

/* A global database is changed from its writer's region, whichever region reported it. */
static const char *region_to_work_in(struct arena *arena, const struct resource *resource, const char *reporter)
{
	const char *region =
		resource->kind == RESOURCE_GLOBAL_DATABASE ? region_of_writer(arena, resource) : NULL;

	return region ? region : reporter;
}

static struct plan_item *add_item(struct making *making, enum plan_kind kind, const struct row *account,
				  const char *region, const struct finding *finding)
{
	struct arena *arena = &making->plan->arena;
	const struct resource *resource = finding->resource;
	struct plan_item *item = arena_take(arena, sizeof *item);

	if (!item)
		return NULL;
	*item = (struct plan_item){
		.kind = kind,
		.account = account->id,
		.account_name = account->name,
		.region = region_to_work_in(arena, resource, region),
		.id = arena_copy(arena, resource->id),
		.arn = arena_copy(arena, resource->arn),
		.reason = arena_copy(arena, finding->reason),
		.tags = copy_pairs(arena, resource->tags),
		.relations = copy_relations(arena, resource->relations),
	};
	copy_values(arena, item->values, resource->values);
	item->owner = owner_of(item->tags);
	item->is_automated = is_snapshot_of(item, "automated");
	item->is_backup = is_snapshot_of(item, "awsbackup");
	find_stack(arena, item);
	*making->last[kind] = item;
	making->last[kind] = &item->next;
	making->plan->count++;
	return item;
}

/* Adds the cluster's instances that the cell has. */
static void add_instances(struct making *making, struct plan_item *item, const struct finding *findings)
{
	struct plan_instance **last = &item->instances;

	for (const struct finding *finding = findings; finding; finding = finding->next) {
		const struct resource *resource = finding->resource;
		struct plan_instance *instance;

		if (resource->kind != RESOURCE_INSTANCE ||
		    strcmp(finding->control->id, instance_control) != 0 ||
		    !resource->values[ATTRIBUTE_CLUSTER_ID] ||
		    strcmp(resource->values[ATTRIBUTE_CLUSTER_ID], item->id) != 0)
			continue;
		instance = arena_take(&making->plan->arena, sizeof *instance);
		if (!instance)
			return;
		*instance = (struct plan_instance){
			.id = arena_copy(&making->plan->arena, resource->id),
			.tags = copy_pairs(&making->plan->arena, resource->tags),
		};
		copy_values(&making->plan->arena, instance->values, resource->values);
		*last = instance;
		last = &instance->next;
		item->instance_count++;
	}
}

static void add_setting(struct making *making, struct plan_setting ***last, const struct row *account,
			const char *region, const struct finding *finding)
{
	struct plan_setting *setting = arena_take(&making->plan->arena, sizeof *setting);

	if (!setting)
		return;
	*setting = (struct plan_setting){NULL, account->id, region,
					 arena_copy(&making->plan->arena, resource_name(finding->resource)),
					 finding->control};
	**last = setting;
	*last = &setting->next;
}

/* ---- options ---- */

static bool is_selected(struct making *making, const struct resource *resource)
{
	const char *selected = making->plan->options.resource;

	if (!selected)
		return true;
	if (strcmp(selected, resource->id) == 0 || (resource->arn && strcmp(selected, resource->arn) == 0)) {
		making->found = true;
		return true;
	}
	suggestion_consider(&making->nearest, resource->id);
	if (making->nearest.name == resource->id) /* remediated with its cell */
		making->nearest.name = arena_copy(&making->plan->arena, resource->id);
	return false;
}

/* Only an ARN contains a region and an account to check. */
static bool check_key(const struct plan_item *item, const char *key, struct error *error)
{
	struct arn arn;

	if (strncmp(key, "arn:", 4) != 0)
		return true;
	if (!arn_split(span_of(key), &arn) || !span_equals(arn.service, "kms"))
		return error_set(error, ERROR_USAGE, "--key %s is not the ARN of a KMS key", key);
	if (!span_equals(arn.region, item->region) || !span_equals(arn.account, item->account))
		return error_set(
			error, ERROR_USAGE,
			"--key %s is not in the region and account of %s (%s, %s). Name a key there, or "
			"limit the plan with --account, --region or --resource",
			key, item->id, item->region, item->account);
	return true;
}

static bool choose_keys(struct plan *plan, struct error *error)
{
	for (struct plan_item *item = plan->items; item; item = item->next) {
		if (plan->options.create_key)
			item->key = arena_format(&plan->arena, "alias/neptune/%s", item->id);
		else
			item->key = plan->options.key ? plan->options.key : "alias/aws/rds";
		if (!item->key)
			return error_out_of_memory(error);
		if ((item->kind == PLAN_CLUSTER || item->kind == PLAN_SNAPSHOT) &&
		    !check_key(item, item->key, error))
			return false;
	}
	return true;
}

static bool selects(const struct matrix *matrix, const char *control)
{
	for (size_t i = 0; matrix->selected[i]; i++)
		if (strcmp(matrix->selected[i]->id, control) == 0)
			return true;
	return false;
}

/* A plan needs values that the scan recorded; nothing is guessed. */
static bool check_observed(const struct plan *plan, const struct matrix *matrix, struct error *error)
{
	for (const struct plan_item *item = plan->items; item; item = item->next) {
		if (item->kind == PLAN_KEY || item->values[ATTRIBUTE_ENGINE] || item->values[ATTRIBUTE_STATUS])
			continue;
		return error_set(
			error, ERROR_USAGE,
			"run %s has no configuration of %s (an older neptune-scan wrote it). Scan again, "
			"then create the plan",
			matrix->run.id, item->id);
	}
	for (const struct plan_item *item = plan->items; item; item = item->next)
		if (item->kind == PLAN_CLUSTER && !selects(matrix, instance_control))
			return error_set(error, ERROR_USAGE,
					 "run %s has no instances, which the plan of %s needs. Scan with "
					 "`--controls encryption`, then create the plan",
					 matrix->run.id, item->id);
	return true;
}

/* ---- assembly ---- */

/* True: being deleted, so a plan is pointless. */
static bool is_leaving(const struct resource *resource)
{
	const char *status = resource->values[ATTRIBUTE_STATUS];

	return status && strcmp(status, "deleting") == 0;
}

static void take_cell(struct making *making, const struct matrix *matrix, size_t row, size_t column)
{
	const struct finding *findings = matrix_findings(matrix, row, column);
	const char *region = matrix->columns[column].region;

	for (const struct finding *finding = findings; finding; finding = finding->next) {
		enum plan_kind kind = kind_of(finding);
		struct plan_item *item;

		if (!finding_fails(finding) || !is_selected(making, finding->resource))
			continue;
		if (kind == PLAN_KINDS && strcmp(finding->control->id, instance_control) != 0)
			add_setting(making, &making->last_setting, &matrix->rows[row], region, finding);
		if (kind != PLAN_KINDS && is_leaving(finding->resource))
			add_setting(making, &making->last_leaving, &matrix->rows[row], region, finding);
		if (kind == PLAN_KINDS || is_leaving(finding->resource))
			continue;
		item = add_item(making, kind, &matrix->rows[row], region, finding);
		if (item && kind == PLAN_CLUSTER)
			add_instances(making, item, findings);
	}
}

static void take_all(struct making *making, const struct matrix *matrix)
{
	const struct plan_options *options = &making->plan->options;

	for (size_t row = 0; row < matrix->row_count; row++) {
		if (options->account && strcmp(options->account, matrix->rows[row].id) != 0)
			continue;
		for (size_t column = 0; column < matrix->column_count; column++)
			if (!options->region || strcmp(options->region, matrix->columns[column].region) == 0)
				take_cell(making, matrix, row, column);
	}
}

/* Joins the lists in the order of kinds. */
static void join(struct making *making)
{
	struct plan_item **last = &making->plan->items;
	size_t number = 0;

	for (enum plan_kind kind = 0; kind < PLAN_KINDS; kind++) {
		*last = making->items[kind];
		while (*last) {
			(*last)->folder = folder_name(&making->plan->arena, *last, ++number);
			last = &(*last)->next;
		}
	}
}

const struct plan_item *plan_member(const struct plan *plan, const char *arn)
{
	for (const struct plan_item *item = plan->items; item; item = item->next)
		if (item->kind == PLAN_CLUSTER && item->arn && strcmp(item->arn, arn) == 0)
			return item;
	return NULL;
}

/* Members of a global database refer to its plan, and to the writer's. */
static void link_members(struct plan *plan, const struct plan_item *global)
{
	const struct plan_item *writer = NULL;

	for (const struct relation *relation = global->relations; relation; relation = relation->next)
		if (strcmp(relation->role, "writer") == 0)
			writer = plan_member(plan, relation->target);
	for (struct plan_item *item = plan->items; item && writer; item = item->next)
		for (const struct relation *relation = global->relations; relation; relation = relation->next)
			if (item->kind == PLAN_CLUSTER && item->arn &&
			    strcmp(item->arn, relation->target) == 0) {
				item->global = global;
				item->writer = writer;
			}
}

static bool check_resource(const struct making *making, const struct matrix *matrix, struct error *error)
{
	const struct plan *plan = making->plan;
	char suggestion[SUGGESTION_SIZE];

	if (!plan->options.resource || making->found)
		return true;
	return error_set(error, ERROR_USAGE, "run %s has no failing resource \"%s\"%s", matrix->run.id,
			 plan->options.resource, suggestion_write(&making->nearest, suggestion));
}

bool plan_make(struct plan *plan, const struct matrix *matrix, const struct plan_options *options,
	       struct error *error)
{
	struct making making = {.plan = plan};

	*plan = (struct plan){.run = matrix->run.id, .options = *options};
	plan->partition = matrix->run.partition;
	making.nearest = suggestion_for(options->resource ? options->resource : "");
	making.last_setting = &plan->settings;
	making.last_leaving = &plan->leaving;
	for (enum plan_kind kind = 0; kind < PLAN_KINDS; kind++)
		making.last[kind] = &making.items[kind];
	take_all(&making, matrix);
	join(&making);
	for (const struct plan_item *item = plan->items; item; item = item->next)
		if (item->kind == PLAN_GLOBAL)
			link_members(plan, item);
	if (!check_resource(&making, matrix, error) || !check_observed(plan, matrix, error) ||
	    !choose_keys(plan, error))
		return false;
	return !plan->arena.failed || error_out_of_memory(error);
}

void plan_deinit(struct plan *plan)
{
	arena_deinit(&plan->arena);
}

/* ---- descriptions ---- */

const char *plan_downtime(const struct plan *plan, const struct plan_item *item)
{
	switch (item->kind) {
	case PLAN_CLUSTER:
		return plan->options.method == PLAN_BY_SNAPSHOT ? "no writes from the snapshot to the cut over"
								: "no writes from the export to the cut over";
	case PLAN_GLOBAL:
		return "no writes while its writer is migrated";
	case PLAN_KEY:
		return "none: its data becomes readable again";
	case PLAN_SNAPSHOT:
	case PLAN_BACKUP:
	case PLAN_KINDS:
		break;
	}
	return "none";
}

const char *plan_effort(const struct plan *plan, const struct plan_item *item)
{
	switch (item->kind) {
	case PLAN_CLUSTER:
		return plan->options.method == PLAN_BY_SNAPSHOT ? "hours, and a soak of days"
								: "a day or more, and a soak of days";
	case PLAN_GLOBAL:
		return "days";
	case PLAN_SNAPSHOT:
		if (item->is_backup)
			return "none here: managed by AWS Backup";
		return item->is_automated ? "none: deleted with its cluster" : "about an hour, mostly waiting";
	case PLAN_KEY:
	case PLAN_BACKUP:
	case PLAN_KINDS:
		break;
	}
	return "minutes";
}
