/*
 * json_page.h - one page of a list in a JSON answer: its items, and whether another page follows.
 *
 * A list that ends early hides what comes after, so each member must have its type: a list is an array of
 * objects, and a token is a text. A token that is absent, null or empty ends the list, as in AWS's SDKs
 * (botocore 1.43, paginate.py: an empty text is no token). Everything else is a problem, which the caller
 * reports as an error.
 */
#ifndef SCANNER_AWS_JSON_PAGE_H
#define SCANNER_AWS_JSON_PAGE_H

#include <jansson.h>
#include <stdbool.h>

struct json_page {
	const json_t *items; /* an array of objects */
	const char *token;   /* of the next page; NULL: this was the last. Lives as long as the answer */
	char problem[200];   /* why it is no page, where the reader returns false */
};

/* `list` and `token` are the names of the members. */
bool json_page_read(struct json_page *page, const json_t *answer, const char *list, const char *token);
/* The same as KMS pages: `Truncated` announces a `NextMarker`. */
bool json_page_read_truncated(struct json_page *page, const json_t *answer, const char *list);
/* For the reader of an item. Always false. */
__attribute__((format(printf, 2, 3))) bool json_page_refuse(struct json_page *page, const char *format, ...);
/* A member of an item that must be a text, and not an empty one. NULL: it is refused. */
const char *json_page_text(struct json_page *page, const json_t *item, const char *name);

#endif
