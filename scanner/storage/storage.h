/*
 * storage.h - files that the settings name: local ones, or objects of S3 (s3://BUCKET/KEY).
 *
 * The rest of the program works with local files. An object is fetched into a private local file at the start,
 * and published from it at the end; a local file is used where it is, and publishing it does nothing. So a
 * caller handles both in the same way:
 *
 *	storage_fetch(storage, name, &file, error)   // file.path is what to open; it may not exist yet
 *	...                                          // read or write file.path
 *	storage_publish(storage, &file, error)       // only if it was written
 *	storage_file_close(&file)                    // removes the private file
 *
 * A file that several programs share, and the first of them writes, is claimed after it was fetched:
 *
 *	switch (storage_claim(&file, ...))           // read it, write and publish it, or wait: storage_await
 *
 * The private file is readable by its owner only, in a new folder of $TMPDIR (else /tmp), together with what
 * SQLite keeps beside it. When publishing fails, it stays, and the error names it.
 *
 * Publishing replaces only the version that was fetched, or creates the object if there was none: of two
 * writers the second one fails, and overwrites nothing (`is_conflict`).
 *
 * Requests are signed by the caller's credentials, which are found at the first object, and again when they
 * expire. The functions block. A storage belongs to one thread, and needs network_init before the first object.
 *
 * Errors: ERROR_USAGE where a setting is wrong (no such bucket, another region), ERROR_ACCESS where S3 denies,
 * ERROR_FILE where a local file cannot be written or the object changed, else as the credentials or the network
 * report them.
 */
#ifndef SCANNER_STORAGE_STORAGE_H
#define SCANNER_STORAGE_STORAGE_H

#include "base/error.h"
#include "base/log.h"
#include "config/settings.h"

enum { STORAGE_VERSION_SIZE = 128 /* an ETag and its NUL */ };

struct storage;

/* Sends no request. Settings and log must outlive it. NULL: out of memory. */
struct storage *storage_open(const struct config *config, const struct log *log, struct error *error);
void storage_close(struct storage *storage); /* NULL is allowed */

/* All zeroes: closed. */
struct storage_file {
	char *name;   /* as the settings name it */
	char *path;   /* the local file */
	char *folder; /* private, holds `path`; NULL: the file is a local one */
	bool exists;  /* the object exists, in the version `etag` */
	char etag[STORAGE_VERSION_SIZE];
	bool is_conflict; /* publishing failed, because another program has written the object since */
	bool is_kept;     /* storage_file_close leaves the private file */
	/* Set by the caller: what cannot be published is not kept. */
	bool is_disposable;
	/* Of a claimed local file. */
	bool is_locked;
	int lock; /* descriptor */
	/* While it is published in a thread. */
	struct storage_publication *publication;
};

/* Fetches an object, if it exists. */
bool storage_fetch(struct storage *storage, const char *name, struct storage_file *file, struct error *error);
/* Fetches an object again if it is another version, or exists now. False: the file is closed. */
bool storage_update(struct storage *storage, struct storage_file *file, struct error *error);
/* For a file that is replaced as a whole: like storage_fetch, but the contents are not read. */
bool storage_locate(struct storage *storage, const char *name, struct storage_file *file, struct error *error);
/* Gives a located file another name, and locates that. */
bool storage_rename(struct storage *storage, struct storage_file *file, const char *name, struct error *error);
/* Uploads the file. It must not change meanwhile. */
bool storage_publish(struct storage *storage, struct storage_file *file, struct error *error);
/*
 * The same in a thread of its own. Storage and file are the thread's until storage_publish_end, which waits for
 * it. False of `begin`: there is no thread, and nothing was published.
 */
bool storage_publish_begin(struct storage *storage, struct storage_file *file, struct error *error);
bool storage_publish_end(struct storage_file *file, struct error *error);
void storage_file_close(struct storage_file *file);

enum storage_claim {
	STORAGE_PRESENT, /* the file exists: `path` can be read */
	STORAGE_CLAIMED, /* there is none, and this program is to write it */
	STORAGE_AWAITED, /* there is none, and another program is to write it */
	STORAGE_REFUSED, /* there is none, and none can be written; the error says why (ERROR_FILE) */
};

/*
 * Who writes a file that is not there. A local one: the program that takes the lock FILE.creating, which the
 * end of its process releases. S3 has no such lock: the program that `is_first` says, and if others write the
 * object as well, one of them creates it.
 */
enum storage_claim storage_claim(struct storage_file *file, bool is_first, struct error *error);
/* Releases the lock. */
void storage_release(struct storage_file *file);
/* How long it is worth waiting for the program that writes the file. */
int64_t storage_patience_ms(const struct storage_file *file);
/* Waits a little, then fetches an object again that did not exist. A signal ends it: ERROR_INTERRUPTED. */
bool storage_await(struct storage *storage, struct storage_file *file, struct error *error);

/*
 * Finds out whether an object could be fetched and published, and changes nothing: reads a byte of it, and
 * begins and aborts an upload.
 */
bool storage_try(struct storage *storage, const char *name, bool *exists, struct error *error);

#endif
