/*
 * kms.h - what is asked of KMS about a key that somebody's data is encrypted with.
 *
 * A key is asked for by the id or ARN that a resource gave, in the region of the ARN. Never by an alias of
 * AWS's: DescribeKey on alias/aws/... makes that key when there is none, and this program changes nothing.
 */
#ifndef SCANNER_AWS_KMS_H
#define SCANNER_AWS_KMS_H

#include "scanner/aws/call.h"
#include "scanner/aws/json_page.h"
#include "scanner/resources/resource.h"

/* "arn:aws:kms:REGION:ACCOUNT:key/ID", "ID", "alias/NAME", or the ARN of an alias. */
struct key_name {
	struct span region, account; /* empty: not an ARN */
	struct span id;              /* "ID" or "alias/NAME" */
	bool is_alias, is_aws_alias;
};

struct key_name kms_read_name(const char *text);

void kms_request_key(struct call *call, const char *region, const char *key);
void kms_request_rotation(struct call *call, const char *region, const char *key);
void kms_request_rotations(struct call *call, const char *region, const char *key, const char *marker);
/* `key`: its id alone, of this account. */
void kms_request_aliases(struct call *call, const char *region, const char *key, const char *marker);

/* Puts what is known now into the key's values; texts live in the arena. */
void kms_read_key(const json_t *answer, struct resource *key, struct arena *arena);
void kms_read_rotation(const json_t *answer, struct resource *key);
/* Keeps the date of the latest rotation on demand. False: it is no page of rotations, as below. */
bool kms_read_rotations(struct json_page *page, const json_t *answer, struct resource *key,
			struct arena *arena);
/* An alias of AWS's tells that AWS manages the key. False: it is no page of aliases, and its problem says why.
 */
bool kms_read_aliases(struct json_page *page, const json_t *answer, struct resource *key);

/*
 * Does the message of a NotFoundException say that the key does not exist? KMS uses the code for identifiers
 * that it cannot resolve as well ("Invalid arn eu-west-1", "Alias ... is not found."): those say nothing of the
 * key.
 */
bool kms_denies_key(const char *message);

#endif
