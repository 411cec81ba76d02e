#include "scanner/engine/accounts_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/files.h"
#include "base/json_writer.h"
#include "base/text.h"
#include "config/object_url.h"
#include "scanner/engine/account_recorder.h"

enum accounts_use {
	ACCOUNTS_LISTED,   /* this program lists the organization, and writes nothing */
	ACCOUNTS_READ,     /* the list is from the file */
	ACCOUNTS_RECORDED, /* this program lists the organization and writes the file */
	ACCOUNTS_WRITTEN,  /* the same, and it is being published */
};

struct accounts_file {
	const struct log *log;
	struct storage *storage; /* of its own: the file is published during the scan, in a thread */
	struct storage_file stored;
	enum accounts_use use;
	struct account_list list;
	struct account_recorder recorder;
};

#define SCHEMA "neptune-scan/accounts/1"

enum { MAX_AGE_S = 12 * 3600 };

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

bool accounts_file_write(const struct account_list *list, const struct storage_file *file, struct error *error)
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
		good = files_replace(file->path, text.at, text.length) ||
		       error_set(error, ERROR_FILE, "accounts file %s cannot be written: %s", file->name,
				 strerror(errno));
	buffer_deinit(&text);
	return good;
}

/* ---- reading ---- */

struct reading {
	struct account_list *list;
	const char *name;
	struct error *error;
	bool is_list; /* only its age is wrong: `accounts` replaces it */
	bool is_irregular;
};

__attribute__((format(printf, 2, 3))) static bool refuse(const struct reading *reading, const char *format, ...)
{
	char what[300];
	va_list arguments;

	va_start(arguments, format);
	text_print_list(what, sizeof what, format, arguments);
	va_end(arguments);
	if (reading->is_irregular)
		return error_set(reading->error, ERROR_USAGE,
				 "accounts file %s: %s\n  Fix: name another file with --accounts-file",
				 text_brief(reading->name, 200).text, what);
	return error_set(reading->error, ERROR_USAGE,
			 "accounts file %s: %s\n  Fix: %sneptune-scan accounts %s, or name another file with "
			 "--accounts-file",
			 text_brief(reading->name, 200).text, what,
			 reading->is_list ? "" : "delete it if it was to be a list of accounts, then ",
			 text_brief(reading->name, 200).text);
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

bool accounts_file_read(struct account_list *list, const struct storage_file *stored, struct error *error)
{
	struct reading reading = {.list = list, .name = stored->name, .error = error};
	const char *problem;
	json_error_t where;
	json_t *root;
	FILE *file = files_open_regular(stored->path, &problem);
	bool good;

	reading.is_irregular = files_what_is_irregular(stored->path);
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
	const struct reading reading = {
		.list = &file->list, .name = file->stored.name, .error = error, .is_list = true};

	file->use = ACCOUNTS_READ;
	return accounts_file_read(&file->list, &file->stored, error) && check_age(&reading);
}

static bool wait_for_file(struct accounts_file *file, bool is_first, int64_t limit_ms, struct error *error)
{
	int64_t until = clock_monotonic_milliseconds() + limit_ms;
	bool is_late = false, is_announced = false;
	enum storage_claim claim;

	while ((claim = storage_claim(&file->stored, is_first || is_late, error)) == STORAGE_AWAITED &&
	       !is_late) {
		if (!is_announced)
			log_line(file->log, LOG_INFO, "accounts-file.awaited",
				 "waiting for %s, which another program is to write", file->stored.name);
		is_announced = true;
		if (!storage_await(file->storage, &file->stored, error))
			return false;
		is_late = clock_monotonic_milliseconds() >= until;
	}
	if (claim == STORAGE_PRESENT)
		return use_file(file, error);
	if (claim == STORAGE_REFUSED)
		log_line(file->log, LOG_WARNING, "accounts-file.not-written",
			 "accounts file %s; this program lists the organization", error->text);
	else if (is_late)
		log_line(file->log, LOG_WARNING, "accounts-file.timeout",
			 "accounts file %s was not written within %" PRId64
			 " s: this program lists the organization",
			 file->stored.name, limit_ms / 1000);
	file->use = claim == STORAGE_CLAIMED ? ACCOUNTS_RECORDED : ACCOUNTS_LISTED;
	return true;
}

/* Those with a placeholder in their name. Where that fails, the file cannot be written, which is told then. */
static void make_folders(const struct config *config)
{
	if (!object_url_is(config->accounts_file))
		files_make_folders(config->accounts_file, config->accounts_folder);
}

struct accounts_file *accounts_file_open(const struct config *config, bool is_first, const struct log *log,
					 struct error *error)
{
	struct accounts_file *file = calloc(1, sizeof *file);
	int64_t limit_ms;

	if (!file) {
		error_out_of_memory(error);
		return NULL;
	}
	file->log = log;
	file->storage = storage_open(config, log, error);
	if (file->storage && storage_fetch(file->storage, config->accounts_file, &file->stored, error)) {
		make_folders(config);
		file->stored.is_disposable = true;
		limit_ms = storage_patience_ms(&file->stored);
		if (config->deadline_ms && config->deadline_ms < limit_ms)
			limit_ms = config->deadline_ms;
		if (wait_for_file(file, is_first, limit_ms, error))
			return file;
	}
	accounts_file_close(file);
	return NULL;
}

void accounts_file_close(struct accounts_file *file)
{
	if (!file)
		return;
	storage_file_close(&file->stored);
	storage_close(file->storage);
	account_list_deinit(&file->list);
	account_list_deinit(&file->recorder.list);
	free(file);
}

const struct account_list *accounts_file_known(const struct accounts_file *file)
{
	return file && file->use == ACCOUNTS_READ ? &file->list : NULL;
}

const char *accounts_file_name(const struct accounts_file *file)
{
	return file ? file->stored.name : NULL;
}

/* The scan does not depend on the file: others list the organization themselves. */
static void write_recorded(void *owner, struct account_list *list)
{
	struct accounts_file *file = owner;
	const char *name = file->stored.name;
	struct error error;

	if (!list->organization)
		log_line(file->log, LOG_WARNING, "accounts-file.not-written",
			 "accounts file %s is not written: the account is in no organization", name);
	else if (list->arena.failed)
		log_line(file->log, LOG_WARNING, "accounts-file.not-written", "accounts file %s: out of memory",
			 name);
	else if (!accounts_file_write(list, &file->stored, &error) ||
		 !storage_publish_begin(file->storage, &file->stored, &error))
		log_line(file->log, LOG_WARNING, "accounts-file.not-written", "%s", error.text);
	else
		file->use = ACCOUNTS_WRITTEN;
	storage_release(&file->stored);
}

void accounts_file_finish(struct accounts_file *file)
{
	const struct account_list *list;
	struct error error;

	if (!file || file->use != ACCOUNTS_WRITTEN)
		return;
	list = &file->recorder.list;
	if (storage_publish_end(&file->stored, &error))
		log_line(file->log, LOG_INFO, "accounts-file.written", "%zu accounts of %s written to %s",
			 list->count, list->organization, file->stored.name);
	else if (file->stored.is_conflict)
		log_line(
			file->log, LOG_INFO, "accounts-file.present",
			"another program has written %s meanwhile; nothing was overwritten, and this scan used "
			"its own list",
			file->stored.name);
	else
		log_line(file->log, LOG_WARNING, "accounts-file.not-written", "accounts file %s", error.text);
	file->use = ACCOUNTS_LISTED;
}

void accounts_file_listen(struct accounts_file *file, struct discovery_listener *listener)
{
	if (!file || file->use != ACCOUNTS_RECORDED)
		return;
	file->recorder.complete = write_recorded;
	file->recorder.owner = file;
	*listener = account_recorder_listen(&file->recorder, listener);
}
