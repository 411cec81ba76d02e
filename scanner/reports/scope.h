/*
 * scope.h - the settings of a run that narrow its scope: accounts, OUs, regions, or a shard; and the filter of
 * a report, which has a part of the run.
 *
 * The one source for every format, from the settings that are stored with the run (settings_fingerprint.h). A
 * setting narrows the scope if it leaves out an account or a region that the organization may have. A run
 * without such a setting covers every active account, and every region that is enabled in at least one.
 */
#ifndef SCANNER_REPORTS_SCOPE_H
#define SCANNER_REPORTS_SCOPE_H

#include "base/buffer.h"
#include "base/json_writer.h"
#include "scanner/matrix/matrix.h"

/* Begins the names of a report's filters: "filter.accounts", "filter.controls", "filter.only_failing". */
#define SCOPE_FILTER "filter."

/* "regions.exclude", "eu-north-1, eu-west-3"; of a second organization "2.regions.exclude". */
struct scope_setting {
	struct span name, value;
	bool is_filter;
};

/* The settings first, then the filters. */
struct scope_walk {
	struct span settings, filter;
	bool only_failing;
};

struct scope_walk scope_begin(const struct run *run);
/* False: no more. */
bool scope_next(struct scope_walk *walk, struct scope_setting *setting);

/* Appends the value, at most ten items of a list. */
void scope_append_value(const struct scope_setting *setting, struct buffer *text);
/*
 * Appends "regions.exclude = eu-north-1, eu-west-3; scan.shard = 1/4", with at most ten items of each list; or
 * nothing when no setting narrows the scope.
 */
void scope_describe(const struct run *run, struct buffer *text);
/* The same as a member, an object of complete texts by setting. */
void scope_put(struct json_writer *json, const char *name, const struct run *run);

/* The filters alone: "accounts = 007921000013; controls = neptune-key-rotation"; nothing of a whole run. */
void scope_describe_filter(const struct run *run, struct buffer *text);

/* For the head of formats for people: a sentence, without the full stop. The caller frees the buffer. */
void scope_say(const struct run *run, struct buffer *text);
/* The same of the filters: "1 of 40 accounts"; nothing of a whole run. */
void scope_say_filter(const struct run *run, struct buffer *text);

#endif
