#include "bench/estate/session_policies.h"

#include "base/hash.h"

const struct policy *session_policies_find(const struct session_policies *policies, uint64_t hash)
{
	for (size_t i = 0; i < policies->count; i++)
		if (policies->kept[i].hash == hash)
			return policies->kept[i].policy;
	return NULL;
}

enum session_policy_result session_policies_add(struct session_policies *policies, const char *text,
						uint64_t *hash, char *problem, size_t size)
{
	struct policy *policy;

	*hash = hash64_text(HASH64_OF_NOTHING, text);
	if (session_policies_find(policies, *hash))
		return SESSION_POLICY_KEPT;
	if (policies->count == MAX_SESSION_POLICIES)
		return SESSION_POLICY_TOO_MANY;
	policy = policy_parse(text, ATTACHED_TO_PRINCIPAL, problem, size);
	if (!policy)
		return SESSION_POLICY_MALFORMED;
	policies->kept[policies->count].hash = *hash;
	policies->kept[policies->count++].policy = policy;
	return SESSION_POLICY_KEPT;
}

void session_policies_deinit(struct session_policies *policies)
{
	for (size_t i = 0; i < policies->count; i++)
		policy_free(policies->kept[i].policy);
	policies->count = 0;
}
