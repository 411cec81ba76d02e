#include "scanner/aws/json_page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

bool json_page_refuse(struct json_page *page, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	text_print_list(page->problem, sizeof page->problem, format, arguments);
	va_end(arguments);
	return false;
}

static const char *type_name(const json_t *value)
{
	static const char *const names[] = {
		[JSON_OBJECT] = "an object",      [JSON_ARRAY] = "an array", [JSON_STRING] = "a text",
		[JSON_INTEGER] = "a number",      [JSON_REAL] = "a number",  [JSON_TRUE] = "a boolean value",
		[JSON_FALSE] = "a boolean value", [JSON_NULL] = "null",
	};

	return value ? names[json_typeof(value)] : "absent";
}

static bool read_items(struct json_page *page, const json_t *answer, const char *name)
{
	const json_t *list = json_object_get(answer, name), *item;
	size_t index;

	if (!json_is_array(list))
		return json_page_refuse(page, "%s is %s instead of a list", name, type_name(list));
	json_array_foreach(list, index, item)
	{
		if (!json_is_object(item))
			return json_page_refuse(page, "an item of %s is %s instead of an object", name,
						type_name(item));
	}
	page->items = list;
	return true;
}

bool json_page_read(struct json_page *page, const json_t *answer, const char *list, const char *token)
{
	const json_t *next = json_object_get(answer, token);

	*page = (struct json_page){0};
	if (!read_items(page, answer, list))
		return false;
	if (next && !json_is_null(next) && !json_is_string(next))
		return json_page_refuse(page, "%s is %s instead of a text", token, type_name(next));
	if (json_string_length(next) > 0)
		page->token = json_string_value(next);
	return true;
}

bool json_page_read_truncated(struct json_page *page, const json_t *answer, const char *list)
{
	const json_t *truncated = json_object_get(answer, "Truncated");

	if (!json_page_read(page, answer, list, "NextMarker"))
		return false;
	if (truncated && !json_is_null(truncated) && !json_is_boolean(truncated))
		return json_page_refuse(page, "Truncated is %s instead of true or false", type_name(truncated));
	if (json_is_true(truncated) && !page->token)
		return json_page_refuse(page, "Truncated is true, but NextMarker is absent");
	return true;
}

const char *json_page_text(struct json_page *page, const json_t *item, const char *name)
{
	const json_t *member = json_object_get(item, name);

	if (json_string_length(member) > 0)
		return json_string_value(member);
	json_page_refuse(page, "%s of an item is %s instead of a text", name,
			 json_is_string(member) ? "empty" : type_name(member));
	return NULL;
}
