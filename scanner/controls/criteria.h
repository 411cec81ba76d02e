/*
 * criteria.h - criteria that several controls share: encryption from two elements, flags, the required kind
 * of key, and the owner of an account.
 */
#ifndef SCANNER_CONTROLS_CRITERIA_H
#define SCANNER_CONTROLS_CRITERIA_H

#include "scanner/controls/controls.h"

/* Lists of attributes, and of resource kinds. */
#define EVIDENCE(...) ((const enum attribute[]){__VA_ARGS__, ATTRIBUTE_COUNT})
#define ENCRYPTION_EVIDENCE                                                                                    \
	EVIDENCE(ATTRIBUTE_STORAGE_ENCRYPTED, ATTRIBUTE_STORAGE_ENCRYPTION_TYPE, ATTRIBUTE_KMS_KEY_ID,         \
		 ATTRIBUTE_STATUS)
/* evaluate_encryption in words. */
#define ENCRYPTION_CRITERIA                                                                                    \
	"StorageEncrypted and StorageEncryptionType are read together: true with no type or sse-kms is a "     \
	"KMS key (pass); false with no type or none is not encrypted (fail); sse-rds is an AWS owned key "     \
	"(pass, unless controls.require_key requires more); anything else is unknown. Where require_key is "   \
	"kms or customer, KmsKeyId must name the key, and with customer, KMS must say that it is customer "    \
	"managed; a key that is not named or may not be described is unknown."
/* The queries that determine the manager of a key. */
#define NEEDS_FOR_CUSTOMER (QUERY_BIT(QUERY_KEY) | QUERY_BIT(QUERY_ALIASES))
/* Also the reason of cells whose keys could not be queried, where a kind of key is required. */
#define REASON_WITHOUT_KEY_ID "encrypted, but KmsKeyId is missing from the AWS response: its key is not known"
#define REFERENCES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define APPLIES_TO(kind) (1U << (kind))

__attribute__((format(printf, 3, 4))) void evaluation_set(struct evaluation *evaluation, enum verdict verdict,
							  const char *format, ...);

/*
 * StorageEncrypted=false alone does not prove that storage is not encrypted: resources under an AWS owned key
 * have sse-rds and false. So a table evaluates both elements together; a combination that it does not have is
 * unknown.
 */
void evaluate_encryption(const struct resource *resource, const struct policy *policy,
			 struct evaluation *evaluation);

/* Evaluates whether the key is customer managed, where that is required. `key` NULL: not known. */
void evaluate_key_manager(const struct resource *key, struct evaluation *evaluation);

/* True: the account is one of the organization's. Only where they were listed. */
bool policy_owns_account(const struct policy *policy, const char *account);

/* Equal, and not absent. */
bool attribute_is(const struct resource *resource, enum attribute attribute, const char *text);

/* "true" passes or fails according to `good`, "false" the opposite; anything else, or nothing, is unknown. */
void evaluate_flag(const struct resource *resource, enum attribute attribute, bool good,
		   struct evaluation *evaluation);

/* Unknown, because the attribute is missing from the response, or has a value that AWS does not document. */
void evaluate_unclear(const struct resource *resource, enum attribute attribute, struct evaluation *evaluation);

/* The verdict when the query was denied: unknown. False: it was not denied. */
bool evaluate_refusal(const struct resource *resource, enum query_kind query, struct evaluation *evaluation);

/* The value, or "absent". */
const char *attribute_text(const struct resource *resource, enum attribute attribute);

#endif
