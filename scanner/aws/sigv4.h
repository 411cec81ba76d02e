/*
 * sigv4.h - AWS Signature Version 4, in headers.
 *
 * A signer belongs to one thread: it holds OpenSSL's contexts, the hash of the last body, and a cache of
 * signing keys, one per (access key id, day, region, service), wiped when another takes its place. Source: the
 * IAM user guide, "Signature Version 4 signing process"; checked against AWS's public test suite.
 */
#ifndef SCANNER_AWS_SIGV4_H
#define SCANNER_AWS_SIGV4_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/span.h"

enum { SIGV4_SIGNATURE_SIZE = 65 /* hex and NUL */, SIGV4_KEY_LENGTH = 32 };

struct sigv4_header {
	struct span name; /* in any case */
	struct span value;
};

/* What is signed. Headers: host and x-amz-date must be among them. */
struct sigv4_request {
	const char *method;
	struct span path;  /* as sent */
	struct span query; /* as sent, without the question mark; escapes in it are kept */
	const struct sigv4_header *headers;
	size_t header_count;
	struct span body;
};

/* By whom, when, and for what. */
struct sigv4_scope {
	const char *access_key_id;
	const char *secret_access_key;
	const char *amz_date; /* "20261124T050607Z", the same as in the header x-amz-date */
	const char *region;
	const char *service;
};

struct sigv4_signer;

/* Percent-encodes everything but A-Z a-z 0-9 - . _ ~; `keep_escapes`: what is encoded already stays. */
void sigv4_encode(struct buffer *into, struct span text, bool keep_escapes);

struct sigv4_signer *sigv4_signer_new(void); /* NULL: no memory */
void sigv4_signer_free(struct sigv4_signer *signer);

/* The three steps, each appending to a buffer. False: no memory, or OpenSSL refuses. */
bool sigv4_canonical_request(struct sigv4_signer *signer, const struct sigv4_request *request,
			     struct buffer *canonical, struct buffer *signed_headers);
bool sigv4_string_to_sign(struct sigv4_signer *signer, const struct sigv4_scope *scope, struct span canonical,
			  struct buffer *string_to_sign);
bool sigv4_signature(struct sigv4_signer *signer, const struct sigv4_scope *scope, struct span string_to_sign,
		     char signature[static SIGV4_SIGNATURE_SIZE]);

/* All of them: the value of the Authorization header. */
bool sigv4_authorization(struct sigv4_signer *signer, const struct sigv4_request *request,
			 const struct sigv4_scope *scope, struct buffer *authorization);

#endif
