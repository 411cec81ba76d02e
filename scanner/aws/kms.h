/*
 * kms.h - requests to KMS about a key that encrypts a resource.
 *
 * A key is requested by the id or ARN that the resource names, in the region of the ARN, but never by an
 * alias of AWS's: DescribeKey on alias/aws/... creates a missing key, and this program changes nothing.
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
/* `key`: the id of a key in this account. */
void kms_request_aliases(struct call *call, const char *region, const char *key, const char *marker);

/* Stores the answer in the key's values. The arena owns the texts. */
void kms_read_key(const json_t *answer, struct resource *key, struct arena *arena);
void kms_read_rotation(const json_t *answer, struct resource *key);
/*
 * Stores the date of the latest on-demand rotation. False: not a valid page of rotations; its problem is set.
 */
bool kms_read_rotations(struct json_page *page, const json_t *answer, struct resource *key,
			struct arena *arena);
/*
 * An alias in the namespace alias/aws/ means that AWS manages the key. False: not a valid page of aliases;
 * its problem is set.
 */
bool kms_read_aliases(struct json_page *page, const json_t *answer, struct resource *key);

/*
 * True: the message of a NotFoundException means that the key does not exist. KMS uses the code also for
 * identifiers that it cannot resolve ("Invalid arn eu-west-1", "Alias ... is not found."), which do not tell
 * whether the key exists.
 */
bool kms_denies_key(const char *message);

#endif
