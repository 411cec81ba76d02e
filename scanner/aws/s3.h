/*
 * s3.h - requests about one object of S3.
 *
 * What is written carries a checksum that S3 verifies (SHA-256, of each part of a multipart upload), a
 * condition on the version that it replaces, and a mark, by which a writer recognizes its own upload if the
 * response was lost. A place with an owner is refused by S3 (403) if the bucket belongs to another account.
 *
 * Sources: S3 API reference, GetObject, PutObject, CreateMultipartUpload, UploadPart, CompleteMultipartUpload,
 * AbortMultipartUpload; S3 user guide, "How to prevent object overwrites with conditional writes", "Checking
 * object integrity for data uploads", "Verifying bucket ownership with bucket owner condition".
 */
#ifndef SCANNER_AWS_S3_H
#define SCANNER_AWS_S3_H

#include "scanner/aws/call.h"

enum {
	S3_UPLOAD_ID_SIZE = 256,
	S3_ETAG_SIZE = 128,    /* with the quotes */
	S3_CHECKSUM_SIZE = 45, /* of a SHA-256, in base64 */
	S3_MAX_PARTS = 10000,
};

/* An object, and how it is kept. */
struct s3_place {
	const char *bucket, *key, *region;
	const char *owner;   /* account that must own the bucket; NULL: any */
	const char *kms_key; /* for what is written; NULL: as the bucket is set */
};

/* Texts of one request. Lives until its call is done. */
struct s3_request {
	struct call_object object;
	size_t header_count;
	char range[64], checksum[S3_CHECKSUM_SIZE];
};

struct s3_part {
	char etag[S3_ETAG_SIZE], checksum[S3_CHECKSUM_SIZE];
};

/*
 * Begins a request for the bytes from `first` to `last`; `first` negative: for all of them. `etag` NULL: of any
 * version; else only of that one (412 otherwise). S3 answers 416 to a range of an empty object.
 */
void s3_get(struct call *call, struct s3_request *request, const struct s3_place *place, int64_t first,
	    int64_t last, const char *etag);
/*
 * Begins a request to write the object. `replaces`: the ETag of the version that it replaces, "" if there is
 * none; S3 answers 412 or 409 if there is another one, 404 if there is none any more. `body` lives until the
 * call is done.
 */
void s3_put(struct call *call, struct s3_request *request, const struct s3_place *place, struct span body,
	    const char *replaces, const char *mark);

/* A multipart upload: create, put each part, complete or abort. Only its completion changes the object. */
void s3_create_upload(struct call *call, struct s3_request *request, const struct s3_place *place,
		      const char *mark);
/* `number`: from 1. The request's checksum is that of the part. */
void s3_put_part(struct call *call, struct s3_request *request, const struct s3_place *place,
		 const char *upload, size_t number, struct span body);
/* `document`: an empty buffer, for the list of parts; lives until the call is done. */
void s3_complete_upload(struct call *call, struct s3_request *request, const struct s3_place *place,
			const char *upload, const struct s3_part *parts, size_t count, const char *replaces,
			struct buffer *document);
void s3_abort_upload(struct call *call, struct s3_request *request, const struct s3_place *place,
		     const char *upload);

/* Reads the XML of a creation and of a completion. */
struct s3_reading {
	struct xml_handler handler;
	char upload[S3_UPLOAD_ID_SIZE];
	char etag[S3_ETAG_SIZE];
	bool needs_upload;
};

void s3_reading_of_creation(struct s3_reading *reading);
void s3_reading_of_completion(struct s3_reading *reading);

#endif
