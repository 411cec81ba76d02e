#include "scanner/engine/resume.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arn.h"
#include "base/clock.h"
#include "scanner/engine/run_settings.h"
#include "scanner/matrix/settings_fingerprint.h"

enum { AGE_SIZE = 32 };

/* ---- beginning ---- */

void run_name_sessions(struct scan_run *run)
{
	struct matrix *matrix = run->matrix;
	const char *wanted = run->options->config->session_name;

	if (wanted)
		snprintf(run->session_name, sizeof run->session_name, "%s", wanted);
	else
		snprintf(run->session_name, sizeof run->session_name, "neptune-scan-%s",
			 matrix->run.id ? matrix->run.id : "");
}

bool run_begin_anew(struct scan_run *run, struct error *error)
{
	struct matrix *matrix = run->matrix;

	run->begun = store_begin(run->options->store, matrix, run->settings.at, error);
	return run->begun;
}

/* Begins a run of its own instead. */
static bool leave_earlier(struct scan_run *run, const char *why, struct error *error)
{
	struct matrix *matrix = run->matrix;

	log_line(run->options->log, LOG_WARNING, "run.not-resumed",
		 "run %s is not resumed: %s. Starting run %s", run->earlier.id, why, matrix->run.id);
	run->earlier.number = 0;
	return run_begin_anew(run, error);
}

/* ---- going on with an earlier one ---- */

/* "7 days", "5 h 12 min", "3 min", "12 s" */
static const char *describe_age(int64_t seconds, char text[static AGE_SIZE])
{
	enum { MINUTE = 60, HOUR = 3600, DAY = 86400 };

	if (seconds >= 2 * DAY)
		snprintf(text, AGE_SIZE, "%" PRId64 " days", seconds / DAY);
	else if (seconds >= HOUR)
		snprintf(text, AGE_SIZE, "%" PRId64 " h %" PRId64 " min", seconds / HOUR,
			 seconds % HOUR / MINUTE);
	else if (seconds >= MINUTE)
		snprintf(text, AGE_SIZE, "%" PRId64 " min", seconds / MINUTE);
	else
		snprintf(text, AGE_SIZE, "%" PRId64 " s", seconds);
	return text;
}

/* A run that begins in the future was stored before the clock was set back: its age is not known. */
static void describe_start(const struct scan_run *run, int64_t now, struct buffer *text)
{
	int64_t age = now - run->earlier.started, max = run->options->config->resume_within_ms / 1000;
	char began[CLOCK_ISO_SIZE], old[AGE_SIZE], allowed[AGE_SIZE];

	if (llabs(age) <= max)
		return;
	clock_format_iso(run->earlier.started, began);
	buffer_print(text, "%sit began %s, %s %s, and store.resume_within is %s", text->length ? "; " : "",
		     began, describe_age(llabs(age), old), age < 0 ? "ahead of this machine's clock" : "ago",
		     describe_age(max, allowed));
}

/* As far as they are known before any request. */
static void describe_differences(const struct scan_run *run, struct buffer *text)
{
	struct matrix *matrix = run->matrix;
	struct buffer now = {0};

	run_settings_write_all(run->settings.at, run->options, &now);
	if (now.failed)
		text->failed = true;
	else
		fingerprint_compare(run->earlier.settings, now.at, "; ", text);
	buffer_deinit(&now);
	describe_start(run, matrix->run.started, text);
}

bool run_begin(struct scan_run *run, struct error *error)
{
	struct matrix *matrix = run->matrix;
	struct buffer why = {0};
	bool good = true;

	if (!run->options->config->resume)
		return run_begin_anew(run, error);
	if (!store_find_unfinished(run->options->store, &matrix->arena, &run->earlier, error))
		return false;
	if (!run->earlier.number) {
		log_line(run->options->log, LOG_INFO, "run.begun", "no unfinished run: starting run %s",
			 matrix->run.id);
		return run_begin_anew(run, error);
	}
	describe_differences(run, &why);
	if (why.failed)
		good = error_out_of_memory(error);
	else if (why.length > 0)
		good = leave_earlier(run, why.at, error);
	buffer_deinit(&why);
	return good;
}

static struct span account_of(struct span caller)
{
	struct arn arn;

	return arn_split(caller, &arn) ? arn.account : (struct span){NULL, 0};
}

/* Is it one of a list, "a, b"? A run may have several organizations. */
static bool is_among(const char *list, struct span (*part)(struct span), const char *one)
{
	struct span rest = span_of(list), item;

	while (span_split(&rest, ',', &item))
		if (span_same(part(span_trim(item)), part(span_of(one))))
			return true;
	return false;
}

static struct span all_of(struct span text)
{
	return text;
}

static void compare_place(const char *what, const char *was, const char *is, bool same, struct buffer *text)
{
	if (!same)
		buffer_print(text, "%sits %s was %s, now %s", text->length ? "; " : "", what,
			     was ? was : "none", is ? is : "none");
}

static void compare_places(const struct unfinished_run *earlier, const char *caller, const char *organization,
			   struct buffer *text)
{
	bool same = !earlier->organization || !organization
			    ? earlier->organization == organization
			    : is_among(earlier->organization, all_of, organization);

	compare_place("organization", earlier->organization, organization, same, text);
	compare_place("caller", earlier->caller, caller,
		      earlier->caller && is_among(earlier->caller, account_of, caller), text);
}

static bool resume_run(struct scan_run *run, struct error *error)
{
	struct matrix *matrix = run->matrix;

	if (!store_resume(run->options->store, matrix, &run->earlier, error))
		return false;
	run->begun = run->resumed = true;
	run_name_sessions(run);
	log_line(run->options->log, LOG_INFO, "run.resumed", "resuming run %s", matrix->run.id);
	return true;
}

bool run_confirm(struct scan_run *run, const char *caller, const char *organization, bool *recalls,
		 struct error *error)
{
	struct buffer why = {0};
	bool good = true;

	*recalls = false;
	if (!run->earlier.number)
		return true;
	compare_places(&run->earlier, caller, organization, &why);
	if (why.failed)
		good = error_out_of_memory(error);
	else if (!run->begun)
		good = why.length > 0 ? leave_earlier(run, why.at, error) : resume_run(run, error);
	*recalls = run->resumed && why.length == 0;
	buffer_deinit(&why);
	return good;
}

/* ---- taking over its results ---- */

static void note_gone(const struct scan_run *run, const char *what, struct gone_accounts *accounts)
{
	struct matrix *matrix = run->matrix;
	const char *text = NULL;

	if (accounts->unnamed > 0)
		buffer_print(&accounts->names, " and %zu more", accounts->unnamed);
	if (accounts->count > 0 && !accounts->names.failed)
		text = arena_format(&matrix->arena,
				    "%s since the run started, and are no longer part of it: %s", what,
				    accounts->names.at);
	if (!text)
		return;
	log_line(run->options->log, LOG_WARNING, "accounts.left", "%s", text);
	matrix_note_run(matrix, text);
}

/* Accounts that left the organization, or the scope, since the run began. */
static bool drop_gone(const struct scan_run *run, struct error *error)
{
	struct matrix *matrix = run->matrix;
	struct gone gone = {0};
	bool good = store_drop_gone(run->options->store, matrix, &gone, error);

	if (good) {
		note_gone(run, "left the organization", &gone.left);
		note_gone(run, "left the scope", &gone.out_of_scope);
	}
	buffer_deinit(&gone.left.names);
	buffer_deinit(&gone.out_of_scope.names);
	return good;
}

static bool note_age(const struct scan_run *run, struct error *error)
{
	struct matrix *matrix = run->matrix;
	char oldest[CLOCK_ISO_SIZE], age[AGE_SIZE];
	int64_t at = 0;
	const char *text;

	if (!store_find_oldest(run->options->store, &at, error))
		return false;
	if (at == 0)
		return true;
	clock_format_iso(at, oldest);
	text = arena_format(&matrix->arena,
			    "a resumed run: its oldest cell was assessed at %s, %s before its end", oldest,
			    describe_age(matrix->run.finished > at ? matrix->run.finished - at : 0, age));
	if (text)
		matrix_note_run(matrix, text);
	return true;
}

/* Takes over earlier programs' results, as far as they still hold. */
bool run_restore_earlier(const struct scan_run *run, struct error *error)
{
	struct matrix *matrix = run->matrix;
	struct exceptions *exceptions = run->options->exceptions;

	bool all_listed = run->listed == run->count;

	return store_restore(run->options->store, matrix, !all_listed, error) &&
	       (!all_listed || drop_gone(run, error)) &&
	       (!exceptions || store_recall_exceptions(run->options->store, exceptions, error)) &&
	       note_age(run, error);
}
