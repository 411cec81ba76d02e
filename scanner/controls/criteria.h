/*
 * criteria.h - what several controls have in common: how encryption is read from two elements, how a flag is,
 * which kind of key policy asks for, and whose an account is.
 */
#ifndef SCANNER_CONTROLS_CRITERIA_H
#define SCANNER_CONTROLS_CRITERIA_H

#include "scanner/controls/controls.h"

/* Of a list of attributes, and of resource kinds. */
#define EVIDENCE(...) ((const enum attribute[]){__VA_ARGS__, ATTRIBUTE_COUNT})
#define ENCRYPTION_EVIDENCE                                                                                    \
	EVIDENCE(ATTRIBUTE_STORAGE_ENCRYPTED, ATTRIBUTE_STORAGE_ENCRYPTION_TYPE, ATTRIBUTE_KMS_KEY_ID,         \
		 ATTRIBUTE_STATUS)
/* In words, what evaluate_encryption does. */
#define ENCRYPTION_CRITERIA                                                                                    \
	"StorageEncrypted and StorageEncryptionType are read together: true with no type or sse-kms is a "     \
	"KMS key (pass); false with no type or none is not encrypted (fail); sse-rds is an AWS-owned key "     \
	"(pass, unless controls.require_key asks for more); anything else is unknown. Where require_key is "   \
	"kms or customer, KmsKeyId must name the key, and with customer, KMS must say that it is customer "    \
	"managed; a key that is not named or may not be described is unknown."
/* Whose key it is, of the encryption controls. */
#define NEEDS_FOR_CUSTOMER (QUERY_BIT(QUERY_KEY) | QUERY_BIT(QUERY_ALIASES))
/* Where policy asks for a kind of key: also what a cell says of the keys that it could not look at. */
#define REASON_WITHOUT_KEY_ID "encrypted, but KmsKeyId is missing from the AWS response: its key is not known"
#define REFERENCES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define APPLIES_TO(kind) (1U << (kind))

__attribute__((format(printf, 3, 4))) void evaluation_set(struct evaluation *evaluation, enum verdict verdict,
							  const char *format, ...);

/*
 * StorageEncrypted=false alone does not prove that storage is not encrypted: resources under an AWS-owned key
 * say sse-rds and false. So the two are read together, by a table; what is not in it is unknown.
 */
void evaluate_encryption(const struct resource *resource, const struct policy *policy,
			 struct evaluation *evaluation);

/* Policy asks for a customer managed key: is this one? `key` NULL: nothing is known of it. */
void evaluate_key_manager(const struct resource *key, struct evaluation *evaluation);

/* Is the account one of the organization's? Only where they were listed. */
bool policy_owns_account(const struct policy *policy, const char *account);

/* Equal, and not absent. */
bool attribute_is(const struct resource *resource, enum attribute attribute, const char *text);

/* "true" is good or bad, "false" the other; anything else, or nothing, is unknown. */
void evaluate_flag(const struct resource *resource, enum attribute attribute, bool good,
		   struct evaluation *evaluation);

/* What a query that was refused leaves unknown. False: it was not refused. */
bool evaluate_refusal(const struct resource *resource, enum query_kind query, struct evaluation *evaluation);

/* The value, or "absent". */
const char *attribute_text(const struct resource *resource, enum attribute attribute);

#endif
