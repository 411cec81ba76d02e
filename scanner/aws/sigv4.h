/*
 * sigv4.h - AWS Signature Version 4, in headers.
 *
 * A signer belongs to one thread. It holds OpenSSL's contexts, the hash of the last body, and a cache of
 * signing keys, one for each (access key id, day, region, service), which are wiped when they are replaced.
 * Source: the IAM user guide, "Signature Version 4 signing process"; tested with AWS's public test suite.
 */
#ifndef SCANNER_AWS_SIGV4_H
#define SCANNER_AWS_SIGV4_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/span.h"

enum { SIGV4_SIGNATURE_SIZE = 65 /* hex and NUL */, SIGV4_KEY_LENGTH = 32 };

struct sigv4_header {
	struct span name; /* in any case of letters */
	struct span value;
};

/* The request to sign. Its headers must include host and x-amz-date. */
struct sigv4_request {
	const char *method;
	struct span path;  /* as it is sent */
	bool is_object;    /* S3: the path is signed as it is sent, not normalized and encoded again */
	struct span query; /* as it is sent, without the question mark; its escapes are kept */
	const struct sigv4_header *headers;
	size_t header_count;
	struct span body;
	struct span body_hash; /* SHA-256 of the body in hexadecimal; absent: it is computed */
};

/* The signing credentials, time and target. */
struct sigv4_scope {
	const char *access_key_id;
	const char *secret_access_key;
	const char *amz_date; /* "20261124T050607Z", the same as in the header x-amz-date */
	const char *region;
	const char *service;
};

struct sigv4_signer;

/* Percent-encodes everything but A-Z a-z 0-9 - . _ ~; `keep_escapes`: keeps existing escapes. */
void sigv4_encode(struct buffer *into, struct span text, bool keep_escapes);

struct sigv4_signer *sigv4_signer_new(void); /* NULL: out of memory */
void sigv4_signer_free(struct sigv4_signer *signer);

/* The three steps; each appends to a buffer. False: out of memory, or an error of OpenSSL. */
bool sigv4_canonical_request(struct sigv4_signer *signer, const struct sigv4_request *request,
			     struct buffer *canonical, struct buffer *signed_headers);
bool sigv4_string_to_sign(struct sigv4_signer *signer, const struct sigv4_scope *scope, struct span canonical,
			  struct buffer *string_to_sign);
bool sigv4_signature(struct sigv4_signer *signer, const struct sigv4_scope *scope, struct span string_to_sign,
		     char signature[static SIGV4_SIGNATURE_SIZE]);

/* All three: appends the value of the Authorization header. */
bool sigv4_authorization(struct sigv4_signer *signer, const struct sigv4_request *request,
			 const struct sigv4_scope *scope, struct buffer *authorization);

#endif
