/* The comparison for programs: one object for each finding that changed. */
#include <jansson.h>

#include "scanner/commands/diff_formats.h"
#include "scanner/reports/json_objects.h"

static json_t *json_of_names(const struct names *names, bool are_accounts)
{
	json_t *list = json_array();

	for (const struct name *name = names->first; name; name = name->next)
		json_array_append_new(list, are_accounts ? json_pack("{s:s,s:o}", "account", name->text, "name",
								     json_text(name->more))
							 : json_text(name->text));
	return list;
}

static json_t *json_of_item(const struct item *item)
{
	json_t *object = json_object();

	json_object_set_new(object, "account", json_text(item->account));
	json_object_set_new(object, "name", json_text(item->name));
	json_object_set_new(object, "region", json_text(item->region));
	json_object_set_new(object, "resource", json_text(item->resource));
	json_object_set_new(object, "cluster", json_text(item->cluster));
	json_object_set_new(object, "control", json_text(item->control));
	json_object_set_new(object, "detail", json_text(item->detail));
	if (item->verdict)
		json_object_set_new(object, "failing", json_boolean(item->fails));
	return object;
}

static json_t *json_of_items(const struct item *item)
{
	json_t *list = json_array();

	for (; item; item = item->next)
		json_array_append_new(list, json_of_item(item));
	return list;
}

static json_t *json_of_rotations(const struct rotation *rotation)
{
	json_t *list = json_array();

	for (; rotation; rotation = rotation->next)
		json_array_append_new(list,
				      json_pack("{s:s,s:o,s:s,s:s,s:I,s:I}", "account", rotation->account,
						"name", json_text(rotation->name), "region", rotation->region,
						"cluster", rotation->cluster, "new", (json_int_t)rotation->new,
						"gone", (json_int_t)rotation->gone));
	return list;
}

static json_t *json_of_balances(const struct differences *differences)
{
	static const char *const names[BALANCES] = {
		[FAILING_RESOURCES] = "failing_resources", [UNASSESSED_CELLS] = "blind",
		[PARTLY_CELLS] = "partly_assessed",        [ALL_RESOURCES] = "resources",
		[ACCOUNTS_IN_SCOPE] = "accounts_in_scope",
	};
	static const char *const flows[FLOWS] = {
		[FLOW_NEW] = "new",
		[FLOW_FIXED] = "fixed",
		[FLOW_GONE] = "vanished",
		[FLOW_ROTATED_IN] = "rotated_in",
		[FLOW_ROTATED_OUT] = "rotated_out",
		[FLOW_REVEALED] = "revealed",
		[FLOW_HIDDEN] = "hidden",
		[FLOW_DROPPED] = "dropped",
		[FLOW_ENTERED] = "entered_scope",
		[FLOW_LEFT] = "left_scope",
		[FLOW_UNKNOWN] = "unknown",
		[FLOW_KNOWN] = "known",
		[FLOW_OTHER] = "changed",
	};
	json_t *object = json_object();

	for (enum balanced balanced = 0; balanced < BALANCES; balanced++) {
		const struct balance *balance = &differences->balances[balanced];
		json_t *changes = json_object();

		for (enum flow flow = 0; flow < FLOWS; flow++)
			if (balance->flows[flow] > 0)
				json_object_set_new(changes, flows[flow],
						    json_integer((json_int_t)balance->flows[flow]));
		json_object_set_new(object, names[balanced],
				    json_pack("{s:I,s:I,s:o}", "old", (json_int_t)balance->old, "new",
					      (json_int_t)balance->new, "changes", changes));
	}
	return object;
}

void diff_print_json(const struct differences *differences)
{
	json_t *object =
		json_pack("{s:s,s:s}", "old", differences->old->run.id, "new", differences->new->run.id);

	json_object_set_new(object, "worse", json_boolean(differences_got_worse(differences)));
	json_object_set_new(object, "totals", json_of_balances(differences));
	json_object_set_new(object, "settings", json_of_names(&differences->settings, false));
	json_object_set_new(object, "accounts_left", json_of_names(&differences->accounts_left, true));
	json_object_set_new(object, "accounts_joined", json_of_names(&differences->accounts_joined, true));
	json_object_set_new(object, "regions_left", json_of_names(&differences->regions_left, false));
	json_object_set_new(object, "regions_joined", json_of_names(&differences->regions_joined, false));
	for (enum change change = 0; change < CHANGES; change++)
		json_object_set_new(object, change_facts[change].name,
				    json_of_items(differences->first[change]));
	json_object_set_new(object, "rotated_snapshots", json_of_rotations(differences->rotations));
	json_print(object);
}
