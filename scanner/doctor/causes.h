/*
 * causes.h - groups failed requests by their cause, so that each cause is reported once, with the actions,
 * accounts and regions that it affects.
 *
 * Requests fail for the same cause if their responses have the same class and name the same kind of policy; if
 * the identity that is refused is the same, the caller or the scan role; and, where the network is the cause,
 * if they went to the same service. The arena owns all texts.
 */
#ifndef SCANNER_DOCTOR_CAUSES_H
#define SCANNER_DOCTOR_CAUSES_H

#include "base/arena.h"
#include "scanner/aws/answer.h"

struct names {
	const char **items;
	size_t count, capacity;
};

/* Appends a name that is not there yet; the arena owns the array, the caller the name. */
void names_add(struct names *names, struct arena *arena, const char *name);
bool names_contain(const struct names *names, const char *name);
/* "a, b, c and 4 more"; `max` 0: all. NULL: out of memory. */
const char *names_join(const struct names *names, struct arena *arena, size_t max);

struct failed_request {
	const struct operation *operation;
	const char *account, *region;
	const struct answer *answer;
	const char *what; /* the response, for people; copied */
	bool by_caller;   /* with the caller's own credentials, not with the scan role's */
};

struct cause {
	struct cause *next;
	enum answer_class class;
	enum policy_kind policy;
	bool unresolved, by_caller;
	const struct service *service; /* of the first request */
	struct names actions, accounts, regions;
	const char *what; /* of the first request */
	const char *fix;  /* NULL: nothing is known to help */
};

/* In the order in which they were found. All zeroes is empty. */
struct causes {
	struct cause *first, *last;
};

/* Adds a failed request to its cause. NULL: out of memory. */
struct cause *causes_add(struct causes *causes, struct arena *arena, const struct failed_request *failed);
/* True: a cause of the list explains the failed request. */
bool causes_explain(const struct causes *causes, const struct failed_request *failed);
/* True: the response is not from AWS, or there is none. */
bool answer_is_of_network(const struct answer *answer);
/* True: a policy outside of the account's control denies, and closes the region or the action for the role. */
bool policy_is_of_organization(enum policy_kind policy);

#endif
