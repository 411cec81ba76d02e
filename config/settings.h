/*
 * settings.h - the loaded settings.
 *
 * Plain data, without the source or the spelling of a setting.
 */
#ifndef CONFIG_SETTINGS_H
#define CONFIG_SETTINGS_H

/* Where runs are stored. */
#define DEFAULT_STORE_PATH "neptune-scan.db"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diagnostics.h"
#include "config/job_array.h"

struct text_list {
	const char *const *items;
	size_t count;
};

/* One --report FORMAT[=PATH]; the path is NULL for standard output. */
struct report_request {
	const char *format;
	const char *path;
	const char *origin; /* for messages: "--report", "neptune-scan.ini:12" */
};

struct report_requests {
	struct report_request *items;
	size_t count;
};

/*
 * The accounts that this program scans when several share an organization: those whose number modulo `count`
 * is `index` - 1.
 */
struct shard {
	int64_t index; /* from 1; 0: the job array determines it, see shard.h */
	int64_t count; /* 1: a single program scans all accounts; 0: the job array determines it */
};

struct input_file {
	struct input_file *next;
	const char *path;
};

struct config {
	/* aws */
	const char *profile;
	bool profile_from_environment; /* AWS_PROFILE names it: then keys of the environment take precedence */
	const char *region;
	const char *endpoint_url;
	const char *endpoint_url_sts;
	const char *endpoint_url_organizations;
	const char *endpoint_url_ec2;
	const char *endpoint_url_rds;
	const char *endpoint_url_kms;
	const char *endpoint_url_graphs;
	const char *endpoint_url_s3;
	const char *endpoint_url_sso, *endpoint_url_sso_oidc;
	bool ignore_endpoint_urls; /* of the environment and of AWS's shared files */
	bool use_fips, use_dualstack;
	struct text_list sts_regions; /* besides `region`; "auto" alone: found out */
	const char *ca_bundle;
	/* network */
	const char *proxy, *no_proxy;
	/* role */
	const char *role_name;
	const char *external_id;
	const char *external_id_file;
	const char *session_name;
	const char *management_role;
	const char *narrow;          /* "auto", "off" or "require": the session policy of member accounts */
	struct text_list role_chain; /* ARNs, assumed in this order before the role of a member account */
	/* organization */
	const char *organization_role; /* an ARN; NULL: the caller reads the organization */
	struct text_list accounts, exclude_accounts, ous, exclude_ous;
	const char *accounts_file;
	/* regions */
	struct text_list regions, exclude_regions;
	/* controls */
	struct text_list controls;
	const char *require_key;
	int64_t min_backup_days;
	struct text_list severities; /* "control=level" */
	const char *exceptions;      /* file */
	int64_t max_exception_days;
	/* store */
	const char *store_path;
	size_t accounts_folder; /* the same of accounts_file */
	size_t store_folder; /* the length of the path's folder that must exist: what is below has placeholders
			      */
	bool resume, retry_blind;
	int64_t resume_within_ms;
	int64_t store_keep; /* runs; 0: all */
	/* s3 */
	const char *s3_region;       /* NULL: the home region */
	const char *s3_bucket_owner; /* NULL: any account */
	const char *s3_kms_key;      /* NULL: as the bucket is set */
	/* scan */
	int64_t workers, concurrency, max_attempts;
	int64_t sts_rate; /* requests a second, of all shards */
	int64_t timeout_ms, connect_timeout_ms, idle_timeout_ms, deadline_ms, grace_ms;
	int64_t max_answer_bytes;
	const char *fail_on;
	const char *exit; /* NULL: "verdict", of a shard "done" */
	struct shard shard;
	const char *array;          /* the name that the parts of one scan have in common; NULL: none */
	struct job_array job_array; /* that this process is a job of */
	/* output */
	struct report_requests reports;
	bool only_failing, csv_bom;
	const char *run_name; /* NULL: none */
	const char *progress, *color, *log_format;
	bool quiet, verbose;

	/* Warnings: settings that are ignored or may be misunderstood. They do not stop the program. */
	struct diagnostics warnings;

	/* Files that were read, and files that the settings name: a report must not overwrite them. */
	struct input_file *input_files;

	/*
	 * The source of each setting, in the order of the table of options: "default", "AWS_REGION", "--db"
	 * ...
	 */
	const char **origins;
	struct arena arena; /* owns every text above */
};

bool text_list_contains(struct text_list list, const char *text);
/* Exactly twelve digits. */
bool is_account_id(const char *text);
/* True: a single program scans all accounts. */
bool shard_is_whole(const struct shard *shard);
/* True: this program scans the account, an id of twelve digits. */
bool shard_has(const struct shard *shard, const char *account);
/* The index of the shard that scans the account, from 1. */
int64_t shard_of(const char *account, int64_t count);
/*
 * The next path s3://BUCKET/KEY that the program may write, by the settings; NULL: no more. `*position`: 0 at
 * the beginning.
 */
const char *config_next_object(const struct config *config, size_t *position);
/* True: there is one. */
bool config_writes_objects(const struct config *config);
/* True: there is one in this bucket. */
bool config_writes_bucket(const struct config *config, const char *bucket);
/* True: `regions = enabled`, so that each account is asked for its enabled regions. */
bool config_asks_for_enabled_regions(const struct config *config);
/* True: `sts_regions = auto`. */
bool config_finds_sts_regions(const struct config *config);

#endif
