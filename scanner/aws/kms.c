#include "scanner/aws/kms.h"

#include <string.h>

#include "base/arn.h"
#include "base/clock.h"

enum { ALIASES_A_PAGE = 100, ROTATIONS_A_PAGE = 1000 }; /* the maxima of KMS */

struct key_name kms_read_name(const char *text)
{
	struct key_name name = {.id = span_of(text)};
	struct arn arn;

	if (arn_split(span_of(text), &arn)) {
		name.region = arn.region;
		name.account = arn.account;
		name.id = arn.resource; /* "key/ID" */
	}
	if (span_starts_with(name.id, "key/")) {
		name.id.at += 4;
		name.id.length -= 4;
	}
	name.is_alias = span_starts_with(name.id, "alias/");
	name.is_aws_alias = span_starts_with(name.id, "alias/aws/");
	return name;
}

static void begin_request(struct call *call, enum operation_id operation, const char *region, const char *key)
{
	call_begin(call, operation, region);
	call_json(call, json_pack("{s:s}", "KeyId", key));
}

void kms_request_key(struct call *call, const char *region, const char *key)
{
	begin_request(call, KMS_DESCRIBE_KEY, region, key);
}

void kms_request_rotation(struct call *call, const char *region, const char *key)
{
	begin_request(call, KMS_GET_KEY_ROTATION_STATUS, region, key);
}

void kms_request_rotations(struct call *call, const char *region, const char *key, const char *marker)
{
	call_begin(call, KMS_LIST_KEY_ROTATIONS, region);
	call_json(call, json_pack("{s:s,s:i,s:s*}", "KeyId", key, "Limit", ROTATIONS_A_PAGE, "Marker", marker));
}

void kms_request_aliases(struct call *call, const char *region, const char *key, const char *marker)
{
	call_begin(call, KMS_LIST_ALIASES, region);
	call_json(call, json_pack("{s:s,s:i,s:s*}", "KeyId", key, "Limit", ALIASES_A_PAGE, "Marker", marker));
}

static const char *text_of(const json_t *object, const char *name, struct arena *arena)
{
	return arena_copy(arena, json_string_value(json_object_get(object, name)));
}

/* KMS sends seconds since 1970, with or without a fraction. Returns a text for people. */
static const char *instant_of(const json_t *object, const char *name, struct arena *arena)
{
	const json_t *member = json_object_get(object, name);
	char iso[CLOCK_ISO_SIZE];
	double seconds = json_number_value(member);

	if (!json_is_number(member) || seconds < 0 || seconds > 253402300799.0 /* of the year 9999 */)
		return NULL;
	clock_format_iso((int64_t)seconds, iso);
	return arena_copy(arena, iso);
}

void kms_read_key(const json_t *answer, struct resource *key, struct arena *arena)
{
	const json_t *metadata = json_object_get(answer, "KeyMetadata");
	const char *account = text_of(metadata, "AWSAccountId", arena), *arn = text_of(metadata, "Arn", arena);

	key->values[ATTRIBUTE_KEY_STATE] = text_of(metadata, "KeyState", arena);
	key->values[ATTRIBUTE_KEY_MANAGER] = text_of(metadata, "KeyManager", arena);
	key->values[ATTRIBUTE_KEY_ORIGIN] = text_of(metadata, "Origin", arena);
	key->values[ATTRIBUTE_KEY_SPEC] = text_of(metadata, "KeySpec", arena);
	if (!key->values[ATTRIBUTE_KEY_SPEC]) /* the older member, which is all that older servers send */
		key->values[ATTRIBUTE_KEY_SPEC] = text_of(metadata, "CustomerMasterKeySpec", arena);
	key->values[ATTRIBUTE_KEY_DELETION] = instant_of(metadata, "DeletionDate", arena);
	key->values[ATTRIBUTE_KEY_VALID_TO] = instant_of(metadata, "ValidTo", arena);
	if (account)
		key->values[ATTRIBUTE_KEY_ACCOUNT] = account;
	if (arn && !key->arn)
		key->arn = arn;
	if (kms_read_name(key->id).is_alias)
		key->values[ATTRIBUTE_KEY_ARN] = arn;
}

void kms_read_rotation(const json_t *answer, struct resource *key)
{
	const json_t *enabled = json_object_get(answer, "KeyRotationEnabled");

	if (json_is_boolean(enabled))
		key->values[ATTRIBUTE_KEY_ROTATION] = json_is_true(enabled) ? "true" : "false";
}

/*
 * Only on-demand rotations that are completed have this type and a date. An unreadable date is an error, not
 * an absent one.
 */
static bool read_one_rotation(struct json_page *page, const json_t *rotation, struct resource *key,
			      struct arena *arena)
{
	const json_t *kind = json_object_get(rotation, "RotationType");
	const char *type = json_string_value(kind), *date = instant_of(rotation, "RotationDate", arena);
	const char **latest = &key->values[ATTRIBUTE_KEY_ROTATED];

	if ((kind && !type) || (json_object_get(rotation, "RotationDate") && !date))
		return json_page_refuse(page, "a rotation has a type or a date that cannot be read");
	if (type && strcmp(type, "ON_DEMAND") == 0 && date && (!*latest || strcmp(date, *latest) > 0))
		*latest = date;
	return true;
}

bool kms_read_rotations(struct json_page *page, const json_t *answer, struct resource *key, struct arena *arena)
{
	const json_t *rotation;
	size_t index;

	if (!json_page_read_truncated(page, answer, "Rotations"))
		return false;
	json_array_foreach(page->items, index, rotation)
	{
		if (!read_one_rotation(page, rotation, key, arena))
			return false;
	}
	return true;
}

bool kms_denies_key(const char *message)
{
	const char *end = strstr(message, " does not exist");

	return strncmp(message, "Key ", 4) == 0 && end &&
	       (strcmp(end, " does not exist") == 0 || strcmp(end, " does not exist.") == 0);
}

bool kms_read_aliases(struct json_page *page, const json_t *answer, struct resource *key)
{
	const json_t *alias;
	size_t index;

	if (!json_page_read_truncated(page, answer, "Aliases"))
		return false;
	json_array_foreach(page->items, index, alias)
	{
		const char *name = json_page_text(page, alias, "AliasName");
		const char *target = json_string_value(json_object_get(alias, "TargetKeyId"));

		if (!name)
			return false;
		/* An unused alias has no target. */
		if (target && strncmp(name, "alias/aws/", 10) == 0 && strcmp(target, key->id) == 0)
			key->values[ATTRIBUTE_KEY_MANAGER] = "AWS";
	}
	return true;
}
