#include "scanner/queries/permission.h"

#include <stdlib.h>

#include "base/json_writer.h"
#include "base/text.h"
#include "scanner/aws/operation.h"

size_t scan_permissions(uint32_t needs, bool with_fallbacks, const char *names[static MAX_SCAN_PERMISSIONS])
{
	size_t count = 0, kept = 0;

	/* Also with named regions: tells whether a region that refuses the session is enabled. */
	names[count++] = operations[EC2_DESCRIBE_REGIONS].permission;
	for (enum query_kind query = 0; query < QUERY_KINDS; query++)
		if ((needs >> query & 1) && (with_fallbacks || !query_is_fallback(query)))
			names[count++] = query_permission(query);
	qsort(names, count, sizeof names[0], text_compare);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(names[i], names[kept - 1]) != 0)
			names[kept++] = names[i];
	return kept;
}

void session_policy_write(uint32_t needs, struct buffer *text)
{
	const char *names[MAX_SCAN_PERMISSIONS];
	size_t count = scan_permissions(needs, true, names);
	struct json_writer json = json_writer_into(text);

	json_open_object(&json, NULL);
	json_put_text(&json, "Version", "2012-10-17");
	json_open_object(&json, "Statement");
	json_put_text(&json, "Effect", "Allow");
	json_open_list(&json, "Action");
	for (size_t i = 0; i < count; i++)
		json_put_text(&json, NULL, names[i]);
	json_close_list(&json);
	json_put_text(&json, "Resource", "*");
	json_close_object(&json);
	json_close_object(&json);
}
