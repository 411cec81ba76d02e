#include "scanner/matrix/scope_change.h"

#include <string.h>

#include "base/text.h"

static void add_change(char text[static SCOPE_CHANGE_SIZE], int64_t before, int64_t now, const char *noun)
{
	size_t length = strlen(text);
	int64_t change = now - before;

	if (change != 0)
		text_print(text + length, SCOPE_CHANGE_SIZE - length, "%s%+lld %s%s", length ? ", " : "",
			   (long long)change, noun, change == 1 || change == -1 ? "" : "s");
}

void scope_change_write(const struct history_entry *before, const struct history_entry *entry,
			char text[static SCOPE_CHANGE_SIZE])
{
	text[0] = '\0';
	if (!before)
		return;
	add_change(text, before->accounts, entry->accounts, "account");
	add_change(text, before->regions, entry->regions, "region");
	if (!text[0])
		add_change(text, before->in_scope, entry->in_scope, "cell");
	if (!text[0] && before->settings != entry->settings)
		text_print(text, SCOPE_CHANGE_SIZE, "other settings");
}
