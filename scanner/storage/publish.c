/*
 * Writes objects: in one request, or a large file as a multipart upload.
 *
 * A response may be lost after S3 has written the object, and then the repeated request conflicts with the
 * program's own upload. So after a failure the mark of the present version decides.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/ulid.h"
#include "scanner/storage/storage_internal.h"

struct upload {
	struct storage *storage;
	const struct object *object;
	struct storage_file *file;
	char mark[ULID_SIZE];
	/* Of a multipart upload. */
	char id[S3_UPLOAD_ID_SIZE];
	struct s3_part *parts;
	size_t count;
};

/* ---- failures ---- */

/* True: the upload is the present version, whatever the response was. */
static bool is_written(struct upload *upload)
{
	struct version version;

	if (!storage_find_version(upload->storage, upload->object, &version, NULL) || !version.exists ||
	    strcmp(version.mark, upload->mark) != 0)
		return false;
	text_join(upload->file->etag, sizeof upload->file->etag, version.etag, NULL);
	return true;
}

/* The object is not in the version that was fetched: it was written, created or deleted. */
static bool is_conflict(const struct answer *answer)
{
	return answer->status == 412 || answer->status == 409 || strcmp(answer->code, "NoSuchKey") == 0;
}

static bool fail(struct upload *upload, const struct storage_call *call, struct error *error)
{
	struct storage_file *file = upload->file;

	file->is_conflict = is_conflict(&call->sync_call.answer);
	if (!file->is_conflict)
		return storage_refuse(upload->object, call, error);
	return error_set(error, ERROR_FILE,
			 "%s: another program has %s since this one started; nothing was overwritten",
			 file->name, file->exists ? "written or deleted the object" : "created the object");
}

/* After the request that writes the object. */
static bool end(struct upload *upload, const struct storage_call *call, bool good, const char *etag,
		struct error *error)
{
	if (!good)
		return is_written(upload) || fail(upload, call, error);
	text_join(upload->file->etag, sizeof upload->file->etag, etag, NULL);
	return true;
}

/* ---- one request ---- */

static bool put(struct upload *upload, struct span bytes, struct error *error)
{
	struct storage_call call;
	bool good;

	storage_call_init(&call, upload->storage);
	s3_put(&call.sync_call.call, &call.request, &upload->object->place, bytes, upload->file->etag,
	       upload->mark);
	good = storage_send(upload->storage, &call);
	good = end(upload, &call, good, call.sync_call.answer.object.etag, error);
	storage_call_deinit(&call);
	return good;
}

/* ---- a multipart upload ---- */

static bool create(struct upload *upload, struct error *error)
{
	struct storage_call call;
	struct s3_reading reading;
	bool good;

	s3_reading_of_creation(&reading);
	storage_call_init(&call, upload->storage);
	call.sync_call.handler = &reading.handler;
	s3_create_upload(&call.sync_call.call, &call.request, &upload->object->place, upload->mark);
	good = storage_send(upload->storage, &call) || storage_refuse(upload->object, &call, error);
	text_join(upload->id, sizeof upload->id, good ? reading.upload : "", NULL);
	storage_call_deinit(&call);
	return good;
}

static bool put_part(struct upload *upload, size_t index, struct span bytes, struct error *error)
{
	struct s3_part *part = &upload->parts[index];
	struct storage_call call;
	bool good;

	storage_call_init(&call, upload->storage);
	s3_put_part(&call.sync_call.call, &call.request, &upload->object->place, upload->id, index + 1, bytes);
	good = storage_send(upload->storage, &call) || storage_refuse(upload->object, &call, error);
	text_join(part->etag, sizeof part->etag, call.sync_call.answer.object.etag, NULL);
	text_join(part->checksum, sizeof part->checksum, call.request.checksum, NULL);
	storage_call_deinit(&call);
	return good;
}

static bool put_parts(struct upload *upload, struct span bytes, size_t part_bytes, struct error *error)
{
	for (size_t i = 0; i < upload->count; i++) {
		size_t first = i * part_bytes, rest = bytes.length - first;
		const struct span part = {bytes.at + first, rest < part_bytes ? rest : part_bytes};

		/* Refreshes the session, which may expire during a long upload. */
		if (!storage_prepare(upload->storage, error) || !put_part(upload, i, part, error))
			return false;
	}
	return true;
}

static bool complete(struct upload *upload, struct error *error)
{
	struct storage_call call;
	struct s3_reading reading;
	struct buffer document = {0};
	bool good;

	s3_reading_of_completion(&reading);
	storage_call_init(&call, upload->storage);
	call.sync_call.handler = &reading.handler;
	s3_complete_upload(&call.sync_call.call, &call.request, &upload->object->place, upload->id,
			   upload->parts, upload->count, upload->file->etag, &document);
	good = storage_send(upload->storage, &call);
	good = end(upload, &call, good, reading.etag, error);
	storage_call_deinit(&call);
	buffer_deinit(&document);
	return good;
}

static bool abort_upload(struct upload *upload, struct error *error)
{
	struct storage_call call;
	bool good;

	storage_call_init(&call, upload->storage);
	s3_abort_upload(&call.sync_call.call, &call.request, &upload->object->place, upload->id);
	good = storage_send(upload->storage, &call) || storage_refuse(upload->object, &call, error);
	storage_call_deinit(&call);
	return good;
}

/* Parts of an upload that is neither completed nor aborted stay, and cost storage. */
static void clean_up(struct upload *upload)
{
	struct error error;

	if (!abort_upload(upload, &error))
		log_line(upload->storage->log, LOG_WARNING, "storage.not-aborted",
			 "the parts of the upload %s stay in the bucket until they are aborted: %s", upload->id,
			 error.text);
}

static bool put_in_parts(struct upload *upload, struct span bytes, struct error *error)
{
	size_t part_bytes = STORAGE_PART_BYTES;
	bool good;

	while (bytes.length > part_bytes * S3_MAX_PARTS)
		part_bytes *= 2;
	upload->count = (bytes.length + part_bytes - 1) / part_bytes;
	upload->parts = calloc(upload->count, sizeof *upload->parts);
	if (!upload->parts)
		return error_out_of_memory(error);
	good = create(upload, error);
	if (good) {
		good = put_parts(upload, bytes, part_bytes, error) && complete(upload, error);
		if (!good)
			clean_up(upload);
	}
	free(upload->parts);
	return good;
}

/* ---- files ---- */

/* Maps the file, so that its size does not matter. An empty file has no mapping. */
static bool map(const struct storage_file *file, struct span *bytes, struct error *error)
{
	int descriptor = open(file->path, O_RDONLY | O_CLOEXEC);
	struct stat status = {.st_size = 0};
	void *mapped = NULL;
	bool good = descriptor >= 0 && fstat(descriptor, &status) == 0;

	if (good && status.st_size > 0) {
		mapped = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
		good = mapped != MAP_FAILED;
	}
	if (!good)
		error_set(error, ERROR_FILE, "%s: cannot read its local copy %s: %s", file->name, file->path,
			  strerror(errno));
	if (descriptor >= 0)
		close(descriptor);
	*bytes = (struct span){mapped ? mapped : "", (size_t)status.st_size};
	return good;
}

static bool publish(struct storage *storage, const struct object *object, struct storage_file *file,
		    struct error *error)
{
	struct upload upload = {.storage = storage, .object = object, .file = file};
	struct span bytes;
	bool good;

	if (!map(file, &bytes, error))
		return false;
	ulid_make(upload.mark);
	good = bytes.length > STORAGE_PART_BYTES ? put_in_parts(&upload, bytes, error)
						 : put(&upload, bytes, error);
	if (bytes.length > 0)
		munmap((void *)bytes.at, bytes.length);
	return good;
}

/* The error tells where the file is. */
static bool keep(struct storage_file *file, struct error *error)
{
	const char *what = error->text;
	struct error whole;

	file->is_kept = true;
	error_set(&whole, error->kind, "%s\n  What was to be written is kept: %s", text_brief(what, 700).text,
		  file->path);
	*error = whole;
	return false;
}

bool storage_publish(struct storage *storage, struct storage_file *file, struct error *error)
{
	struct object object;
	bool good;

	if (!file->folder)
		return true;
	good = object_init(&object, storage->config, file->name, error) && storage_prepare(storage, error) &&
	       publish(storage, &object, file, error);
	object_deinit(&object);
	if (good)
		file->exists = true;
	return good || (!file->is_disposable && keep(file, error));
}

/* ---- in a thread ---- */

struct storage_publication {
	pthread_t thread;
	struct storage *storage;
	struct storage_file *file;
	struct error error;
	bool good;
};

static void *publish_in_thread(void *argument)
{
	struct storage_publication *publication = argument;

	publication->good = storage_publish(publication->storage, publication->file, &publication->error);
	return NULL;
}

bool storage_publish_begin(struct storage *storage, struct storage_file *file, struct error *error)
{
	struct storage_publication *publication = file->folder ? calloc(1, sizeof *publication) : NULL;
	int problem;

	if (!file->folder)
		return true;
	if (!publication)
		return error_out_of_memory(error);
	*publication = (struct storage_publication){.storage = storage, .file = file};
	problem = pthread_create(&publication->thread, NULL, publish_in_thread, publication);
	if (problem != 0) {
		free(publication);
		return error_set(error, ERROR_MEMORY, "%s: cannot start a thread: %s", file->name,
				 strerror(problem));
	}
	file->publication = publication;
	return true;
}

bool storage_publish_end(struct storage_file *file, struct error *error)
{
	struct storage_publication *publication = file->publication;
	bool good = true;

	if (!publication)
		return true;
	pthread_join(publication->thread, NULL);
	good = publication->good;
	if (!good && error)
		*error = publication->error;
	free(publication);
	file->publication = NULL;
	return good;
}

/* ---- trying ---- */

bool storage_try(struct storage *storage, const char *name, bool *exists, struct error *error)
{
	struct object object;
	struct version version;
	struct upload upload = {.storage = storage, .object = &object};
	bool good = object_init(&object, storage->config, name, error) && storage_prepare(storage, error) &&
		    storage_find_version(storage, &object, &version, error);

	if (good) {
		*exists = version.exists;
		ulid_make(upload.mark);
		good = create(&upload, error);
	}
	good = good && abort_upload(&upload, error);
	object_deinit(&object);
	return good;
}
