/*
 * Reads rows and compares them with digests, so that damage of the file is detected.
 *
 *   accounts.digest   the account's cells, resources and findings, written when the account is closed
 *   runs.contents     all other rows of the run, with the digests of its accounts
 *   runs.digest       the run's own row, with `contents`
 *
 * A run gets the latter two when it ends, also when it ends early. Each digest is SHA-256 over the values
 * that are not NULL, with column, type and length; so a column that a later schema appends leaves the digests
 * of older rows unchanged. So does a list of later schemas, as long as it is empty. Digests detect damage, not
 * forgery: a user who can write the file can write digests as well.
 */
#include <openssl/evp.h>
#include <string.h>

#include "scanner/store/store_internal.h"

enum { DIGEST = 32, NO_LIST = -1 };

/* Lists of rows, in the order of the digest. */
static const int lists_of_account[] = {ROWS_ACCOUNT, ROWS_CELLS, ROWS_RESOURCES, ROWS_FINDINGS, NO_LIST};
static const int lists_of_contents[] = {ROWS_REGIONS,    ROWS_ACCOUNTS, ROWS_RUN_CELLS, ROWS_CONTROLS,
					ROWS_EXCEPTIONS, ROWS_REQUESTS, ROWS_GAPS,      NO_LIST};
static const int lists_of_run[] = {ROWS_RUN, NO_LIST};

/* ---- rows ---- */

static int step(struct store *store, sqlite3_stmt *statement)
{
	int code = sqlite3_step(statement);

	store_has_memory(store, (code & 0xff) != SQLITE_NOMEM);
	return code;
}

/* ---- digests ---- */

/* A digest in progress. A row is added at once: OpenSSL takes longer for a call than for its few bytes. */
struct sum {
	EVP_MD_CTX *context;
	struct buffer row;
};

static void add_value(struct buffer *into, sqlite3_stmt *row, int column)
{
	int type = sqlite3_column_type(row, column);
	const int64_t number = type == SQLITE_INTEGER ? sqlite3_column_int64(row, column) : 0;
	const void *bytes = type == SQLITE_INTEGER ? &number : sqlite3_column_blob(row, column);
	const int64_t length =
		type == SQLITE_INTEGER ? (int64_t)sizeof number : sqlite3_column_bytes(row, column);
	const int64_t head[] = {column, type, length};

	if (type == SQLITE_NULL)
		return;
	buffer_append(into, head, sizeof head);
	buffer_append(into, bytes, (size_t)length);
}

static bool add_row(struct sum *sum, sqlite3_stmt *row, int64_t number)
{
	int columns = sqlite3_column_count(row);

	buffer_clear(&sum->row);
	for (int column = 0; column < columns; column++)
		add_value(&sum->row, row, column);
	buffer_append(&sum->row, &number, sizeof number);
	return !sum->row.failed && EVP_DigestUpdate(sum->context, sum->row.at, sum->row.length) == 1;
}

/* True: the end of the list is part of the digest. Runs of older schemas have no such list. */
static bool has_end(enum statement list, int64_t count)
{
	return list != ROWS_GAPS || count > 0;
}

/* `sum` NULL: only passes the rows to `take`. False: the store cannot be read, or `take` returned false. */
static bool read_list(struct store *store, struct sum *sum, enum statement list, int64_t owner,
		      store_take_row *take, void *userdata)
{
	sqlite3_stmt *rows = store_use(store, list);
	int64_t count = 0;
	bool good = true;
	int code;

	sqlite3_bind_int64(rows, 1, owner);
	while (good && (code = step(store, rows)) == SQLITE_ROW)
		good = (!sum || add_row(sum, rows, ++count)) && (!take || take(userdata, list, rows));
	sqlite3_reset(rows);
	store_has_memory(store, !sum || !sum->row.failed);
	return good && code == SQLITE_DONE &&
	       (!sum || !has_end(list, count) || EVP_DigestUpdate(sum->context, "list", 4) == 1);
}

static bool add_up(struct store *store, const int *lists, int64_t owner, unsigned char digest[static DIGEST],
		   store_take_row *take, void *userdata)
{
	struct sum sum = {.context = EVP_MD_CTX_new()};
	bool good = sum.context && EVP_DigestInit_ex(sum.context, EVP_sha256(), NULL) == 1;

	store_has_memory(store, good);
	for (; good && *lists != NO_LIST; lists++)
		good = read_list(store, &sum, (enum statement) * lists, owner, take, userdata);
	good = good && EVP_DigestFinal_ex(sum.context, digest, NULL) == 1;
	EVP_MD_CTX_free(sum.context);
	buffer_deinit(&sum.row);
	return good;
}

bool store_read_list(struct store *store, enum statement list, int64_t owner, store_take_row *take,
		     void *userdata)
{
	return read_list(store, NULL, list, owner, take, userdata);
}

/* ---- writing ---- */

static bool write_digest(struct store *store, enum statement set, int64_t owner, const unsigned char *digest)
{
	sqlite3_stmt *write = store_use(store, set);

	if (digest)
		sqlite3_bind_blob(write, 1, digest, DIGEST, SQLITE_STATIC);
	sqlite3_bind_int64(write, 2, owner);
	return store_done(write);
}

static bool seal(struct store *store, const int *lists, enum statement set, int64_t owner)
{
	unsigned char digest[DIGEST];

	return add_up(store, lists, owner, digest, NULL, NULL) && write_digest(store, set, owner, digest);
}

bool store_seal_account(struct store *store, int64_t account)
{
	return seal(store, lists_of_account, SET_ACCOUNT_DIGEST, account);
}

bool store_break_account_seal(struct store *store, int64_t account)
{
	return write_digest(store, SET_ACCOUNT_DIGEST, account, NULL);
}

bool store_seal_run(struct store *store)
{
	return seal(store, lists_of_contents, SET_RUN_CONTENTS, store->run) &&
	       seal(store, lists_of_run, SET_RUN_DIGEST, store->run);
}

bool store_break_run_seal(struct store *store)
{
	return write_digest(store, SET_RUN_CONTENTS, store->run, NULL) &&
	       write_digest(store, SET_RUN_DIGEST, store->run, NULL);
}

/* ---- checking ---- */

struct digests {
	int64_t owner;
	unsigned char written[DIGEST];
	bool is_sealed, is_damaged;
};

static void take_digest(struct digests *digests, sqlite3_stmt *row, int column)
{
	digests->is_sealed = sqlite3_column_type(row, column) != SQLITE_NULL;
	digests->is_damaged = digests->is_sealed && sqlite3_column_bytes(row, column) != DIGEST;
	if (digests->is_sealed && !digests->is_damaged)
		memcpy(digests->written, sqlite3_column_blob(row, column), DIGEST);
}

static enum store_seal compare(struct store *store, const int *lists, const struct digests *digests,
			       store_take_row *take, void *userdata)
{
	unsigned char found[DIGEST];

	if (digests->is_damaged || !add_up(store, lists, digests->owner, found, take, userdata))
		return STORE_SEAL_DAMAGED;
	if (!digests->is_sealed)
		return STORE_SEAL_NONE;
	return memcmp(found, digests->written, DIGEST) == 0 ? STORE_SEAL_WHOLE : STORE_SEAL_DAMAGED;
}

static bool fail_damaged(const struct store *store, const char *what, struct error *error)
{
	if (store->out_of_memory || store_has_error(store))
		return store_fail(store, "read it", error);
	return error_set(error, ERROR_FILE, "run store %s is damaged: %s is not what was written; %s",
			 store->path, what, store_hint_for(SQLITE_CORRUPT));
}

/* Damaged: the error is set. */
static enum store_seal read_sealed(struct store *store, enum statement find_digest, const int *lists,
				   int64_t owner, const char *what, store_take_row *take, void *userdata,
				   struct error *error)
{
	sqlite3_stmt *find = store_use(store, find_digest);
	struct digests digests = {.owner = owner};
	enum store_seal found = STORE_SEAL_DAMAGED;

	sqlite3_bind_int64(find, 1, owner);
	if (step(store, find) == SQLITE_ROW) {
		take_digest(&digests, find, 0);
		found = compare(store, lists, &digests, take, userdata);
	}
	if (found == STORE_SEAL_DAMAGED)
		fail_damaged(store, what, error);
	sqlite3_reset(find); /* until here it holds the read lock, so all lists are of one moment */
	return found;
}

enum store_seal store_read_account(struct store *store, int64_t account, store_take_row *take, void *userdata,
				   struct error *error)
{
	if (!account)
		return STORE_SEAL_NONE; /* not stored yet */
	return read_sealed(store, FIND_ACCOUNT_DIGEST, lists_of_account, account, "an account of the run", take,
			   userdata, error);
}

/*
 * Checks the rows of all runs, which are few: a missing run, or changed totals of another run, would change a
 * report as well.
 */
static bool check_rows_of_runs(struct store *store, struct error *error)
{
	sqlite3_stmt *list = store_use(store, LIST_RUN_DIGESTS);
	bool good = true;
	int code;

	while (good && (code = step(store, list)) == SQLITE_ROW) {
		struct digests digests = {.owner = sqlite3_column_int64(list, 0)};
		bool has_contents = sqlite3_column_type(list, 2) != SQLITE_NULL;

		take_digest(&digests, list, 1);
		good = compare(store, lists_of_run, &digests, NULL, NULL) != STORE_SEAL_DAMAGED &&
		       digests.is_sealed == has_contents;
	}
	good = (good && code == SQLITE_DONE) || fail_damaged(store, "the row of a run", error);
	sqlite3_reset(list);
	return good;
}

bool store_check_runs(struct store *store, struct error *error)
{
	return store_check_structure(store, "PRAGMA quick_check('runs')", error) &&
	       check_rows_of_runs(store, error);
}

static bool check_account(struct store *store, int64_t account, bool may_be_sealed, struct error *error)
{
	switch (store_read_account(store, account, NULL, NULL, error)) {
	case STORE_SEAL_NONE:
		return true;
	case STORE_SEAL_WHOLE:
		return may_be_sealed || fail_damaged(store, "an account of the run", error);
	default:
		return false;
	}
}

/*
 * Checks the sealed accounts of a run. An unfinished run has some without a digest, and a run of an older
 * program has none at all.
 */
static bool check_accounts(struct store *store, int64_t run, bool may_be_sealed, struct error *error)
{
	sqlite3_stmt *list = store_use(store, LIST_ACCOUNTS);
	bool good = true;
	int code = SQLITE_DONE;

	sqlite3_bind_int64(list, 1, run);
	while (good && (code = step(store, list)) == SQLITE_ROW)
		good = check_account(store, sqlite3_column_int64(list, 0), may_be_sealed, error);
	if (good && code != SQLITE_DONE)
		good = fail_damaged(store, "an account of the run", error);
	sqlite3_reset(list);
	return good;
}

static bool read_contents(struct store *store, bool is_finished, bool with_accounts, store_take_row *take,
			  void *userdata, struct error *error)
{
	switch (read_sealed(store, FIND_RUN_CONTENTS, lists_of_contents, store->run, "a row of the run", take,
			    userdata, error)) {
	case STORE_SEAL_WHOLE:
		return !with_accounts || check_accounts(store, store->run, true, error);
	case STORE_SEAL_NONE:
		return check_accounts(store, store->run, !is_finished, error);
	default:
		return false;
	}
}

bool store_read_contents(struct store *store, bool is_finished, store_take_row *take, void *userdata,
			 struct error *error)
{
	return read_contents(store, is_finished, false, take, userdata, error);
}

/* ---- whole runs ---- */

static bool check_run(struct store *store, int64_t run, bool is_finished, bool with_accounts,
		      struct error *error)
{
	int64_t current = store->run;
	bool good;

	store->run = run;
	good = read_contents(store, is_finished, with_accounts, NULL, NULL, error);
	store->run = current;
	return good;
}

bool store_check_run(struct store *store, int64_t run, bool is_finished, struct error *error)
{
	return check_run(store, run, is_finished, true, error);
}

bool store_check_contents(struct store *store, int64_t run, bool is_finished, struct error *error)
{
	return check_run(store, run, is_finished, false, error);
}

bool store_check_all(struct store *store, struct store_checked *checked, struct error *error)
{
	bool good = store_check(store, error) && store_check_runs(store, error);
	sqlite3_stmt *list = store_use(store, LIST_RUN_DIGESTS);
	int code = SQLITE_DONE;

	*checked = (struct store_checked){0};
	while (good && (code = step(store, list)) == SQLITE_ROW) {
		bool is_finished = strcmp(store_word(list, 3), "finished") == 0;

		checked->runs++;
		checked->unsealed += sqlite3_column_type(list, 2) == SQLITE_NULL;
		good = store_check_run(store, sqlite3_column_int64(list, 0), is_finished, error);
	}
	sqlite3_reset(list);
	return good && (code == SQLITE_DONE || store_fail(store, "read its runs", error));
}

bool store_unseal(struct store *store, struct row *row)
{
	if (!row->is_sealed)
		return true;
	row->is_sealed = false;
	return store_break_account_seal(store, row->key);
}
