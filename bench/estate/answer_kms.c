#include <stdio.h>
#include <string.h>

#include "bench/estate/operations.h"
#include "bench/estate/paging.h"

static const double created = 1740819600.123, deletion = 1796515200, valid_to = 1804291200,
		    rotated = 1780272000.5, month = 2678400;

/*
 * The requested key, by id or ARN: of this account, or of one whose key policy allows it. KEY_KINDS: refused.
 */
static enum key_kind find_key(struct request *request, const json_t *body)
{
	const struct place place = request_place(request);
	const char *requested = json_string_value(json_object_get(body, "KeyId"));
	const char *slash = requested ? strrchr(requested, '/') : NULL;
	char account[WORLD_ID], shared[KEY_ARN];
	enum key_kind kind;

	world_account_id(place.world, place.account, account);
	key_arn(&place, KEY_SHARED, shared);
	if (requested && strcmp(requested, shared) == 0)
		return KEY_SHARED;
	if (!requested || strncmp(requested, "alias/", 6) == 0) {
		refuse_with(request, 400, "NotFoundException", "Alias %s is not found.",
			    requested ? requested : "");
		return KEY_KINDS;
	}
	if (strncmp(requested, "arn:", 4) == 0 && !strstr(requested, account)) {
		refuse_permission(
			request, "this resource",
			"because the resource does not exist in this Region, no resource-based policies "
			"allow access, or a resource-based policy explicitly denies access");
		return KEY_KINDS;
	}
	kind = key_by_id(&place, slash ? slash + 1 : requested);
	if (kind == KEY_KINDS)
		refuse_with(request, 400, "NotFoundException", "Key '%.100s' does not exist", requested);
	return kind;
}

static bool is_imported(enum key_kind kind)
{
	return kind == KEY_IMPORTED || kind == KEY_IMPORTED_ROTATED;
}

static json_t *key_metadata(const struct place *place, enum key_kind kind)
{
	static const char *const states[KEY_KINDS] = {[KEY_DISABLED] = "Disabled",
						      [KEY_PENDING_DELETION] = "PendingDeletion",
						      [KEY_UPDATING] = "Updating"};
	const char *state = states[kind] ? states[kind] : "Enabled";
	char account[WORLD_ID], id[KEY_ID], arn[KEY_ARN];
	json_t *key;

	key_account(place, kind, account);
	key_id(place, kind, id);
	key_arn(place, kind, arn);
	key = json_pack("{s:s,s:s,s:s,s:f,s:b,s:s,s:s,s:s,s:s,s:s,s:s,s:b}", "AWSAccountId", account, "KeyId",
			id, "Arn", arn, "CreationDate", created, "Enabled", strcmp(state, "Enabled") == 0,
			"Description", "", "KeyUsage", "ENCRYPT_DECRYPT", "KeyState", state, "Origin",
			is_imported(kind) ? "EXTERNAL" : "AWS_KMS", "KeyManager",
			kind == KEY_AWS_MANAGED ? "AWS" : "CUSTOMER", "CustomerMasterKeySpec",
			"SYMMETRIC_DEFAULT", "MultiRegion", kind == KEY_UPDATING);
	if (kind != KEY_NOT_ROTATED)
		json_object_set_new(key, "KeySpec", json_string("SYMMETRIC_DEFAULT"));
	if (kind == KEY_PENDING_DELETION)
		json_object_set_new(key, "DeletionDate", json_real(deletion));
	if (is_imported(kind)) {
		json_object_set_new(key, "ValidTo", json_real(valid_to));
		json_object_set_new(key, "ExpirationModel", json_string("KEY_MATERIAL_EXPIRES"));
	}
	return key;
}

void kms_describe_key(struct request *request)
{
	const struct place place = request_place(request);
	json_t *body = read_json(request);
	enum key_kind kind = body ? find_key(request, body) : KEY_KINDS;

	if (kind != KEY_KINDS)
		answer_json(request, json_pack("{s:o}", "KeyMetadata", key_metadata(&place, kind)));
	json_decref(body);
}

void kms_get_key_rotation_status(struct request *request)
{
	json_t *body = read_json(request);
	enum key_kind kind = body ? find_key(request, body) : KEY_KINDS;

	if (is_imported(kind))
		refuse_with(request, 400, "UnsupportedOperationException", "%s",
			    "Rotation is not supported for keys with imported material");
	else if (kind != KEY_KINDS)
		answer_json(request, json_pack("{s:b}", "KeyRotationEnabled",
					       kind == KEY_ROTATED || kind == KEY_AWS_MANAGED ||
						       kind == KEY_UPDATING || kind == KEY_SHARED));
	json_decref(body);
}

/* Completed rotations, oldest first. KMS never lists them to another account. */
void kms_list_key_rotations(struct request *request)
{
	const struct place place = request_place(request);
	json_t *body = read_json(request), *rotations, *answer;
	enum key_kind kind = body ? find_key(request, body) : KEY_KINDS;
	size_t count = kind == KEY_IMPORTED_ROTATED || kind == KEY_ROTATED ? 3 : 0;
	struct listing listing;
	char id[KEY_ID];

	if (kind == KEY_SHARED)
		refuse_permission(request, "this resource", "because it is in another account");
	if (kind == KEY_KINDS || kind == KEY_SHARED ||
	    !listing_of_json(request, body, "Limit", "Marker", 1000, &listing)) {
		json_decref(body);
		return;
	}
	key_id(&place, kind, id);
	rotations = json_array();
	for (size_t i = listing.first; listing_goes_on(&listing, i, count); i++) {
		json_array_append_new(rotations,
				      json_pack("{s:s,s:f,s:s,s:s}", "KeyId", id, "RotationDate",
						rotated + (double)i * month, "RotationType",
						kind == KEY_ROTATED ? "AUTOMATIC" : "ON_DEMAND",
						"KeyMaterialState", i + 1 < count ? "NON_CURRENT" : "CURRENT"));
		listing.listed++;
	}
	answer = json_pack("{s:o}", "Rotations", rotations);
	listing_add_token(answer, "NextMarker", &listing);
	json_object_set_new(answer, "Truncated", json_boolean(json_object_get(answer, "NextMarker")));
	answer_json(request, answer);
	json_decref(body);
}

/* The AWS managed key of the database services, an unused one, and one of the account's own. */
void kms_list_aliases(struct request *request)
{
	static const struct {
		const char *name;
		enum key_kind target;
	} aliases[] = {
		{"alias/aws/ebs", KEY_KINDS}, {"alias/aws/rds", KEY_AWS_MANAGED}, {"alias/graph", KEY_ROTATED}};
	const struct place place = request_place(request);
	json_t *body = read_json(request), *list, *answer;
	struct listing listing;
	char account[WORLD_ID], arn[160], id[KEY_ID];

	if (!body || !listing_of_json(request, body, "Limit", "Marker", 100, &listing)) {
		json_decref(body);
		return;
	}
	world_account_id(place.world, place.account, account);
	list = json_array();
	for (size_t i = listing.first; listing_goes_on(&listing, i, sizeof aliases / sizeof aliases[0]); i++) {
		json_t *alias;

		snprintf(arn, sizeof arn, "arn:aws:kms:%s:%s:%s", request->region, account, aliases[i].name);
		alias = json_pack("{s:s,s:s}", "AliasName", aliases[i].name, "AliasArn", arn);
		if (aliases[i].target != KEY_KINDS) {
			key_id(&place, aliases[i].target, id);
			json_object_set_new(alias, "TargetKeyId", json_string(id));
		}
		json_array_append_new(list, alias);
		listing.listed++;
	}
	answer = json_pack("{s:o,s:b}", "Aliases", list, "Truncated", 0);
	listing_add_token(answer, "NextMarker", &listing);
	json_object_set_new(answer, "Truncated", json_boolean(json_object_get(answer, "NextMarker")));
	answer_json(request, answer);
	json_decref(body);
}
