/*
 * Reads objects, a part at a time, all of the same version.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "scanner/storage/storage_internal.h"

static int64_t part_bytes(const struct storage *storage)
{
	int64_t most = storage->config->max_answer_bytes;

	return most < STORAGE_PART_BYTES ? most : STORAGE_PART_BYTES;
}

/* Requests a part; where the object is empty and has none, all of it. False: see the answer. */
static bool get(struct storage *storage, const struct object *object, struct storage_call *call, int64_t first,
		int64_t last, const char *etag)
{
	s3_get(&call->sync_call.call, &call->request, &object->place, first, last, etag);
	if (storage_send(storage, call))
		return true;
	if (call->sync_call.answer.status != 416 || first > 0)
		return false;
	s3_get(&call->sync_call.call, &call->request, &object->place, -1, -1, etag);
	return storage_send(storage, call);
}

/* Without s3:ListBucket, S3 answers 403 where there is no object. */
static bool is_absent(const struct answer *answer)
{
	return strcmp(answer->code, "NoSuchKey") == 0;
}

bool storage_find_version(struct storage *storage, const struct object *object, struct version *version,
			  struct error *error)
{
	struct storage_call call;
	const struct answer *answer = &call.sync_call.answer;
	bool good;

	*version = (struct version){.exists = false};
	storage_call_init(&call, storage);
	version->exists = get(storage, object, &call, 0, 0, NULL);
	good = version->exists || is_absent(answer);
	text_join(version->etag, sizeof version->etag, version->exists ? answer->object.etag : "", NULL);
	text_join(version->mark, sizeof version->mark, version->exists ? answer->object.mark : "", NULL);
	if (!good)
		storage_refuse(object, &call, error);
	storage_call_deinit(&call);
	return good;
}

/* ---- the local file ---- */

static bool write_all(int descriptor, const struct buffer *bytes)
{
	size_t written = 0;

	while (written < bytes->length) {
		ssize_t count = write(descriptor, bytes->at + written, bytes->length - written);

		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return false;
		written += (size_t)count;
	}
	return true;
}

static bool fail_to_write(const struct storage_file *file, struct error *error)
{
	return error_set(
		error, ERROR_FILE,
		"%s: cannot write its local copy %s: %s\n  Fix: set TMPDIR to a folder with free space",
		file->name, file->path, strerror(errno));
}

struct fetch {
	struct storage *storage;
	const struct object *object;
	struct storage_file *file;
	struct storage_call call;
	int descriptor;
	int64_t done, total; /* bytes */
};

static bool fail_to_read(struct fetch *fetch, struct error *error)
{
	const struct answer *answer = &fetch->call.sync_call.answer;

	if (fetch->done > 0 && (answer->status == 412 || is_absent(answer)))
		return error_set(error, ERROR_FILE, "%s was written while it was fetched\n  Fix: try again",
				 fetch->file->name);
	return storage_refuse(fetch->object, &fetch->call, error);
}

/* Appends the next part. */
static bool copy_part(struct fetch *fetch, struct error *error)
{
	const struct answer_object *read = &fetch->call.sync_call.answer.object;
	struct storage_file *file = fetch->file;
	int64_t last = fetch->done + part_bytes(fetch->storage) - 1;

	if (!get(fetch->storage, fetch->object, &fetch->call, fetch->done, last,
		 fetch->done > 0 ? file->etag : NULL))
		return fail_to_read(fetch, error);
	fetch->total = read->total_bytes >= 0 ? read->total_bytes : (int64_t)read->body.length;
	if (read->body.length == 0 && fetch->done < fetch->total)
		return error_set(error, ERROR_PROTOCOL, "%s: S3 returned no bytes from %lld of %lld on",
				 file->name, (long long)fetch->done, (long long)fetch->total);
	text_join(file->etag, sizeof file->etag, read->etag, NULL);
	fetch->done += (int64_t)read->body.length;
	return write_all(fetch->descriptor, &read->body) || fail_to_write(file, error);
}

static bool copy(struct fetch *fetch, struct error *error)
{
	do {
		if (!copy_part(fetch, error))
			return false;
	} while (fetch->done < fetch->total);
	return true;
}

bool storage_fetch_object(struct storage *storage, const struct object *object, struct storage_file *file,
			  struct error *error)
{
	struct fetch fetch = {.storage = storage, .object = object, .file = file};
	bool good;

	fetch.descriptor = open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fetch.descriptor < 0)
		return fail_to_write(file, error);
	storage_call_init(&fetch.call, storage);
	good = file->exists = copy(&fetch, error);
	if (!good && fetch.done == 0 && is_absent(&fetch.call.sync_call.answer))
		good = unlink(file->path) == 0;
	storage_call_deinit(&fetch.call);
	if (close(fetch.descriptor) != 0 && good)
		return fail_to_write(file, error);
	return good;
}
