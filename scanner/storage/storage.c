#include "scanner/storage/storage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/text.h"
#include "config/object_url.h"
#include "scanner/storage/storage_internal.h"

/* ---- the storage ---- */

struct storage *storage_open(const struct config *config, const struct log *log, struct error *error)
{
	struct storage *storage = calloc(1, sizeof *storage);

	if (storage)
		*storage = (struct storage){.config = config, .log = log};
	else
		error_out_of_memory(error);
	return storage;
}

void storage_close(struct storage *storage)
{
	if (!storage)
		return;
	sync_client_close(storage->client);
	session_list_deinit(&storage->sessions);
	free(storage);
}

/* ---- the private folder ---- */

/* The last part of the key, so that people recognize a file that was kept. */
static const char *name_of(const struct object *object)
{
	const char *slash = strrchr(object->key, '/'), *name = slash ? slash + 1 : object->key;

	return strlen(name) > 100 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ? "object" : name;
}

static bool make_folder(struct storage_file *file, const struct object *object, struct error *error)
{
	const char *parent = getenv("TMPDIR");
	struct buffer path = {0};

	buffer_texts(&path, parent && *parent ? parent : "/tmp", "/neptune-scan-XXXXXX", NULL);
	if (path.failed)
		return error_out_of_memory(error);
	if (!mkdtemp(path.at)) {
		error_set(
			error, ERROR_FILE,
			"%s: cannot create a folder for its local copy: %s: %s\n  Fix: set TMPDIR to a folder "
			"with free space",
			object->name, path.at, strerror(errno));
		buffer_deinit(&path);
		return false;
	}
	file->folder = path.at;
	if (asprintf(&file->path, "%s/%s", file->folder, name_of(object)) >= 0)
		return true;
	file->path = NULL;
	return error_out_of_memory(error);
}

/* Nothing but the file and what SQLite keeps beside it lies there. */
static void remove_folder(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;

	while (folder && (entry = readdir(folder)))
		unlinkat(dirfd(folder), entry->d_name, 0);
	if (folder)
		closedir(folder);
	rmdir(path);
}

void storage_release(struct storage_file *file)
{
	if (file->is_locked)
		close(file->lock);
	file->is_locked = false;
}

void storage_file_close(struct storage_file *file)
{
	storage_publish_end(file, NULL);
	storage_release(file);
	if (file->folder && !file->is_kept)
		remove_folder(file->folder);
	free(file->folder);
	free(file->path);
	free(file->name);
	*file = (struct storage_file){0};
}

/* ---- opening ---- */

typedef bool open_object(struct storage *storage, const struct object *object, struct storage_file *file,
			 struct error *error);

static bool locate_object(struct storage *storage, const struct object *object, struct storage_file *file,
			  struct error *error)
{
	struct version version;

	if (!storage_find_version(storage, object, &version, error))
		return false;
	file->exists = version.exists;
	text_join(file->etag, sizeof file->etag, version.etag, NULL);
	return true;
}

static bool open_remote(struct storage *storage, struct storage_file *file, open_object *how,
			struct error *error)
{
	struct object object;
	bool good = object_init(&object, storage->config, file->name, error) &&
		    storage_prepare(storage, error) && (file->folder || make_folder(file, &object, error)) &&
		    how(storage, &object, file, error);

	object_deinit(&object);
	return good;
}

static bool open_file(struct storage *storage, const char *name, struct storage_file *file, open_object *how,
		      struct error *error)
{
	bool is_object = object_url_is(name);

	*file = (struct storage_file){.name = strdup(name), .path = is_object ? NULL : strdup(name)};
	if (!file->name || (!is_object && !file->path))
		error_out_of_memory(error);
	else if (!is_object || open_remote(storage, file, how, error))
		return true;
	storage_file_close(file);
	return false;
}

bool storage_fetch(struct storage *storage, const char *name, struct storage_file *file, struct error *error)
{
	return open_file(storage, name, file, storage_fetch_object, error);
}

static bool find_version(struct storage *storage, const char *name, struct version *version,
			 struct error *error)
{
	struct object object;
	bool good = object_init(&object, storage->config, name, error) && storage_prepare(storage, error) &&
		    storage_find_version(storage, &object, version, error);

	object_deinit(&object);
	return good;
}

static bool is_version(const struct storage_file *file, const struct version *version)
{
	return file->exists == version->exists && (!file->exists || strcmp(file->etag, version->etag) == 0);
}

bool storage_update(struct storage *storage, struct storage_file *file, struct error *error)
{
	struct version version;
	bool good;

	if (!file->folder)
		return true;
	good = find_version(storage, file->name, &version, error);
	if (good && !is_version(file, &version)) {
		unlink(file->path);
		good = storage_fetch_again(storage, file, error);
	}
	if (!good)
		storage_file_close(file);
	return good;
}

bool storage_fetch_again(struct storage *storage, struct storage_file *file, struct error *error)
{
	return open_remote(storage, file, storage_fetch_object, error);
}

bool storage_locate(struct storage *storage, const char *name, struct storage_file *file, struct error *error)
{
	return open_file(storage, name, file, locate_object, error);
}

bool storage_rename(struct storage *storage, struct storage_file *file, const char *name, struct error *error)
{
	char *copy = strdup(name);

	if (!copy)
		return error_out_of_memory(error);
	free(file->name);
	file->name = copy;
	return open_remote(storage, file, locate_object, error);
}
