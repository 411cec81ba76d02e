#include "bench/estate/faults.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/key_table.h"
#include "base/span.h"

enum { MAX_RULES = 64, PER_MILLE = 1000, PATTERN = 64, MAX_FILE = 65536 };

struct rule {
	char pattern[PATTERN];
	enum fault kind;
	unsigned per_mille; /* 0: every `nth` request */
	unsigned long nth, seen;
};

/* The number of attempts of a request that was struck before; the only state. */
struct attempt {
	uint64_t subject;
	uint32_t count;
};

struct faults {
	struct world draws; /* only its seed is used */
	struct rule rules[MAX_RULES];
	size_t count;
	struct key_table attempts;
};

static const struct {
	const char *name, *explanation;
} kinds[FAULT_KINDS] = {
	[FAULT_NONE] = {"none", "nothing goes wrong"},
	[FAULT_THROTTLE] = {"throttle", "AWS's own throttling error"},
	[FAULT_INTERNAL] = {"internal", "500 with AWS's error"},
	[FAULT_UNAVAILABLE] = {"unavailable", "503 without a body"},
	[FAULT_HTML] = {"html", "502 with a proxy's page"},
	[FAULT_GARBAGE] = {"garbage", "200 with a body that is no answer"},
	[FAULT_NO_RESULT] = {"no-result", "200, well-formed, without the result element"},
	[FAULT_CUT] = {"cut", "the connection ends in the middle of the body"},
	[FAULT_LENGTH] = {"length", "Content-Length is less than what comes"},
	[FAULT_DRIP] = {"drip", "the body comes a few bytes a second"},
	[FAULT_HANG] = {"hang", "no answer for two minutes"},
	[FAULT_RESET] = {"reset", "TCP reset instead of an answer"},
	[FAULT_ALERT] = {"alert", "fatal TLS alert instead of an answer (a reset without --tls)"},
	[FAULT_EXPIRED] = {"expired", "the session token is said to be expired"},
	[FAULT_DENIED] = {"denied", "access denied"},
	[FAULT_EMPTY_PAGE] = {"empty-page", "a page without items that is not the last"},
	[FAULT_REPEATED_TOKEN] = {"repeated-token", "a page that names itself as the next"},
	[FAULT_SHIFTED_PAGE] = {"shifted-page", "a page that begins with the last items of the one before"},
	[FAULT_DISABLED] = {"disabled",
			    "the region refuses the session, though it is listed (a share of the cells)"},
	[FAULT_CLOCK] = {"clock", "the clock is 20 minutes ahead (a share of the endpoints)"},
};

const char *fault_name(enum fault fault)
{
	return kinds[fault].name;
}

const char *fault_explanation(enum fault fault)
{
	return kinds[fault].explanation;
}

/* ---- reading ---- */

static bool read_share(const char *text, struct rule *rule)
{
	double percent;
	char *end;

	if (strncmp(text, "1/", 2) == 0) {
		rule->nth = strtoul(text + 2, &end, 10);
		return end != text + 2 && !*end && rule->nth > 0;
	}
	percent = strtod(text, &end);
	rule->per_mille = percent > 0 && percent <= 100 ? (unsigned)(percent * 10 + 0.5) : 0;
	return strcmp(end, "%") == 0 && rule->per_mille > 0;
}

static bool read_kind(const char *text, enum fault *kind)
{
	for (enum fault i = FAULT_NONE + 1; i < FAULT_KINDS; i++) {
		if (strcmp(kinds[i].name, text) == 0) {
			*kind = i;
			return true;
		}
	}
	return false;
}

static bool read_rule(struct faults *faults, char *text, char *problem, size_t size)
{
	struct rule rule = {.nth = 0};
	char *kind = strchr(text, '='), *share = kind ? strchr(kind, '@') : NULL;

	if (strncmp(text, "seed=", 5) == 0) {
		faults->draws.seed = strtoull(text + 5, &kind, 10);
		if (kind != text + 5 && !*kind)
			return true;
		snprintf(problem, size, "'%s': a seed is a number", text);
		return false;
	}
	if (!kind || !share || kind == text || (size_t)(kind - text) >= PATTERN) {
		snprintf(problem, size, "'%s': wants PATTERN=KIND@SHARE, such as rds:*=throttle@10%%", text);
		return false;
	}
	*kind++ = *share++ = '\0';
	if (!read_kind(kind, &rule.kind)) {
		snprintf(problem, size, "'%s': no such kind of fault (see --help)", kind);
		return false;
	}
	if (!read_share(share, &rule)) {
		snprintf(problem, size, "'%s': a share is 10%% (of all) or 1/50 (every fiftieth)", share);
		return false;
	}
	if (rule.nth && rule.kind >= FAULT_DISABLED) {
		snprintf(problem, size, "'%s' wants a percentage: it is not drawn for each request",
			 kinds[rule.kind].name);
		return false;
	}
	if (faults->count == MAX_RULES) {
		snprintf(problem, size, "more than %d rules", MAX_RULES);
		return false;
	}
	snprintf(rule.pattern, sizeof rule.pattern, "%s", text);
	faults->rules[faults->count++] = rule;
	return true;
}

struct faults *faults_read(const char *specification, char *problem, size_t size)
{
	struct faults *faults = calloc(1, sizeof *faults);
	struct span lines = span_of(specification), line, rule;

	snprintf(problem, size, "no memory");
	while (faults && span_split(&lines, '\n', &line)) {
		const char *comment = memchr(line.at, '#', line.length);

		if (comment)
			line.length = (size_t)(comment - line.at);
		while (span_split(&line, ',', &rule)) {
			char text[160];

			rule = span_trim(rule);
			if (rule.length == 0)
				continue;
			snprintf(text, sizeof text, SPAN_FORMAT, SPAN_ARGUMENTS(rule));
			if (!read_rule(faults, text, problem, size)) {
				faults_free(faults);
				return NULL;
			}
		}
	}
	return faults;
}

struct faults *faults_load(const char *source, char *problem, size_t size)
{
	FILE *file = fopen(source, "r");
	struct faults *faults;
	char *text;
	size_t length;

	if (!file)
		return faults_read(source, problem, size);
	text = calloc(1, MAX_FILE);
	length = text ? fread(text, 1, MAX_FILE - 1, file) : 0;
	fclose(file);
	(void)length;
	faults = text ? faults_read(text, problem, size) : NULL;
	free(text);
	return faults;
}

void faults_free(struct faults *faults)
{
	if (faults)
		key_table_deinit(&faults->attempts);
	free(faults);
}

/* ---- drawing ---- */

/* Includes the end of each part, so that "ab", "c" and "a", "bc" differ. */
static uint64_t hash_part(uint64_t hash, const char *text)
{
	return hash64_byte(hash64_text(hash, text), '\xff');
}

static bool matches(const struct rule *rule, const char *service, const char *operation, const char *region)
{
	char name[160], place[240];

	snprintf(name, sizeof name, "%s:%s", service, operation);
	snprintf(place, sizeof place, "%s/%s", name, region);
	return fnmatch(rule->pattern, name, FNM_NOESCAPE) == 0 ||
	       fnmatch(rule->pattern, place, FNM_NOESCAPE) == 0 ||
	       fnmatch(rule->pattern, operation, FNM_NOESCAPE) == 0;
}

static bool strikes(const struct faults *faults, size_t rule, uint64_t subject, size_t attempt)
{
	return world_chance(world_draw(&faults->draws, DRAW_FAULT, rule, subject, attempt),
			    faults->rules[rule].per_mille, PER_MILLE);
}

static void remember(struct faults *faults, uint64_t subject)
{
	struct attempt *attempt = key_table_add(&faults->attempts, subject, sizeof *attempt);

	if (attempt)
		attempt->count++;
}

enum fault faults_strike(struct faults *faults, const struct client_request *requested)
{
	enum fault fault = FAULT_NONE;
	const struct attempt *before;
	size_t attempt;
	uint64_t subject;

	if (!faults || faults->count == 0)
		return FAULT_NONE;
	subject =
		hash_part(hash_part(hash_part(requested->parameters, requested->service), requested->operation),
			  requested->region);
	subject = (subject ^ requested->account) * 0x9E3779B97F4A7C15ULL | 1;
	before = key_table_find(&faults->attempts, subject, sizeof *before);
	attempt = before ? before->count : 0;
	for (size_t i = 0; i < faults->count && fault == FAULT_NONE; i++) {
		struct rule *rule = &faults->rules[i];

		if (rule->kind >= FAULT_DISABLED ||
		    !matches(rule, requested->service, requested->operation, requested->region))
			continue;
		if (rule->nth ? ++rule->seen % rule->nth == 0 : strikes(faults, i, subject, attempt))
			fault = rule->kind;
	}
	if (fault != FAULT_NONE || attempt > 0)
		remember(faults, subject);
	return fault;
}

static bool strikes_for_ever(const struct faults *faults, enum fault kind, const char *service,
			     const char *operation, const char *region, uint64_t subject)
{
	for (size_t i = 0; faults && i < faults->count; i++)
		if (faults->rules[i].kind == kind && matches(&faults->rules[i], service, operation, region) &&
		    strikes(faults, i, subject, 0))
			return true;
	return false;
}

bool faults_clock_is_off(const struct faults *faults, const char *service, const char *operation,
			 const char *region)
{
	return strikes_for_ever(faults, FAULT_CLOCK, service, operation, region,
				hash_part(hash_part(FAULT_CLOCK, service), region));
}

bool faults_disable(const struct faults *faults, const char *service, const char *operation, size_t account,
		    const char *region)
{
	return strikes_for_ever(faults, FAULT_DISABLED, service, operation, region,
				hash_part(FAULT_DISABLED + account * 0x9E3779B97F4A7C15ULL, region));
}
