/*
 * config.c, file.c, value.c and the table in options.c together.
 */
#include <unistd.h>

#include "config/config.h"
#include "config/options.h"
#include "config/value.h"
#include "tests/unit.h"

#define FILE_NAME "test_config.ini"

static const char *no_environment(const char *name)
{
	(void)name;
	return NULL;
}

static const char *fake_environment(const char *name)
{
	static const char *const pairs[][2] = {
		{"AWS_DEFAULT_REGION", "eu-west-3"},
		{"NEPTUNE_SCAN_SCAN_TIMEOUT", "7s"},
		{"NEPTUNE_SCAN_ROLE_NAME", "FromEnvironment"},
	};

	for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
		if (strcmp(name, pairs[i][0]) == 0)
			return pairs[i][1];
	return NULL;
}

struct loaded {
	struct config config;
	struct diagnostics diagnostics;
	char text[16384]; /* all diagnostics, one a line */
	bool good;
};

static void load(struct loaded *loaded, const char *file, const char *(*environment)(const char *),
		 const char *const *arguments)
{
	struct config_sources sources = {.arguments = arguments, .environment = environment};

	memset(loaded, 0, sizeof *loaded);
	while (arguments && arguments[sources.argument_count])
		sources.argument_count++;
	if (file) {
		FILE *stream = fopen(FILE_NAME, "w");

		fputs(file, stream);
		fclose(stream);
		sources.default_files[0] = FILE_NAME;
	}
	loaded->good = config_load(&loaded->config, &sources, &loaded->diagnostics);
	for (const struct diagnostic *problem = loaded->diagnostics.first; problem; problem = problem->next) {
		strcat(loaded->text, problem->text);
		strcat(loaded->text, "\n");
	}
	unlink(FILE_NAME);
}

static void unload(struct loaded *loaded)
{
	config_deinit(&loaded->config);
	diagnostics_deinit(&loaded->diagnostics);
}

#define ARGUMENTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_defaults(void **state)
{
	struct loaded loaded;

	(void)state;
	load(&loaded, NULL, no_environment, NULL);
	assert_string_equal(loaded.text, "");
	assert_true(loaded.good);
	assert_string_equal(loaded.config.region, "us-east-1");
	assert_string_equal(loaded.config.role_name, "NeptuneScanAudit");
	assert_int_equal(loaded.config.timeout_ms, 30000);
	assert_int_equal(loaded.config.concurrency, 0); /* auto */
	assert_true(config_asks_for_enabled_regions(&loaded.config));
	assert_int_equal(loaded.config.reports.count, 1);
	assert_null(loaded.config.reports.items[0].path);
	unload(&loaded);
}

static void test_precedence(void **state)
{
	struct loaded loaded;

	(void)state;
	load(&loaded,
	     "[aws]\nregion = eu-west-1\n[role]\nname = FromFile\n[scan]\ntimeout = 5s\nworkers = 3\n"
	     "concurrency = 10\n",
	     fake_environment, ARGUMENTS("--timeout", "9s"));
	assert_string_equal(loaded.text, "");
	assert_int_equal(loaded.config.workers, 3);             /* from the file */
	assert_int_equal(loaded.config.concurrency, 10);        /* the file overrides the default */
	assert_string_equal(loaded.config.region, "eu-west-3"); /* the environment overrides the file */
	assert_string_equal(loaded.config.role_name, "FromEnvironment");
	assert_int_equal(loaded.config.timeout_ms, 9000); /* the flag overrides all */
	unload(&loaded);
}

static void test_lists_go_on(void **state)
{
	struct loaded loaded;

	(void)state;
	load(&loaded,
	     "[organization]\naccounts = 000000000001, 000000000002 ; two\n           000000000003\n"
	     "           000000000001\n[report.json]\npath = out=1.json\n[report.csv]\npath = -\n",
	     no_environment, NULL);
	assert_string_equal(loaded.text, "");
	assert_int_equal(loaded.config.accounts.count, 3);
	assert_string_equal(loaded.config.accounts.items[0], "000000000001"); /* leading zeros are kept */
	assert_int_equal(loaded.config.reports.count, 2);
	assert_string_equal(loaded.config.reports.items[0].path, "out=1.json");
	assert_null(loaded.config.reports.items[1].path);
	unload(&loaded);
}

static void test_items_with_blanks(void **state)
{
	struct loaded loaded;

	(void)state;
	load(&loaded, NULL, no_environment,
	     ARGUMENTS("--ous", " /Prod/Cards EU ,, ou-1 ,", "--exclude-accounts",
		       " 000000000001\t000000000002, 000000000003"));
	assert_string_equal(loaded.text, "");
	assert_int_equal(loaded.config.ous.count, 2);
	assert_string_equal(loaded.config.ous.items[0], "/Prod/Cards EU");
	assert_string_equal(loaded.config.ous.items[1], "ou-1");
	assert_int_equal(loaded.config.exclude_accounts.count, 3);
	unload(&loaded);
}

static void test_flags(void **state)
{
	struct loaded loaded;

	(void)state;
	load(&loaded, NULL, no_environment,
	     ARGUMENTS("--quiet", "--regions=eu-west-1,cn-north-1x", "--report", "json=a", "--report=csv",
		       "--accounts", "123456789012"));
	assert_contains(loaded.text, "--regions \"cn-north-1x\"");
	assert_true(loaded.config.quiet);
	assert_int_equal(loaded.config.reports.count, 2);
	unload(&loaded);
}

/* All problems of a file are reported, each with its line, its key, and the allowed values. */
static void test_all_problems_at_once(void **state)
{
	static const char *const expected[] = {
		"test_config.ini:2: unknown key \"regoin\" in [aws]. Did you mean \"region\"?",
		"test_config.ini:3: aws.endpoint_url \"ftp://x\"",
		"test_config.ini:5: scan.timeout \"5\": must be a duration such as 250ms, 30s, 10m "
		"or 2h, from 100ms to 1h",
		"test_config.ini:6: scan.workers \"0\": must be a whole number from 1 to 256",
		"test_config.ini:7: scan.fail_on \"hihg\": must be one of low, medium, high, "
		"critical. Did you mean \"high\"?",
		"test_config.ini:8: scan.fail_on occurs a second time here",
		"test_config.ini:9: unknown section [organisation]. Did you mean [organization]?",
		"test_config.ini:11: organization.accounts \"12345\": must be account ids of exactly "
		"12 digits",
		"test_config.ini:13: regions.include \"eu-west1\": must be a region's name such as "
		"eu-west-1. Did you mean \"eu-west-1\"?",
		"test_config.ini:15: output.quiet \"maybe\": must be true or false",
	};
	struct loaded loaded;

	(void)state;
	load(&loaded,
	     "[aws]\nregoin = eu-west-1\nendpoint_url = ftp://x\n[scan]\ntimeout = 5\nworkers = 0\n"
	     "fail_on = hihg\nfail_on = low\n[organisation]\n[organization]\naccounts = 12345\n"
	     "[regions]\ninclude = eu-west1\n[output]\nquiet = maybe\n",
	     no_environment, NULL);
	assert_false(loaded.good);
	for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
		if (i != 6) /* inih does not report an empty section */
			assert_contains(loaded.text, expected[i]);
	unload(&loaded);
}

static void test_bad_files(void **state)
{
	struct loaded loaded;
	char long_line[400];

	(void)state;
	load(&loaded, "", no_environment, NULL);
	assert_contains(loaded.text, "test_config.ini: the file is empty");
	unload(&loaded);
	load(&loaded, "; nothing\n", no_environment, NULL);
	assert_contains(loaded.text, "no setting in it");
	unload(&loaded);
	load(&loaded, "[aws]\nregion eu-west-1\n", no_environment, NULL);
	assert_contains(loaded.text, "test_config.ini:2: not an INI line");
	unload(&loaded);
	load(&loaded, "[organisation]\naccounts = 1\n", no_environment, NULL);
	assert_contains(loaded.text,
			"test_config.ini:2: unknown section [organisation]. Did you mean [organization]?");
	unload(&loaded);
	load(&loaded, "region = x\n", no_environment, NULL);
	assert_contains(loaded.text, "test_config.ini:1: key \"region\" occurs before the first [section]");
	unload(&loaded);
	load(&loaded, "[role]\nname = one\n  two\n", no_environment, NULL);
	assert_contains(loaded.text, "test_config.ini:3: role.name takes one line");
	unload(&loaded);
	snprintf(long_line, sizeof long_line, "[role]\nname = %0300d\n", 0);
	load(&loaded, long_line, no_environment, NULL);
	assert_contains(loaded.text, "test_config.ini:2: line longer than 199 bytes");
	unload(&loaded);
	load(&loaded, NULL, no_environment, ARGUMENTS("--config", "/nonexistent/x.ini"));
	assert_contains(loaded.text, "/nonexistent/x.ini: cannot read it: No such file");
	unload(&loaded);
	load(&loaded, NULL, no_environment, ARGUMENTS("--config", "/"));
	assert_contains(loaded.text, "it is a directory");
	unload(&loaded);
}

static void test_bad_flags(void **state)
{
	struct loaded loaded;

	(void)state;
	load(&loaded, NULL, no_environment,
	     ARGUMENTS("--regoin", "x", "stray", "--timeout", "1y", "--endpoint-url", "127.0.0.1:80",
		       "--report", "=x", "--accounts", "12345678901x", "--role-name", "a b", "--external-id",
		       "se cret", "--workers"));
	assert_contains(loaded.text, "unknown flag --regoin. Did you mean --region?");
	assert_contains(loaded.text, "stray: unexpected word");
	assert_contains(loaded.text, "--timeout \"1y\"");
	assert_contains(loaded.text, "--endpoint-url \"127.0.0.1:80\": must be");
	assert_contains(loaded.text, "--report \"=x\"");
	assert_contains(loaded.text, "--accounts \"12345678901x\"");
	assert_contains(loaded.text, "role.name \"a b\"");
	assert_contains(loaded.text, "role.external_id: (hidden)");
	assert_contains(loaded.text, "--workers: a value is missing");
	assert_null(strstr(loaded.text, "se cret"));
	unload(&loaded);
}

static void test_contradictions(void **state)
{
	struct loaded loaded;

	(void)state;
	load(&loaded, NULL, no_environment,
	     ARGUMENTS("--regions", "enabled,eu-west-1", "--quiet", "--verbose", "--ca-bundle",
		       "/nonexistent"));
	assert_contains(loaded.text, "\"enabled\"");
	assert_contains(loaded.text, "output.quiet and output.verbose are both set");
	assert_contains(loaded.text, "aws.ca_bundle: cannot read \"/nonexistent\"");
	unload(&loaded);
	load(&loaded, NULL, no_environment, ARGUMENTS("--regions", "cn-north-1"));
	assert_contains(loaded.text, "cn-north-1 is not in the partition aws");
	unload(&loaded);
	load(&loaded, NULL, no_environment, ARGUMENTS("--regions", " , "));
	assert_contains(loaded.text, "regions.include: names no region");
	unload(&loaded);
}

static void test_accounts_and_units(void **state)
{
	static const char *const flags[][2] = {{"--ous", "organization.ous"},
					       {"--exclude-ous", "organization.exclude_ous"}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct loaded loaded;

		load(&loaded, "[organization]\naccounts = 123456789012\n", no_environment,
		     ARGUMENTS(flags[i][0], "/Prod"));
		assert_false(loaded.good);
		assert_int_equal(loaded.diagnostics.count, 1);
		assert_contains(loaded.text, "organization.accounts (from " FILE_NAME ":2)");
		assert_contains(loaded.text, flags[i][1]);
		assert_contains(loaded.text, "are both set");
		unload(&loaded);
		load(&loaded, "[organization]\naccounts = 123456789012\n", no_environment,
		     ARGUMENTS("--accounts", "", flags[i][0], "/Prod"));
		assert_string_equal(loaded.text, "");
		unload(&loaded);
	}
}

static void test_external_id_file(void **state)
{
	FILE *file = fopen("test_external_id", "w");
	struct loaded loaded;

	(void)state;
	fputs("  id/of:the=team \n", file);
	fclose(file);
	load(&loaded, NULL, no_environment, ARGUMENTS("--external-id-file", "test_external_id"));
	assert_string_equal(loaded.text, "");
	assert_string_equal(loaded.config.external_id, "id/of:the=team");
	unload(&loaded);
	load(&loaded, NULL, no_environment,
	     ARGUMENTS("--external-id-file", "test_external_id", "--external-id", "other"));
	assert_contains(loaded.text, "are both set");
	unload(&loaded);
	unlink("test_external_id");
}

/* The annotated example sets every key of the table to its default, and nothing else. */
static void test_example(void **state)
{
	char *example = read_file(SOURCE_FOLDER "/config/neptune-scan.ini");
	const char *arguments[] = {"--config", SOURCE_FOLDER "/config/neptune-scan.ini", NULL};
	struct loaded loaded;

	(void)state;
	assert_non_null(example);
	load(&loaded, NULL, no_environment, arguments);
	assert_string_equal(loaded.text, "");
	for (size_t i = 0; i < option_count; i++) {
		char key[96];

		if (!options[i].section || strcmp(options[i].key, "report") == 0)
			continue;
		snprintf(key, sizeof key, "\n%s = %s", options[i].key,
			 options[i].default_value ? options[i].default_value : "");
		if (!strstr(example, key)) {
			snprintf(key, sizeof key, "\n;%s = ", options[i].key);
			if (!strstr(example, key) || options[i].default_value)
				fail_msg("config/neptune-scan.ini: [%s] %s is missing, or not as its default",
					 options[i].section, options[i].key);
		}
	}
	free(example);
	unload(&loaded);
}

/* ---- shards, and the arrays of jobs that name them ---- */

/* The fake environment of job arrays: pairs, up to a NULL. */
static const char *const *fake_variables;

static const char *said_environment(const char *name)
{
	for (const char *const *pair = fake_variables; *pair; pair += 2)
		if (strcmp(name, pair[0]) == 0)
			return pair[1];
	return NULL;
}

#define SAID(...) ((const char *const[]){__VA_ARGS__, NULL})

#define SLURM(id, first, last, step, count)                                                                    \
	SAID("SLURM_ARRAY_TASK_ID", id, "SLURM_ARRAY_TASK_MIN", first, "SLURM_ARRAY_TASK_MAX", last,           \
	     "SLURM_ARRAY_TASK_STEP", step, "SLURM_ARRAY_TASK_COUNT", count, "SLURM_ARRAY_JOB_ID", "77")
#define BATCH(index, size)                                                                                     \
	SAID("AWS_BATCH_JOB_ARRAY_INDEX", index, "AWS_BATCH_JOB_ARRAY_SIZE", size, "AWS_BATCH_JOB_ID",         \
	     "0a-1b:" index)

static void test_shards(void **state)
{
	const struct {
		const char *const *fake_variables, *flag, *written, *problem;
		struct earlier_shard earlier;
	} cases[] = {
		{SAID("NOTHING", ""), NULL, "1/1", NULL, {{0}, NULL, 0}},
		{SAID("NOTHING", ""), "2/4", "2/4", NULL, {{0}, NULL, 0}},
		{SAID("NOTHING", ""), "1000/1000", "1000/1000", NULL, {{0}, NULL, 0}},
		{SAID("NOTHING", ""),
		 "array/4",
		 "array/4",
		 "SLURM_ARRAY_TASK_ID is set\n  Fix: name the part",
		 {{0}, NULL, 0}},
		{SAID("NEPTUNE_SCAN_SCAN_SHARD", "3/5"), NULL, "3/5", NULL, {{0}, NULL, 0}},
		/* Only when asked. */
		{SAID("JOB_COMPLETION_INDEX", "3"), NULL, "1/1", NULL, {{0}, NULL, 0}},
		{BATCH("0", "2"), NULL, "1/1", NULL, {{0}, NULL, 0}},
		{SLURM("7", "1", "9", "2", "5"), NULL, "1/1", NULL, {{0}, NULL, 0}},
		{SAID("JOB_COMPLETION_INDEX", "4"), "1/1", "1/1", NULL, {{0}, NULL, 0}},
		/* Kubernetes */
		{SAID("JOB_COMPLETION_INDEX", "0"),
		 "array",
		 "array",
		 "set scan.shard to array/COUNT",
		 {{0}, NULL, 0}},
		{SAID("JOB_COMPLETION_INDEX", "3"), "array/4", "4/4", NULL, {{0}, NULL, 0}},
		{SAID("JOB_COMPLETION_INDEX", "4"),
		 "array/4",
		 "array/4",
		 "JOB_COMPLETION_INDEX is 4 in an array of 4 jobs",
		 {{0}, NULL, 0}},
		{SAID("JOB_COMPLETION_INDEX", ""), "array/4", "array/4", "name the part", {{0}, NULL, 0}},
		{SAID("JOB_COMPLETION_INDEX", "-1"),
		 "array/4",
		 "array/4",
		 "is no index of a job",
		 {{0}, NULL, 0}},
		{SAID("JOB_COMPLETION_INDEX", "99999999999999999999"),
		 "array/4",
		 "array/4",
		 "is no index of a job",
		 {{0}, NULL, 0}},
		/* AWS Batch */
		{BATCH("0", "2"), "array", "1/2", NULL, {{0}, NULL, 0}},
		{BATCH("1", "2"), "array/2", "2/2", NULL, {{0}, NULL, 0}},
		{BATCH("1", "2"),
		 "array/4",
		 "array/4",
		 "--shard 1/4 where the array began at 1, --shard 2/4",
		 {{0}, NULL, 0}},
		{SAID("AWS_BATCH_JOB_ARRAY_INDEX", "0"),
		 "array",
		 "array",
		 "set scan.shard to array/COUNT",
		 {{0}, NULL, 0}},
		{BATCH("1500", "2000"), "array", "1501/2000", "allowed are at most 1000", {{0}, NULL, 0}},
		/* Slurm */
		{SLURM("5", "1", "8", "1", "8"), "array", "5/8", NULL, {{0}, NULL, 0}},
		{SLURM("5", "0", "7", "1", "8"), "array/8", "6/8", NULL, {{0}, NULL, 0}},
		{SLURM("7", "1", "9", "2", "5"), "array", "4/5", NULL, {{0}, NULL, 0}},
		{SLURM("20", "10", "25", "5", "4"), "array/4", "3/4", NULL, {{0}, NULL, 0}},
		{SLURM("7", "1", "9", "1", "3"),
		 "array/3",
		 "array/3",
		 "cannot be determined",
		 {{0}, NULL, 0}}, /* --array=1,7,9 */
		{SAID("SLURM_ARRAY_TASK_ID", "7", "SLURM_ARRAY_TASK_STEP", "0"),
		 "array",
		 "array",
		 "is no index of a job",
		 {{0}, NULL, 0}},
		/* --array=5, after --array=1-8 or --array=0-7 */
		{SLURM("5", "5", "5", "1", "1"), "array", "array", "array of 1 job: the part", {{0}, NULL, 0}},
		{SLURM("1", "1", "1", "1", "1"), "array", "array", "array of 1 job: the part", {{0}, NULL, 0}},
		{SLURM("5", "5", "5", "1", "1"),
		 "array/8",
		 "array/8",
		 "--shard 5/8 where the array began at 1, --shard 6/8",
		 {{0}, NULL, 0}},
		{SLURM("5", "5", "5", "1", "1"),
		 "array/8",
		 "array/8",
		 "name it with --shard 5/8, or another",
		 {{5, 8}, "76", 0}},
		{SLURM("5", "5", "5", "1", "1"),
		 "array/8",
		 "array/8",
		 "name it with --shard 5/8, or another",
		 {{5, 8}, NULL, 0}},
		{SLURM("5", "5", "5", "1", "1"), "array/8", "5/8", NULL, {{5, 8}, "77", 0}},
		{SLURM("5", "5", "5", "1", "1"), "array", "6/8", NULL, {{6, 8}, "77", 0}},
		{SLURM("5", "5", "5", "1", "1"),
		 "array",
		 "array",
		 "cannot be determined",
		 {{8, 8}, "77", 0}}, /* of another job */
		{SLURM("5", "5", "5", "1", "1"),
		 "array/4",
		 "array/4",
		 "cannot be determined",
		 {{5, 8}, "77", 0}},
		/* --array=5-8, and --array=1-4, after --array=1-8 */
		{SLURM("6", "5", "8", "1", "4"), "array", "array", "6 in an array of 4 jobs", {{0}, NULL, 0}},
		{SLURM("6", "5", "8", "1", "4"), "array", "6/8", NULL, {{6, 8}, "77", 0}},
		{SLURM("2", "1", "4", "1", "4"),
		 "array",
		 "array",
		 "name it with --shard 2/8",
		 {{2, 8}, "76", 0}},
		{SLURM("2", "1", "4", "1", "4"), "array", "2/8", NULL, {{2, 8}, "77", 0}},
		{SLURM("2", "1", "4", "1", "4"), "array/4", "2/4", NULL, {{2, 8}, "76", 0}},
		/* No count, but the indexes */
		{SLURM("5", "1", "8", "1", ""), "array/8", "5/8", NULL, {{0}, NULL, 0}},
		{SLURM("5", "1", "8", "1", ""),
		 "array",
		 "array",
		 "set scan.shard to array/COUNT",
		 {{0}, NULL, 0}},
		{SLURM("5", "5", "5", "1", ""),
		 "array/8",
		 "array/8",
		 "is 5 in an array of 1 job, and scan.shard is array/8",
		 {{0}, NULL, 0}},
		/* One store for all jobs, one after the other. */
		{SLURM("2", "1", "8", "1", "8"), "array", "2/8", NULL, {{1, 8}, "77", 0}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct loaded loaded;
		struct diagnostics diagnostics = {0};
		struct buffer written = {0};

		fake_variables = cases[i].fake_variables;
		load(&loaded, NULL, said_environment,
		     cases[i].flag ? ARGUMENTS("--shard", cases[i].flag) : NULL);
		assert_true(loaded.good);
		config_settle_shard(&loaded.config, &cases[i].earlier, &diagnostics);
		assert_true(value_write(&loaded.config, option_by_key("scan", "shard"), &written));
		assert_string_equal(written.at, cases[i].written);
		assert_int_equal(diagnostics.count, cases[i].problem ? 1 : 0);
		if (cases[i].problem)
			assert_contains(diagnostics.first->text, cases[i].problem);
		buffer_deinit(&written);
		diagnostics_deinit(&diagnostics);
		unload(&loaded);
	}
}

static void test_names_of_arrays(void **state)
{
	const struct {
		const char *const *fake_variables, *shard, *array, *name, *path;
	} cases[] = {
		{SLURM("5", "1", "8", "1", "8"), "array", NULL, "77", "runs/77/5-of-8.db"},
		{BATCH("1", "2"), "array", NULL, "0a-1b", "runs/0a-1b/2-of-2.db"},
		{BATCH("1", "2"), "2/3", NULL, "0a-1b", "runs/0a-1b/2-of-3.db"},
		{BATCH("1", "2"), "array/2", "night.7", "night.7", "runs/night.7/2-of-2.db"},
		{BATCH("1", "2"), "array", "0a-1b", "0a-1b", "runs/0a-1b/2-of-2.db"},
		{SAID("JOB_COMPLETION_INDEX", "3"), "array/4", NULL, NULL, "runs/{array}/4-of-4.db"},
		{BATCH("1", "2"), "1/1", NULL, NULL, "runs/{array}/1-of-1.db"},
		{SAID("NOTHING", ""), "1/2", "a", "a", "runs/a/1-of-2.db"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct loaded loaded;
		struct diagnostics diagnostics = {0};

		fake_variables = cases[i].fake_variables;
		load(&loaded, NULL, said_environment,
		     cases[i].array ? ARGUMENTS("--shard", cases[i].shard, "--db", "runs/{array}/{shard}.db",
						"--array", cases[i].array)
				    : ARGUMENTS("--shard", cases[i].shard, "--db", "runs/{array}/{shard}.db"));
		assert_true(loaded.good);
		config_settle_shard(&loaded.config, &(struct earlier_shard){0}, &diagnostics);
		assert_int_equal(diagnostics.count, 0);
		if (cases[i].name)
			assert_string_equal(loaded.config.array, cases[i].name);
		else
			assert_null(loaded.config.array);
		assert_string_equal(loaded.config.store_path, cases[i].path);
		assert_int_equal(loaded.config.store_folder, strlen("runs/"));
		config_check_paths(&loaded.config, &diagnostics);
		assert_int_equal(diagnostics.count, cases[i].name ? 0 : 1);
		diagnostics_deinit(&diagnostics);
		unload(&loaded);
	}
}

/* --array names another array than the engine's: its count may be of a few jobs that run again. */
static void test_jobs_that_run_again(void **state)
{
	const struct {
		const char *const *fake_variables, *flag, *written, *problem;
		struct earlier_shard earlier;
	} cases[] = {
		{SLURM("1", "1", "2", "1", "2"),
		 "array",
		 "array",
		 "which is not the array 70 of the settings: the part of the accounts cannot be determined\n  "
		 "Fix: "
		 "set "
		 "scan.shard to array/COUNT, with the number of jobs of 70",
		 {{0}, NULL, 0}},
		{SLURM("1", "1", "2", "1", "2"),
		 "array",
		 "array",
		 "of which the run stores have 8 parts: the part of the accounts cannot be determined\n  Fix: "
		 "name "
		 "the "
		 "part: --shard 1/8 where the array began at 1, --shard 2/8 where it began at 0",
		 {{0}, NULL, 8}},
		{SLURM("8", "7", "8", "1", "2"),
		 "array",
		 "array",
		 "\n  Fix: name the part: --shard 8/8",
		 {{0}, NULL, 8}},
		{SLURM("0", "0", "1", "1", "2"),
		 "array",
		 "array",
		 "\n  Fix: name the part: --shard 1/8",
		 {{0}, NULL, 8}},
		{SLURM("1", "1", "2", "1", "2"), "array", "1/8", NULL, {{1, 8}, "70", 0}},
		{SLURM("1", "1", "2", "1", "2"), "array", "2/8", NULL, {{2, 8}, "70", 2}},
		{SLURM("5", "1", "8", "1", "8"), "array", "5/8", NULL, {{0}, NULL, 8}},
		{SLURM("5", "1", "8", "1", "8"), "array/8", "5/8", NULL, {{0}, NULL, 0}},
		{SLURM("5", "1", "8", "1", "8"), "array", "5/8", NULL, {{3, 8}, "70", 0}},
		{BATCH("1", "2"), "array", "array", "\n  Fix: name the part: --shard 1/8", {{0}, NULL, 8}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct loaded loaded;
		struct diagnostics diagnostics = {0};
		struct buffer written = {0};

		fake_variables = cases[i].fake_variables;
		load(&loaded, NULL, said_environment, ARGUMENTS("--shard", cases[i].flag, "--array", "70"));
		assert_true(loaded.good);
		config_settle_shard(&loaded.config, &cases[i].earlier, &diagnostics);
		assert_true(value_write(&loaded.config, option_by_key("scan", "shard"), &written));
		assert_string_equal(written.at, cases[i].written);
		assert_int_equal(diagnostics.count, cases[i].problem ? 1 : 0);
		if (cases[i].problem)
			assert_contains(diagnostics.first->text, cases[i].problem);
		buffer_deinit(&written);
		diagnostics_deinit(&diagnostics);
		unload(&loaded);
	}
}

/* Every account belongs to exactly one shard. */
static void test_accounts_of_shards(void **state)
{
	static const char *const accounts[] = {"000000000000", "000000000001", "123456789012", "999999999999"};

	(void)state;
	for (size_t i = 0; i < sizeof accounts / sizeof accounts[0]; i++) {
		for (int64_t count = 1; count <= 12; count++) {
			int owners = 0;

			for (int64_t index = 1; index <= count; index++)
				owners += shard_has(&(struct shard){index, count}, accounts[i]);
			assert_int_equal(owners, 1);
		}
		assert_true(shard_has(&(struct shard){1, 1}, accounts[i]));
	}
	assert_int_equal(shard_of("123456789012", 10), 3);
}

/* Rows of the table are complete, and their names are unique. */
static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < option_count; i++) {
		assert_non_null(options[i].section);
		assert_non_null(options[i].key);
		assert_non_null(options[i].help);
		assert_non_null(options[i].environment[0]);
		assert_int_equal(options[i].type == OPTION_SWITCH, options[i].value_name == NULL);
		for (size_t j = 0; j < i; j++) {
			assert_false(options[i].flag && options[j].flag &&
				     strcmp(options[i].flag, options[j].flag) == 0);
			assert_false(strcmp(options[i].section, options[j].section) == 0 &&
				     strcmp(options[i].key, options[j].key) == 0);
			assert_true(options[i].member != options[j].member);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_precedence),
		cmocka_unit_test(test_lists_go_on),
		cmocka_unit_test(test_items_with_blanks),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_all_problems_at_once),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_bad_flags),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_accounts_and_units),
		cmocka_unit_test(test_external_id_file),
		cmocka_unit_test(test_example),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_shards),
		cmocka_unit_test(test_jobs_that_run_again),
		cmocka_unit_test(test_names_of_arrays),
		cmocka_unit_test(test_accounts_of_shards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
