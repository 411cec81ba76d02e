/*
 * organizations.h - the accounts of an organization, and the tree that they hang in.
 *
 * Organizations throttles early and refuses concurrent requests, so whoever asks has one request in
 * flight. Pages hold 20; an empty page may carry a token, and the end is a token that is absent or null.
 */
#ifndef SCANNER_AWS_ORGANIZATIONS_H
#define SCANNER_AWS_ORGANIZATIONS_H

#include <stdbool.h>

#include "scanner/aws/call.h"
#include "scanner/aws/json_page.h"

struct organization_description {
	const char *id;                 /* "o-exampleorgid" */
	const char *management_account; /* 12 digits */
};

/* Texts belong to the answer's JSON: copy what must live longer. */
struct listed_account {
	const char *id;
	const char *name;
	const char *state; /* State, else Status; NULL when AWS says neither */
	const char *path;  /* "o-x/r-y/ou-z/ACCOUNT/" where AWS gives it, else NULL */
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
/* A page of `list`: "Accounts", "Roots" or "OrganizationalUnits". False: it is none, and its problem says why.
 */
bool organizations_read_page(struct json_page *page, const json_t *answer, const char *list);
/* Item `index` of a page. False: it has no usable id, and the page's problem says so. */
bool organizations_read_account(struct json_page *page, size_t index, struct listed_account *account);
bool organizations_read_unit(struct json_page *page, size_t index, struct listed_unit *unit);

/* Only ACTIVE accounts have cells to scan; an account without a state is scanned, to be safe. */
bool organizations_is_scanned(const char *state);

#endif
