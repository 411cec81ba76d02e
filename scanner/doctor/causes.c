#include "scanner/doctor/causes.h"

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"

enum { MIN_NAMES = 8 };

/* ---- names ---- */

bool names_contain(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->items[i], name) == 0)
			return true;
	return false;
}

void names_add(struct names *names, struct arena *arena, const char *name)
{
	if (names_contain(names, name))
		return;
	if (names->count == names->capacity) {
		size_t capacity = names->capacity > 0 ? 2 * names->capacity : MIN_NAMES;
		const char **items = arena_take(arena, capacity * sizeof *items);

		if (!items)
			return;
		if (names->count > 0)
			memcpy(items, names->items, names->count * sizeof *items);
		names->items = items;
		names->capacity = capacity;
	}
	names->items[names->count++] = name;
}

const char *names_join(const struct names *names, struct arena *arena, size_t max)
{
	size_t shown = max > 0 && names->count > max ? max : names->count;
	struct buffer text = {0};
	const char *copy;

	for (size_t i = 0; i < shown; i++)
		buffer_texts(&text, i > 0 ? ", " : "", names->items[i], NULL);
	if (shown < names->count)
		buffer_print(&text, " and %zu more", names->count - shown);
	arena->failed = arena->failed || text.failed;
	copy = arena_copy(arena, text.at ? text.at : "");
	buffer_deinit(&text);
	return copy;
}

/* ---- causes ---- */

bool policy_is_of_organization(enum policy_kind policy)
{
	return policy == POLICY_SCP || policy == POLICY_RCP;
}

static const char *fix_of_denial(const struct failed_request *failed)
{
	switch (failed->answer->policy) {
	case POLICY_SCP:
	case POLICY_RCP:
		return "contact the owner of the policy, who can exempt the scan role";
	case POLICY_BOUNDARY:
		return "allow the actions in the permissions boundary of the scan role, too: neptune-scan "
		       "iam-policy member";
	case POLICY_VPC_ENDPOINT:
		return "allow the actions in the policy of the VPC endpoint: neptune-scan iam-policy member";
	case POLICY_RESOURCE:
		return "allow the action in the key policy, for the account (arn:aws:iam::ACCOUNT:root), so "
		       "that its IAM policies decide";
	default:
		return failed->by_caller
			       ? "neptune-scan iam-policy caller prints the policy that the caller needs"
			       : "neptune-scan iam-policy member prints the policy that the role needs";
	}
}

static const char *fix_of(const struct failed_request *failed)
{
	if (failed->answer->class == ANSWER_ACCESS_DENIED)
		return fix_of_denial(failed);
	if (failed->answer->unresolved)
		return "allow the name to be resolved: create a VPC endpoint with private DNS for the service "
		       "in each of these regions, or name the regions to scan with --regions";
	return answer_advice(failed->answer);
}

bool answer_is_of_network(const struct answer *answer)
{
	return answer->class == ANSWER_PROXY || answer->class == ANSWER_UNTRUSTED ||
	       (answer->class == ANSWER_TRANSIENT && answer->status == 0);
}

/* The fix is in the policies of the identity that was refused. */
static bool is_of_identity(const struct answer *answer)
{
	return answer->class == ANSWER_ACCESS_DENIED &&
	       (answer->policy == POLICY_IDENTITY || answer->policy == POLICY_UNSPECIFIED);
}

static bool explains(const struct cause *cause, const struct failed_request *failed)
{
	const struct answer *answer = failed->answer;

	return cause->class == answer->class && cause->policy == answer->policy &&
	       cause->unresolved == answer->unresolved &&
	       (cause->by_caller == failed->by_caller || !is_of_identity(answer)) &&
	       (!answer_is_of_network(answer) || cause->service == failed->operation->service);
}

struct cause *causes_add(struct causes *causes, struct arena *arena, const struct failed_request *failed)
{
	struct cause *cause = causes->first;

	while (cause && !explains(cause, failed))
		cause = cause->next;
	if (!cause) {
		cause = arena_take(arena, sizeof *cause);
		if (!cause)
			return NULL;
		*cause = (struct cause){.class = failed->answer->class,
					.policy = failed->answer->policy,
					.unresolved = failed->answer->unresolved,
					.by_caller = failed->by_caller,
					.service = failed->operation->service,
					.what = arena_copy(arena, failed->what),
					.fix = fix_of(failed)};
		*(causes->last ? &causes->last->next : &causes->first) = cause;
		causes->last = cause;
	}
	names_add(&cause->actions, arena, failed->operation->permission);
	names_add(&cause->accounts, arena, failed->account);
	names_add(&cause->regions, arena, failed->region);
	return cause;
}

bool causes_explain(const struct causes *causes, const struct failed_request *failed)
{
	for (const struct cause *cause = causes->first; cause; cause = cause->next)
		if (explains(cause, failed) && names_contain(&cause->actions, failed->operation->permission) &&
		    names_contain(&cause->accounts, failed->account))
			return true;
	return false;
}
