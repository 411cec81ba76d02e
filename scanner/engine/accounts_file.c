#include "scanner/engine/accounts_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "config/settings.h"
#include "scanner/engine/account_recorder.h"

enum accounts_use {
	ACCOUNTS_LISTED,   /* this program lists the organization, and writes nothing */
	ACCOUNTS_READ,     /* the list is from the file */
	ACCOUNTS_RECORDED, /* this program lists the organization and writes the file */
};

struct accounts_file {
	const char *path;
	const struct log *log;
	enum accounts_use use;
	struct account_list list;
	struct account_recorder recorder;
	int lock; /* descriptor; -1: not held */
};

#define SCHEMA "neptune-scan/accounts/1"

enum {
	MAX_AGE_S = 12 * 3600,
	PAUSE_MS = 100,
};

/* ---- writing ---- */

static void put_units(struct json_writer *json, const struct account_list *list)
{
	if (!list->tree_known) {
		json_put_null(json, "units");
		return;
	}
	json_open_list(json, "units");
	for (const struct unit *unit = list->units.first; unit; unit = unit->next) {
		json_break_line(json);
		json_open_object(json, NULL);
		json_put_text(json, "id", unit->id);
		json_put_text(json, "parent", unit->parent ? unit->parent->id : NULL);
		json_put_text(json, "name", unit->name);
		json_close_object(json);
	}
	json_break_line(json);
	json_close_list(json);
}

static void put_accounts(struct json_writer *json, const struct account_list *list)
{
	json_open_list(json, "accounts");
	for (size_t i = 0; i < list->count; i++) {
		const struct account_entry *entry = &list->items[i];

		json_break_line(json);
		json_open_object(json, NULL);
		json_put_text(json, "id", entry->account.id);
		json_put_text(json, "name", entry->account.name);
		json_put_text(json, "unit", entry->unit ? entry->unit->id : NULL);
		json_put_text(json, "status", entry->account.status);
		json_close_object(json);
	}
	json_break_line(json);
	json_close_list(json);
}

bool accounts_file_write(const struct account_list *list, const char *path, struct error *error)
{
	struct buffer text = {0};
	struct json_writer json = json_writer_into(&text);
	char when[CLOCK_ISO_SIZE];
	bool good;

	clock_format_iso(list->when, when);
	json_open_object(&json, NULL);
	json_put_text(&json, "schema", SCHEMA);
	json_put_text(&json, "when", when);
	json_put_text(&json, "organization", list->organization);
	json_put_text(&json, "management_account", list->management_account);
	put_units(&json, list);
	put_accounts(&json, list);
	json_close_object(&json);
	buffer_text(&text, "\n");
	if (text.failed)
		good = error_out_of_memory(error);
	else
		good = files_replace(path, text.at, text.length) ||
		       error_set(error, ERROR_FILE, "accounts file %s cannot be written: %s", path,
				 strerror(errno));
	buffer_deinit(&text);
	return good;
}

/* ---- reading ---- */

struct reading {
	struct account_list *list;
	const char *path;
	struct error *error;
};

__attribute__((format(printf, 2, 3))) static bool refuse(const struct reading *reading, const char *format, ...)
{
	char what[300];
	va_list arguments;

	va_start(arguments, format);
	text_print_list(what, sizeof what, format, arguments);
	va_end(arguments);
	return error_set(reading->error, ERROR_USAGE,
			 "accounts file %s: %s\n  Fix: neptune-scan accounts %s, or name another file with "
			 "--accounts-file",
			 text_brief(reading->path, 200).text, what, text_brief(reading->path, 200).text);
}

/* Of a text or null. False: it is neither, or null where that is not allowed. */
static bool get_text(const json_t *object, const char *name, bool may_be_null, const char **text)
{
	const json_t *value = json_object_get(object, name);

	*text = json_string_value(value);
	return *text ? **text != '\0' : may_be_null && json_is_null(value);
}

static bool read_unit(const struct reading *reading, const json_t *item, size_t index)
{
	struct account_list *list = reading->list;
	const char *id, *name, *parent;
	const struct unit *above = NULL;

	if (!get_text(item, "id", false, &id) || !get_text(item, "name", true, &name) ||
	    !get_text(item, "parent", true, &parent))
		return refuse(reading, "unit %zu needs id, name and parent", index + 1);
	if (parent)
		above = units_by_id(&list->units, parent);
	if (parent && (!above || !name))
		return refuse(reading, "unit %s needs a name and a parent that stands before it", id);
	return units_add(&list->units, &list->arena, above, id, name) || error_out_of_memory(reading->error);
}

static bool read_units(const struct reading *reading, const json_t *units)
{
	reading->list->tree_known = json_is_array(units);
	if (!json_is_array(units) && !json_is_null(units))
		return refuse(reading, "\"units\" is neither a list nor null");
	for (size_t i = 0; i < json_array_size(units); i++)
		if (!read_unit(reading, json_array_get(units, i), i))
			return false;
	return true;
}

static bool read_account(const struct reading *reading, const json_t *item, size_t index)
{
	struct account_list *list = reading->list;
	struct discovered_account account;
	const struct unit *own = NULL;
	const char *unit;

	if (!get_text(item, "id", false, &account.id) || !is_account_id(account.id) ||
	    !get_text(item, "name", true, &account.name) || !get_text(item, "status", true, &account.status) ||
	    !get_text(item, "unit", true, &unit))
		return refuse(reading, "account %zu needs id (twelve digits), name, unit and status",
			      index + 1);
	if (unit)
		own = units_by_id(&list->units, unit);
	if (unit && !own)
		return refuse(reading, "account %s is in unit %s, which is not in \"units\"", account.id, unit);
	return account_list_add(list, &account, own) || error_out_of_memory(reading->error);
}

static bool read_accounts(const struct reading *reading, const json_t *accounts)
{
	struct account_list *list = reading->list;

	if (!json_is_array(accounts) || json_array_size(accounts) == 0)
		return refuse(reading, "\"accounts\" is no list, or empty");
	for (size_t i = 0; i < json_array_size(accounts); i++)
		if (!read_account(reading, json_array_get(accounts, i), i))
			return false;
	account_list_sort(list);
	for (size_t i = 1; i < list->count; i++)
		if (strcmp(list->items[i - 1].account.id, list->items[i].account.id) == 0)
			return refuse(reading, "account %s is listed twice", list->items[i].account.id);
	return true;
}

static bool read_root(const struct reading *reading, const json_t *root)
{
	struct account_list *list = reading->list;
	const char *schema, *when, *organization, *management;

	if (!get_text(root, "schema", false, &schema) || strcmp(schema, SCHEMA) != 0)
		return refuse(reading, "it is not of schema " SCHEMA);
	if (!get_text(root, "when", false, &when) || !clock_parse_iso(span_of(when), &list->when))
		return refuse(reading, "\"when\" is no time such as 2026-11-30T02:00:00Z");
	if (!get_text(root, "organization", false, &organization) ||
	    !get_text(root, "management_account", true, &management))
		return refuse(reading, "\"organization\" and \"management_account\" are missing");
	list->organization = arena_copy(&list->arena, organization);
	list->management_account = arena_copy(&list->arena, management);
	return read_units(reading, json_object_get(root, "units")) &&
	       read_accounts(reading, json_object_get(root, "accounts"));
}

bool accounts_file_read(struct account_list *list, const char *path, struct error *error)
{
	const struct reading reading = {list, path, error};
	const char *problem;
	json_error_t where;
	json_t *root;
	FILE *file = files_open_regular(path, &problem);
	bool good;

	if (!file)
		return refuse(&reading, "it cannot be read: %s", problem);
	root = json_loadf(file, JSON_REJECT_DUPLICATES, &where);
	fclose(file);
	if (!root)
		return refuse(&reading, "line %d: %s", where.line, where.text);
	good = read_root(&reading, root);
	json_decref(root);
	if (good && list->arena.failed)
		return error_out_of_memory(error);
	return good;
}

/* ---- sharing ---- */

static bool check_age(const struct reading *reading)
{
	int64_t age = clock_wall_seconds() - reading->list->when;
	char when[CLOCK_ISO_SIZE];

	if (llabs(age) <= MAX_AGE_S)
		return true;
	clock_format_iso(reading->list->when, when);
	return refuse(reading, "it is of %s, more than twelve hours %s", when,
		      age > 0 ? "ago" : "ahead of this machine's clock");
}

static bool use_file(struct accounts_file *file, struct error *error)
{
	const struct reading reading = {&file->list, file->path, error};

	file->use = ACCOUNTS_READ;
	return accounts_file_read(&file->list, file->path, error) && check_age(&reading);
}

/* -1: another process holds the lock (errno is EWOULDBLOCK), or there can be none. */
static int take_lock(const char *path)
{
	struct buffer name = {0};
	int lock;

	buffer_texts(&name, path, ".creating", NULL);
	lock = name.failed ? -1 : open(name.at, O_RDWR | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
	buffer_deinit(&name);
	if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) != 0) {
		int problem = errno;

		close(lock);
		errno = problem;
		return -1;
	}
	return lock;
}

static void release(struct accounts_file *file)
{
	if (file->lock >= 0)
		close(file->lock);
	file->lock = -1;
}

/* True: waiting is over. */
static bool settle(struct accounts_file *file, bool *good, struct error *error)
{
	bool is_there = access(file->path, F_OK) == 0;

	if (!is_there) {
		file->lock = take_lock(file->path);
		if (file->lock < 0 && errno == EWOULDBLOCK)
			return false;
		if (file->lock < 0) {
			log_line(file->log, LOG_WARNING, "accounts-file.not-written",
				 "accounts file %s cannot be written: %s; this program lists the organization",
				 file->path, strerror(errno));
			return true;
		}
		is_there = access(file->path, F_OK) == 0; /* written before the lock was free */
	}
	if (is_there) {
		release(file);
		*good = use_file(file, error);
	} else {
		file->use = ACCOUNTS_RECORDED;
	}
	return true;
}

static bool wait_for_file(struct accounts_file *file, int64_t limit_ms, struct error *error)
{
	int64_t began = clock_monotonic_milliseconds();
	bool good = true, is_announced = false;

	while (!settle(file, &good, error)) {
		if (clock_monotonic_milliseconds() - began >= limit_ms) {
			log_line(file->log, LOG_WARNING, "accounts-file.timeout",
				 "accounts file %s was not written within %" PRId64
				 " s: this program lists the organization",
				 file->path, limit_ms / 1000);
			return true;
		}
		if (!is_announced)
			log_line(file->log, LOG_INFO, "accounts-file.awaited",
				 "another program lists the organization: waiting for %s", file->path);
		is_announced = true;
		nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000}, NULL);
	}
	return good;
}

struct accounts_file *accounts_file_open(const char *path, int64_t limit_ms, const struct log *log,
					 struct error *error)
{
	struct accounts_file *file = calloc(1, sizeof *file);

	if (!file) {
		error_out_of_memory(error);
		return NULL;
	}
	*file = (struct accounts_file){.path = path, .log = log, .lock = -1};
	if (wait_for_file(file, limit_ms, error))
		return file;
	accounts_file_close(file);
	return NULL;
}

void accounts_file_close(struct accounts_file *file)
{
	if (!file)
		return;
	release(file);
	account_list_deinit(&file->list);
	account_list_deinit(&file->recorder.list);
	free(file);
}

const struct account_list *accounts_file_known(const struct accounts_file *file)
{
	return file && file->use == ACCOUNTS_READ ? &file->list : NULL;
}

const char *accounts_file_path(const struct accounts_file *file)
{
	return file ? file->path : NULL;
}

/* The scan does not depend on the file: others list the organization themselves. */
static void write_recorded(void *owner, struct account_list *list)
{
	struct accounts_file *file = owner;
	struct error error;

	if (!list->organization)
		log_line(file->log, LOG_WARNING, "accounts-file.not-written",
			 "accounts file %s is not written: the account is in no organization", file->path);
	else if (list->arena.failed)
		log_line(file->log, LOG_WARNING, "accounts-file.not-written", "accounts file %s: out of memory",
			 file->path);
	else if (!accounts_file_write(list, file->path, &error))
		log_line(file->log, LOG_WARNING, "accounts-file.not-written", "%s", error.text);
	else
		log_line(file->log, LOG_INFO, "accounts-file.written", "%zu accounts of %s written to %s",
			 list->count, list->organization, file->path);
	release(file);
}

void accounts_file_listen(struct accounts_file *file, struct discovery_listener *listener)
{
	if (!file || file->use != ACCOUNTS_RECORDED)
		return;
	file->recorder.complete = write_recorded;
	file->recorder.owner = file;
	*listener = account_recorder_listen(&file->recorder, listener);
}
