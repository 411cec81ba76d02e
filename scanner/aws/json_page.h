/*
 * json_page.h - one page of a list in a JSON response: its items and the token of the next page.
 *
 * A list that ends too early hides resources, so types are checked strictly: a list is an array of objects,
 * and a token is a string. A token that is absent, null or empty ends the list, as in AWS's SDKs (botocore
 * 1.43, paginate.py: an empty text is no token). Everything else is a problem, which the caller reports as an
 * error.
 */
#ifndef SCANNER_AWS_JSON_PAGE_H
#define SCANNER_AWS_JSON_PAGE_H

#include <jansson.h>
#include <stdbool.h>

struct json_page {
	const json_t *items; /* an array of objects */
	const char *token;   /* of the next page; NULL: the last page. The answer owns it */
	char problem[200];   /* the reason when a reader returns false */
};

/* `list` and `token` are the names of the members. */
bool json_page_read(struct json_page *page, const json_t *answer, const char *list, const char *token);
/* KMS paging: `Truncated` announces a `NextMarker`. */
bool json_page_read_truncated(struct json_page *page, const json_t *answer, const char *list);
/* Sets the problem, for readers of items. Returns false. */
__attribute__((format(printf, 2, 3))) bool json_page_refuse(struct json_page *page, const char *format, ...);
/* The text of a required, non-empty member of an item. NULL: the page is refused. */
const char *json_page_text(struct json_page *page, const json_t *item, const char *name);

#endif
