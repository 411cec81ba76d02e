#include "scanner/matrix/reason.h"

#include <string.h>

#include "base/text.h"
#include "scanner/matrix/matrix.h"

enum { ACTION_SIZE = 100 };

bool reason_split(const char **rest, struct reason_part *part)
{
	const char *end = strstr(*rest, "; "), *advice = strstr(*rest, REASON_ADVICE);
	size_t length = end ? (size_t)(end - *rest) : strlen(*rest);
	bool is_advised = advice && advice < *rest + length;

	if (!**rest)
		return false;
	part->what = (struct span){*rest, is_advised ? (size_t)(advice - *rest) : length};
	part->advice = (struct span){NULL, 0};
	if (is_advised) {
		advice += sizeof REASON_ADVICE - 1;
		part->advice = (struct span){advice, (size_t)(*rest + length - advice)};
	}
	*rest = end ? end + 2 : *rest + length;
	return true;
}

/* "rds:DescribeDBClusters" at the beginning of a part; false: it begins with something else. */
static bool take_action(struct span part, char action[static ACTION_SIZE])
{
	const char *colon = memchr(part.at, ':', part.length);
	size_t length;

	action[0] = '\0';
	if (!colon || colon == part.at || colon + 1 == part.at + part.length || colon[1] == ' ')
		return false;
	length = (size_t)(colon - part.at) + 1;
	while (length < part.length && part.at[length] != ':' && part.at[length] != ' ')
		length++;
	return length < part.length && part.at[length] == ':' &&
	       text_copy(action, ACTION_SIZE, (struct span){part.at, length});
}

/* AWS names the type of the policy that denies, or that does not allow. */
static const char *policy_of(const char *reason)
{
	static const struct {
		const char *words, *said;
	} policies[] = {
		{"service control policy", "an SCP denies"},
		{"resource control policy", "an RCP denies"},
		{"permissions boundary", "a permissions boundary denies"},
		{"session policy", "a session policy denies"},
		{"VPC endpoint policy", "a VPC endpoint policy denies"},
		{"no identity-based policy allows", "no identity-based policy allows"},
		{"identity-based policy", "an identity-based policy denies"},
		{"resource-based policy", "a resource-based policy denies"},
	};

	for (size_t i = 0; i < sizeof policies / sizeof policies[0]; i++)
		if (strstr(reason, policies[i].words))
			return policies[i].said;
	return NULL;
}

/* "rds:A", "rds:A and rds:B", "rds:A and 2 more actions": the first one is the most useful. */
static void print_actions(const char *reason, char text[static REASON_BRIEF_SIZE])
{
	char first[ACTION_SIZE] = "", action[ACTION_SIZE], second[ACTION_SIZE] = "";
	struct reason_part part;
	size_t count = 0;

	while (reason_split(&reason, &part))
		if (take_action(part.what, action) && ++count <= 2)
			memcpy(count == 1 ? first : second, action, sizeof action);
	if (count <= 2)
		text_print(text, REASON_BRIEF_SIZE, "%s%s%s", first, count == 2 ? " and " : "", second);
	else
		text_print(text, REASON_BRIEF_SIZE, "%s and %zu more actions", first, count - 1);
}

/* Cause first: which policy or which error code, then the actions. */
static bool print_denial(const char *reason, struct span part, char brief[static REASON_BRIEF_SIZE])
{
	const char *policy = policy_of(reason);
	char action[ACTION_SIZE], actions[REASON_BRIEF_SIZE];
	struct span rest, code;

	if (!take_action(part, action))
		return false;
	rest = (struct span){part.at + strlen(action) + 1, part.length - strlen(action) - 1};
	if (!span_split(&rest, ':', &code))
		return false;
	code = span_trim(code);
	print_actions(reason, actions);
	if (policy)
		text_print(brief, REASON_BRIEF_SIZE, "%s %s", policy, actions);
	else
		text_print(brief, REASON_BRIEF_SIZE, SPAN_FORMAT " on %s", SPAN_ARGUMENTS(code), actions);
	return true;
}

/* "cannot assume ROLE: AccessDenied: User: ARN is not authorized ..." */
static bool print_refusal(struct span part, char brief[static REASON_BRIEF_SIZE])
{
	static const char start[] = "cannot assume ", user[] = "User: ";
	struct span role, code, caller = {"", 0};
	const char *found;

	if (!span_starts_with(part, start))
		return false;
	part = (struct span){part.at + sizeof start - 1, part.length - (sizeof start - 1)};
	if (!span_split(&part, ':', &role) || !span_split(&part, ':', &code))
		return false;
	found = memmem(part.at, part.length, user, sizeof user - 1);
	if (found) {
		caller.at = found + sizeof user - 1;
		caller.length = strcspn(caller.at, " ");
	}
	code = span_trim(code);
	text_print(brief, REASON_BRIEF_SIZE,
		   "sts:AssumeRole on role " SPAN_FORMAT ": " SPAN_FORMAT "%s" SPAN_FORMAT,
		   SPAN_ARGUMENTS(role), SPAN_ARGUMENTS(code), found ? " for " : "", SPAN_ARGUMENTS(caller));
	return true;
}

/* A query about a key may be denied, and make the resource unknown. */
static bool is_denial(const char *reason, enum cell_state state)
{
	return state == CELL_DENIED || strstr(reason, ": AccessDenied");
}

void reason_write_brief(const char *reason, enum cell_state state, char brief[static REASON_BRIEF_SIZE])
{
	const char *rest = reason;
	struct reason_part part = {.what = {"", 0}};

	reason_split(&rest, &part);
	if (print_refusal(part.what, brief) ||
	    (is_denial(reason, state) && print_denial(reason, part.what, brief)))
		return;
	text_copy(brief, REASON_BRIEF_SIZE, part.what);
}
