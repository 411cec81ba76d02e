/*
 * organizations.h - the accounts of an organization, and its tree of organizational units.
 *
 * Organizations throttles early and refuses concurrent requests, so a caller sends one request at a time.
 * Pages hold 20 items; an empty page may have a token, and the list ends at a token that is absent or null.
 */
#ifndef SCANNER_AWS_ORGANIZATIONS_H
#define SCANNER_AWS_ORGANIZATIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "scanner/aws/call.h"
#include "scanner/aws/json_page.h"

struct organization_description {
	const char *id;                 /* "o-exampleorgid" */
	const char *management_account; /* 12 digits */
};

/* The answer's JSON owns the texts: the caller copies what must live longer. */
struct listed_account {
	const char *id;
	const char *name;
	const char *state; /* State, else Status; NULL: the answer has neither */
	int64_t joined;    /* the organization, in wall seconds; 0: the answer does not say */
	const char *path;  /* "o-x/r-y/ou-z/ACCOUNT/"; NULL: the answer has none */
};

struct listed_unit {
	const char *id; /* of a root or an organizational unit */
	const char *name;
};

void organizations_request_organization(struct call *call, const char *region);
/* `token` is NULL for the first page. */
void organizations_request_accounts(struct call *call, const char *region, const char *token);
void organizations_request_roots(struct call *call, const char *region, const char *token);
void organizations_request_units(struct call *call, const char *region, const char *parent, const char *token);
void organizations_request_accounts_of(struct call *call, const char *region, const char *parent,
				       const char *token);

bool organizations_read_organization(const json_t *answer, struct organization_description *organization);
/*
 * Reads a page of `list`: "Accounts", "Roots" or "OrganizationalUnits". False: invalid; its problem is set.
 */
bool organizations_read_page(struct json_page *page, const json_t *answer, const char *list);
/* Reads item `index` of a page. False: the item has no usable id; the page's problem is set. */
bool organizations_read_account(struct json_page *page, size_t index, struct listed_account *account);
bool organizations_read_unit(struct json_page *page, size_t index, struct listed_unit *unit);

/* True for ACTIVE accounts, and for accounts without a state, so that none is missed. */
bool organizations_is_scanned(const char *state);

#endif
