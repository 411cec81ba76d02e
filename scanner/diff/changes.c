/* The list of what changed, that the comparison fills and the formats print. */
#include <string.h>

#include "base/text.h"
#include "scanner/diff/diff.h"

const struct change_facts change_facts[CHANGES] = {
	[NEWLY_FAILING] = {"newly_failing", "Newly failing", true},
	[NEWLY_BLIND] = {"newly_blind", "Newly not assessed", true},
	[NEWLY_UNKNOWN] = {"newly_unknown", "Newly unknown", true},
	[NEWLY_ACCEPTED] = {"newly_accepted", "Newly not assessed, in an accepted gap", false},
	[FIXED] = {"fixed", "Fixed", false},
	[SEEN_AGAIN] = {"seen_again", "Assessed again", false},
	[APPEARED] = {"appeared", "New resources", false},
	[VANISHED] = {"vanished", "No longer listed", false},
	[LEFT_SCOPE] = {"left_scope", "Left the scope", false},
	[ENTERED_SCOPE] = {"entered_scope", "Entered the scope", false},
};

void differences_init(struct differences *differences)
{
	struct names *const lists[] = {&differences->settings, &differences->accounts_left,
				       &differences->accounts_joined, &differences->regions_left,
				       &differences->regions_joined};

	*differences = (struct differences){.count = {0}};
	for (enum change change = 0; change < CHANGES; change++)
		differences->last[change] = &differences->first[change];
	for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
		lists[i]->last = &lists[i]->first;
	differences->last_rotation = differences->rotations_of_cell = &differences->rotations;
}

void differences_deinit(struct differences *differences)
{
	arena_deinit(&differences->arena);
}

const char *differences_keep(struct differences *differences, const char *text)
{
	return arena_copy(&differences->arena, text);
}

static void set_resource(struct differences *differences, struct item *item, const struct finding *finding)
{
	item->control = differences_keep(differences, finding->control->id);
	item->resource = differences_keep(differences, resource_name(finding->resource));
	item->kind = finding->resource->kind;
	item->id = differences_keep(differences, finding->resource->id);
	item->cluster = differences_keep(differences, resource_cluster_id(finding->resource));
}

struct item *differences_add(const struct cell_pair *pair, enum change change, const struct finding *finding,
			     const char *detail)
{
	struct differences *differences = pair->differences;
	struct item *item = arena_take(&differences->arena, sizeof *item);

	if (!item)
		return NULL;
	*item = (struct item){.account = differences_keep(differences, pair->account->id),
			      .name = differences_keep(differences, pair->account->name),
			      .region = differences_keep(differences, pair->region),
			      .detail = differences_keep(differences, detail)};
	if (finding)
		set_resource(differences, item, finding);
	*differences->last[change] = item;
	differences->last[change] = &item->next;
	differences->count[change]++;
	return item;
}

void differences_add_name(struct differences *differences, struct names *names, const char *text,
			  const char *more)
{
	struct name *name = arena_take(&differences->arena, sizeof *name);

	if (!name)
		return;
	*name = (struct name){NULL, differences_keep(differences, text), differences_keep(differences, more)};
	*names->last = name;
	names->last = &name->next;
	names->count++;
}

void differences_count(struct differences *differences, enum balanced balanced, enum flow flow, size_t number)
{
	differences->balances[balanced].flows[flow] += number;
}

void differences_add_rotated(const struct cell_pair *pair, const char *cluster, bool is_new)
{
	struct differences *differences = pair->differences;
	struct rotation *rotation = *differences->rotations_of_cell;

	while (rotation && strcmp(rotation->cluster, cluster) != 0)
		rotation = rotation->next;
	if (!rotation) {
		rotation = arena_take(&differences->arena, sizeof *rotation);
		if (!rotation)
			return;
		*rotation = (struct rotation){.account = differences_keep(differences, pair->account->id),
					      .name = differences_keep(differences, pair->account->name),
					      .region = differences_keep(differences, pair->region),
					      .cluster = differences_keep(differences, cluster)};
		if (differences->arena.failed)
			return;
		*differences->last_rotation = rotation;
		differences->last_rotation = &rotation->next;
	}
	rotation->new += is_new;
	rotation->gone += !is_new;
}

bool differences_in_scope(const struct differences *differences)
{
	return differences->cells_left > 0 || differences->cells_entered > 0 ||
	       differences->accounts_left.count > 0 || differences->accounts_joined.count > 0 ||
	       differences->regions_left.count > 0 || differences->regions_joined.count > 0;
}

void differences_write_scope(const struct differences *differences, struct buffer *text)
{
	bool in_scope = differences_in_scope(differences), in_settings = differences->settings.count > 0;

	if (in_scope || in_settings)
		buffer_texts(text, "The runs differ in ", in_scope ? "scope" : "",
			     in_scope && in_settings ? " and " : "", in_settings ? "settings" : "", ".",
			     in_scope ? " Only cells that both cover are compared." : "",
			     differences->controls_differ ? " Only controls that both evaluate are compared."
							  : "",
			     NULL);
}

void differences_write_entered(const struct differences *differences, struct buffer *text)
{
	const struct balance *balances = differences->balances;
	size_t resources = balances[ALL_RESOURCES].flows[FLOW_ENTERED];
	size_t failing = balances[FAILING_RESOURCES].flows[FLOW_ENTERED] - differences->failing_entered;
	size_t unassessed = balances[UNASSESSED_CELLS].flows[FLOW_ENTERED];

	if (resources + unassessed + differences->failing_entered == 0)
		return;
	buffer_print(text, "Entered the scope, not compared: %zu resource%s, %zu of them failing", resources,
		     text_plural(resources), failing);
	if (unassessed > 0)
		buffer_print(text, "; %zu cell%s not assessed", unassessed, text_plural(unassessed));
	if (differences->failing_entered > 0)
		buffer_print(text, "; %zu resource%s that fail%s only controls of the newer run",
			     differences->failing_entered, text_plural(differences->failing_entered),
			     differences->failing_entered == 1 ? "s" : "");
}

bool differences_got_worse(const struct differences *differences)
{
	bool any = false;

	for (enum change change = 0; change < CHANGES; change++)
		any = any || (change_facts[change].is_worse && differences->count[change] > 0);
	return any;
}
