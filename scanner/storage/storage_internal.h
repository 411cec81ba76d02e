/*
 * storage_internal.h - shared by the files of the storage, and private to them: storage.c opens files,
 * fetch.c reads objects, publish.c writes them, share.c decides which of several programs writes a file,
 * request.c sends requests and describes failures.
 */
#ifndef SCANNER_STORAGE_STORAGE_INTERNAL_H
#define SCANNER_STORAGE_STORAGE_INTERNAL_H

#include "scanner/aws/s3.h"
#include "scanner/aws/sync_client.h"
#include "scanner/credentials/credentials.h"
#include "scanner/storage/storage.h"

/*
 * What one request reads or writes. S3 takes parts of at least 5 MiB, except for the last. A part is sent
 * within scan.timeout.
 */
enum { STORAGE_PART_BYTES = 8 << 20 };

_Static_assert((int)STORAGE_VERSION_SIZE == (int)S3_ETAG_SIZE, "a version is an ETag");

struct storage {
	const struct config *config;
	const struct log *log;
	struct sync_client *client; /* NULL: no object was used yet */
	struct credentials credentials;
	struct session_list sessions; /* owns all of them */
};

/* An object, as texts that live as long as this. */
struct object {
	struct s3_place place;
	const char *name; /* s3://BUCKET/KEY */
	char *bucket, *key;
};

bool object_init(struct object *object, const struct config *config, const char *name, struct error *error);
void object_deinit(struct object *object);

/* Finds credentials, if there are none or they expire soon. */
bool storage_prepare(struct storage *storage, struct error *error);
/* One request, with its texts. */
struct storage_call {
	struct sync_call sync_call;
	struct s3_request request;
};

void storage_call_init(struct storage_call *call, struct storage *storage);
void storage_call_deinit(struct storage_call *call);
/* True: ANSWER_OK. */
bool storage_send(struct storage *storage, struct storage_call *call);
/* Sets the error from the answer. Returns false. */
bool storage_refuse(const struct object *object, const struct storage_call *call, struct error *error);

/* What is known of the present version. */
struct version {
	bool exists;
	char etag[S3_ETAG_SIZE], mark[64];
};

bool storage_find_version(struct storage *storage, const struct object *object, struct version *version,
			  struct error *error);
bool storage_fetch_object(struct storage *storage, const struct object *object, struct storage_file *file,
			  struct error *error);
/* Fetches an object that was opened and did not exist. */
bool storage_fetch_again(struct storage *storage, struct storage_file *file, struct error *error);

#endif
