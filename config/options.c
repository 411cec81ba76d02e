#include "config/options.h"

#include <string.h>

#include "config/settings.h"

#define MEMBER(name) offsetof(struct config, name)
#define CHOICES(...) ((const char *const[]){__VA_ARGS__, NULL})

enum { SECOND = 1000, MINUTE = 60000, HOUR = 3600000, MEBIBYTE = 1048576 };

/* Members that do not apply to a row are zero. */
const struct option options[] = {
	{
		.section = "aws",
		.key = "profile",
		.flag = "profile",
		.is_common = true,
		.environment = {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"},
		.type = OPTION_TEXT,
		.value_name = "NAME",
		.member = MEMBER(profile),
		.help = "credentials from this profile of the shared AWS files",
	},
	{
		.section = "aws",
		.key = "region",
		.flag = "region",
		.environment = {"AWS_REGION", "AWS_DEFAULT_REGION"},
		.profile = "region",
		.type = OPTION_REGION,
		.value_name = "NAME",
		.default_value = "us-east-1",
		.member = MEMBER(region),
		.help = "home region: roles are assumed at its STS endpoint first",
	},
	{
		.section = "aws",
		.key = "sts_regions",
		.flag = "sts-regions",
		.environment = {"NEPTUNE_SCAN_AWS_STS_REGIONS"},
		.type = OPTION_REGIONS,
		.value_name = "LIST",
		.default_value = "auto",
		.choices = CHOICES("auto"),
		.member = MEMBER(sts_regions),
		.help = "regions whose STS endpoints are used besides home's, or `auto`",
	},
	{
		.section = "aws",
		.key = "endpoint_url",
		.flag = "endpoint-url",
		.environment = {"AWS_ENDPOINT_URL"},
		.profile = "endpoint_url",
		.type = OPTION_URL,
		.value_name = "URL",
		.member = MEMBER(endpoint_url),
		.help = "one endpoint for all services (simulator, moto, LocalStack)",
	},
	{
		.section = "aws",
		.key = "endpoint_url_sts",
		.environment = {"AWS_ENDPOINT_URL_STS"},
		.profile = "sts.endpoint_url",
		.type = OPTION_URL,
		.value_name = "URL",
		.member = MEMBER(endpoint_url_sts),
		.help = "endpoint for STS",
	},
	{
		.section = "aws",
		.key = "endpoint_url_organizations",
		.environment = {"AWS_ENDPOINT_URL_ORGANIZATIONS"},
		.profile = "organizations.endpoint_url",
		.type = OPTION_URL,
		.value_name = "URL",
		.member = MEMBER(endpoint_url_organizations),
		.help = "endpoint for Organizations",
	},
	{
		.section = "aws",
		.key = "endpoint_url_ec2",
		.environment = {"AWS_ENDPOINT_URL_EC2"},
		.profile = "ec2.endpoint_url",
		.type = OPTION_URL,
		.value_name = "URL",
		.member = MEMBER(endpoint_url_ec2),
		.help = "endpoint for EC2 (DescribeRegions)",
	},
	{
		.section = "aws",
		.key = "endpoint_url_rds",
		.environment = {"AWS_ENDPOINT_URL_NEPTUNE", "AWS_ENDPOINT_URL_RDS"},
		.profile = "neptune.endpoint_url",
		.type = OPTION_URL,
		.value_name = "URL",
		.member = MEMBER(endpoint_url_rds),
		.help = "endpoint for Neptune (the RDS API)",
	},
	{
		.section = "aws",
		.key = "endpoint_url_kms",
		.environment = {"AWS_ENDPOINT_URL_KMS"},
		.profile = "kms.endpoint_url",
		.type = OPTION_URL,
		.value_name = "URL",
		.member = MEMBER(endpoint_url_kms),
		.help = "endpoint for KMS",
	},
	{
		.section = "aws",
		.key = "endpoint_url_neptune_graph",
		.environment = {"AWS_ENDPOINT_URL_NEPTUNE_GRAPH"},
		.profile = "neptune_graph.endpoint_url",
		.type = OPTION_URL,
		.value_name = "URL",
		.member = MEMBER(endpoint_url_graphs),
		.help = "endpoint for Neptune Analytics",
	},
	{
		.section = "aws",
		.key = "endpoint_url_s3",
		.environment = {"AWS_ENDPOINT_URL_S3"},
		.profile = "s3.endpoint_url",
		.type = OPTION_URL,
		.value_name = "URL",
		.member = MEMBER(endpoint_url_s3),
		.help = "endpoint for S3 alone; the bucket is then the first part of the path",
	},
	{
		.section = "aws",
		.key = "endpoint_url_sso",
		.environment = {"AWS_ENDPOINT_URL_SSO"},
		.profile = "sso.endpoint_url",
		.type = OPTION_URL,
		.value_name = "URL",
		.member = MEMBER(endpoint_url_sso),
		.help = "endpoint for the IAM Identity Center portal",
	},
	{
		.section = "aws",
		.key = "endpoint_url_sso_oidc",
		.environment = {"AWS_ENDPOINT_URL_SSO_OIDC"},
		.profile = "sso_oidc.endpoint_url",
		.type = OPTION_URL,
		.value_name = "URL",
		.member = MEMBER(endpoint_url_sso_oidc),
		.help = "endpoint that refreshes logins of IAM Identity Center",
	},
	{
		.section = "aws",
		.key = "ignore_configured_endpoint_urls",
		.environment = {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"},
		.profile = "ignore_configured_endpoint_urls",
		.type = OPTION_SWITCH,
		.default_value = "false",
		.member = MEMBER(ignore_endpoint_urls),
		.help = "ignore endpoint addresses of the environment and the shared AWS files",
	},
	{
		.section = "aws",
		.key = "use_fips_endpoint",
		.flag = "fips",
		.environment = {"AWS_USE_FIPS_ENDPOINT"},
		.profile = "use_fips_endpoint",
		.type = OPTION_SWITCH,
		.default_value = "false",
		.member = MEMBER(use_fips),
		.help = "use FIPS 140 endpoints; regions without one are skipped",
	},
	{
		.section = "aws",
		.key = "use_dualstack_endpoint",
		.flag = "dualstack",
		.environment = {"AWS_USE_DUALSTACK_ENDPOINT"},
		.profile = "use_dualstack_endpoint",
		.type = OPTION_SWITCH,
		.default_value = "false",
		.member = MEMBER(use_dualstack),
		.help = "use endpoints with IPv6",
	},
	{
		.section = "aws",
		.key = "ca_bundle",
		.flag = "ca-bundle",
		.environment = {"AWS_CA_BUNDLE"},
		.profile = "ca_bundle",
		.type = OPTION_TEXT,
		.value_name = "FILE",
		.member = MEMBER(ca_bundle),
		.help = "certificate authorities to trust, as PEM, instead of the system's",
	},
	{
		.section = "network",
		.key = "proxy",
		.flag = "proxy",
		.environment = {"NEPTUNE_SCAN_NETWORK_PROXY"},
		.type = OPTION_PROXY,
		.value_name = "URL",
		.member = MEMBER(proxy),
		.help = "proxy, http://[USER:PASSWORD@]HOST:PORT (default: HTTPS_PROXY, http_proxy for "
			"http addresses)",
	},
	{
		.section = "network",
		.key = "no_proxy",
		.flag = "no-proxy",
		.environment = {"no_proxy", "NO_PROXY"},
		.type = OPTION_TEXT,
		.value_name = "LIST",
		.member = MEMBER(no_proxy),
		.help = "hosts and domains without proxy; loopback and link-local addresses never use one",
	},
	{
		.section = "role",
		.key = "name",
		.flag = "role-name",
		.is_common = true,
		.environment = {"NEPTUNE_SCAN_ROLE_NAME"},
		.type = OPTION_TEXT,
		.value_name = "NAME",
		.default_value = "NeptuneScanAudit",
		.member = MEMBER(role_name),
		.help = "scan role in each account, with its path if it has one",
	},
	{
		.section = "role",
		.key = "external_id",
		.flag = "external-id",
		.environment = {"NEPTUNE_SCAN_ROLE_EXTERNAL_ID"},
		.type = OPTION_SECRET,
		.value_name = "VALUE",
		.member = MEMBER(external_id),
		.help = "external id that the trust policy of the scan role requires",
	},
	{
		.section = "role",
		.key = "external_id_file",
		.flag = "external-id-file",
		.environment = {"NEPTUNE_SCAN_ROLE_EXTERNAL_ID_FILE"},
		.type = OPTION_TEXT,
		.value_name = "FILE",
		.member = MEMBER(external_id_file),
		.help = "file with the external id, which then is not in process lists",
	},
	{
		.section = "role",
		.key = "session_name",
		.flag = "session-name",
		.environment = {"NEPTUNE_SCAN_ROLE_SESSION_NAME"},
		.type = OPTION_TEXT,
		.value_name = "NAME",
		.member = MEMBER(session_name),
		.help = "session name in CloudTrail (default: neptune-scan-RUN)",
	},
	{
		.section = "role",
		.key = "management",
		.flag = "management-role",
		.environment = {"NEPTUNE_SCAN_ROLE_MANAGEMENT"},
		.type = OPTION_TEXT,
		.value_name = "NAME",
		.may_be_empty = true,
		.member = MEMBER(management_role),
		.help = "role for the caller's own account (default: no role, the caller's credentials)",
	},
	{
		.section = "role",
		.key = "chain",
		.flag = "role-chain",
		.environment = {"NEPTUNE_SCAN_ROLE_CHAIN"},
		.type = OPTION_ROLES,
		.value_name = "ARNS",
		.member = MEMBER(role_chain),
		.help = "roles to assume before the scan role, in this order, for example a hub",
	},
	{
		.section = "role",
		.key = "narrow",
		.flag = "narrow",
		.environment = {"NEPTUNE_SCAN_ROLE_NARROW"},
		.type = OPTION_CHOICE,
		.value_name = "WHEN",
		.default_value = "auto",
		.choices = CHOICES("auto", "off", "require"),
		.member = MEMBER(narrow),
		.help = "limit each role's session to the calls of the selected controls, by a session policy",
	},
	{
		.section = "organization",
		.key = "role",
		.flag = "organization-role",
		.environment = {"NEPTUNE_SCAN_ORGANIZATION_ROLE"},
		.type = OPTION_ROLE,
		.value_name = "ARN",
		.member = MEMBER(organization_role),
		.help = "role to read the organization with (default: the caller reads it)",
	},
	{
		.section = "organization",
		.key = "accounts",
		.flag = "accounts",
		.is_common = true,
		.environment = {"NEPTUNE_SCAN_ORGANIZATION_ACCOUNTS"},
		.type = OPTION_ACCOUNTS,
		.value_name = "LIST",
		.member = MEMBER(accounts),
		.help = "scan only these account ids; Organizations is not queried",
	},
	{
		.section = "organization",
		.key = "accounts_file",
		.flag = "accounts-file",
		.environment = {"NEPTUNE_SCAN_ORGANIZATION_ACCOUNTS_FILE"},
		.type = OPTION_TEXT,
		.value_name = "FILE",
		.member = MEMBER(accounts_file),
		.help = "the organization's accounts: read from this file, or written to it by the first scan",
	},
	{
		.section = "organization",
		.key = "exclude_accounts",
		.flag = "exclude-accounts",
		.environment = {"NEPTUNE_SCAN_ORGANIZATION_EXCLUDE_ACCOUNTS"},
		.type = OPTION_ACCOUNTS,
		.value_name = "LIST",
		.member = MEMBER(exclude_accounts),
		.help = "skip these account ids",
	},
	{
		.section = "organization",
		.key = "ous",
		.flag = "ous",
		.environment = {"NEPTUNE_SCAN_ORGANIZATION_OUS"},
		.type = OPTION_UNITS,
		.value_name = "LIST",
		.member = MEMBER(ous),
		.help = "scan only accounts below these OUs: ids, or paths such as /Prod",
	},
	{
		.section = "organization",
		.key = "exclude_ous",
		.flag = "exclude-ous",
		.environment = {"NEPTUNE_SCAN_ORGANIZATION_EXCLUDE_OUS"},
		.type = OPTION_LIST,
		.value_name = "LIST",
		.member = MEMBER(exclude_ous),
		.help = "skip accounts below these OUs",
	},
	{
		.section = "regions",
		.key = "include",
		.flag = "regions",
		.is_common = true,
		.environment = {"NEPTUNE_SCAN_REGIONS_INCLUDE"},
		.type = OPTION_REGIONS,
		.value_name = "LIST",
		.default_value = "enabled",
		.choices = CHOICES("enabled"),
		.member = MEMBER(regions),
		.help = "region names, or `enabled`: the enabled regions of each account",
	},
	{
		.section = "regions",
		.key = "exclude",
		.flag = "exclude-regions",
		.environment = {"NEPTUNE_SCAN_REGIONS_EXCLUDE"},
		.type = OPTION_REGIONS,
		.value_name = "LIST",
		.member = MEMBER(exclude_regions),
		.help = "skip these regions",
	},
	{
		.section = "controls",
		.key = "select",
		.flag = "controls",
		.is_common = true,
		.environment = {"NEPTUNE_SCAN_CONTROLS_SELECT"},
		.type = OPTION_LIST,
		.value_name = "LIST",
		.default_value = "encryption",
		.member = MEMBER(controls),
		.help = "control ids or groups: encryption, hardening, extended, all (see `neptune-scan "
			"controls`)",
	},
	{
		.section = "controls",
		.key = "require_key",
		.flag = "require-key",
		.environment = {"NEPTUNE_SCAN_CONTROLS_REQUIRE_KEY"},
		.type = OPTION_CHOICE,
		.value_name = "KIND",
		.default_value = "any",
		.choices = CHOICES("any", "kms", "customer"),
		.member = MEMBER(require_key),
		.help = "required key, for every encryption control: any, a KMS key, or a customer "
			"managed key",
	},
	{
		.section = "controls",
		.key = "min_backup_days",
		.flag = "min-backup-days",
		.environment = {"NEPTUNE_SCAN_CONTROLS_MIN_BACKUP_DAYS"},
		.type = OPTION_NUMBER,
		.value_name = "N",
		.default_value = "7",
		.minimum = 1,
		.maximum = 35,
		.member = MEMBER(min_backup_days),
		.help = "required retention of automated backups, in days",
	},
	{
		.section = "controls",
		.key = "severity",
		.flag = "severity",
		.environment = {"NEPTUNE_SCAN_CONTROLS_SEVERITY"},
		.type = OPTION_LIST,
		.value_name = "LIST",
		.member = MEMBER(severities),
		.help = "own severities, a list of CONTROL=LEVEL",
	},
	{
		.section = "controls",
		.key = "exceptions",
		.flag = "exceptions",
		.is_common = true,
		.environment = {"NEPTUNE_SCAN_CONTROLS_EXCEPTIONS"},
		.type = OPTION_TEXT,
		.value_name = "FILE",
		.member = MEMBER(exceptions),
		.help = "INI file of approved exceptions",
	},
	{
		.section = "exceptions",
		.key = "max_days",
		.environment = {"NEPTUNE_SCAN_EXCEPTIONS_MAX_DAYS"},
		.type = OPTION_NUMBER,
		.value_name = "N",
		.default_value = "366",
		.minimum = 1,
		.maximum = 3660,
		.member = MEMBER(max_exception_days),
		.help = "maximum days until the expiry of an exception",
	},
	{
		.section = "scan",
		.key = "workers",
		.flag = "workers",
		.environment = {"NEPTUNE_SCAN_SCAN_WORKERS"},
		.type = OPTION_NUMBER,
		.value_name = "N",
		.minimum = 1,
		.maximum = 256,
		.member = MEMBER(workers),
		.help = "threads (default: one more than CPUs)",
	},
	{
		.section = "scan",
		.key = "concurrency",
		.flag = "concurrency",
		.environment = {"NEPTUNE_SCAN_SCAN_CONCURRENCY"},
		.type = OPTION_NUMBER,
		.value_name = "N",
		.default_value = "auto",
		.minimum = 1,
		.maximum = 65536,
		.zero_name = "auto",
		.member = MEMBER(concurrency),
		.help = "maximum requests in flight; auto follows latency, descriptors and CPU",
	},
	{
		.section = "scan",
		.key = "sts_rate",
		.flag = "sts-rate",
		.environment = {"NEPTUNE_SCAN_SCAN_STS_RATE"},
		.type = OPTION_NUMBER,
		.value_name = "N",
		.default_value = "600",
		.minimum = 1,
		.maximum = 100000,
		.member = MEMBER(sts_rate),
		.help = "requests a second to each STS endpoint, of all shards together",
	},
	{
		.section = "scan",
		.key = "timeout",
		.flag = "timeout",
		.environment = {"NEPTUNE_SCAN_SCAN_TIMEOUT"},
		.type = OPTION_DURATION,
		.value_name = "TIME",
		.default_value = "30s",
		.minimum = 100,
		.maximum = HOUR,
		.member = MEMBER(timeout_ms),
		.help = "timeout of a request and its response",
	},
	{
		.section = "scan",
		.key = "connect_timeout",
		.flag = "connect-timeout",
		.environment = {"NEPTUNE_SCAN_SCAN_CONNECT_TIMEOUT"},
		.type = OPTION_DURATION,
		.value_name = "TIME",
		.default_value = "5s",
		.minimum = 10,
		.maximum = 10 * MINUTE,
		.member = MEMBER(connect_timeout_ms),
		.help = "timeout of opening a connection",
	},
	{
		.section = "scan",
		.key = "idle_timeout",
		.flag = "idle-timeout",
		.environment = {"NEPTUNE_SCAN_SCAN_IDLE_TIMEOUT"},
		.type = OPTION_DURATION,
		.value_name = "TIME",
		.default_value = "10s",
		.minimum = SECOND,
		.maximum = HOUR,
		.member = MEMBER(idle_timeout_ms),
		.help = "time without data before a response times out",
	},
	{
		.section = "scan",
		.key = "max_attempts",
		.flag = "max-attempts",
		.environment = {"AWS_MAX_ATTEMPTS", "NEPTUNE_SCAN_SCAN_MAX_ATTEMPTS"},
		.profile = "max_attempts",
		.type = OPTION_NUMBER,
		.value_name = "N",
		.default_value = "8",
		.minimum = 1,
		.maximum = 100,
		.member = MEMBER(max_attempts),
		.help = "attempts of a request before its cell is an error",
	},
	{
		.section = "scan",
		.key = "max_answer",
		.flag = "max-answer",
		.environment = {"NEPTUNE_SCAN_SCAN_MAX_ANSWER"},
		.type = OPTION_NUMBER,
		.value_name = "BYTES",
		.default_value = "16777216",
		.minimum = 4096,
		.maximum = 1024 * MEBIBYTE,
		.member = MEMBER(max_answer_bytes),
		.help = "maximum response size, in bytes",
	},
	{
		.section = "scan",
		.key = "deadline",
		.flag = "deadline",
		.environment = {"NEPTUNE_SCAN_SCAN_DEADLINE"},
		.type = OPTION_DURATION,
		.value_name = "TIME",
		.minimum = SECOND,
		.maximum = 168 * (int64_t)HOUR,
		.member = MEMBER(deadline_ms),
		.help = "stop after this time; the remaining cells are pending",
	},
	{
		.section = "scan",
		.key = "grace",
		.flag = "grace",
		.environment = {"NEPTUNE_SCAN_SCAN_GRACE"},
		.type = OPTION_DURATION,
		.value_name = "TIME",
		.default_value = "5s",
		.maximum = HOUR,
		.member = MEMBER(grace_ms),
		.help = "after an interruption, wait this long for responses in flight",
	},
	{
		.section = "scan",
		.key = "fail_on",
		.flag = "fail-on",
		.is_common = true,
		.environment = {"NEPTUNE_SCAN_SCAN_FAIL_ON"},
		.type = OPTION_CHOICE,
		.value_name = "LEVEL",
		.default_value = "low",
		.choices = CHOICES("low", "medium", "high", "critical"),
		.member = MEMBER(fail_on),
		.help = "lowest severity of a failing finding that leads to exit code 1",
	},
	{
		.section = "scan",
		.key = "exit",
		.flag = "exit",
		.environment = {"NEPTUNE_SCAN_SCAN_EXIT"},
		.type = OPTION_CHOICE,
		.value_name = "MEANING",
		.choices = CHOICES("verdict", "done"),
		.member = MEMBER(exit),
		.help = "exit code of the verdict, or done: 0 finished and stored, 3 to be resumed (default: "
			"verdict; done for a shard)",
	},
	{
		.section = "scan",
		.key = "shard",
		.flag = "shard",
		.environment = {"NEPTUNE_SCAN_SCAN_SHARD"},
		.type = OPTION_SHARD,
		.value_name = "I/N",
		.default_value = "1/1",
		.minimum = 1,
		.maximum = 1000,
		.member = MEMBER(shard),
		.help = "only this part of the accounts, of N; array or array/N: that of this job of an array",
	},
	{
		.section = "scan",
		.key = "array",
		.flag = "array",
		.environment = {"NEPTUNE_SCAN_SCAN_ARRAY"},
		.type = OPTION_TEXT,
		.value_name = "NAME",
		.member = MEMBER(array),
		.help = "name that the parts of one scan share; {date} is today's (default: Slurm's or AWS "
			"Batch's "
			"id of the array)",
	},
	{
		.section = "store",
		.key = "path",
		.flag = "db",
		.is_common = true,
		.environment = {"NEPTUNE_SCAN_STORE_PATH"},
		.type = OPTION_TEXT,
		.value_name = "FILE",
		.default_value = DEFAULT_STORE_PATH,
		.member = MEMBER(store_path),
		.help = "run store: a file, or s3://BUCKET/KEY; {shard} and {array} are replaced; none: runs "
			"are "
			"not stored",
	},
	{
		.section = "store",
		.key = "resume",
		.flag = "resume",
		.is_common = true,
		.environment = {"NEPTUNE_SCAN_STORE_RESUME"},
		.type = OPTION_SWITCH,
		.default_value = "false",
		.member = MEMBER(resume),
		.help = "continue the latest run if it is incomplete",
	},
	{
		.section = "store",
		.key = "retry_blind",
		.flag = "retry-blind",
		.environment = {"NEPTUNE_SCAN_STORE_RETRY_BLIND"},
		.type = OPTION_SWITCH,
		.default_value = "false",
		.member = MEMBER(retry_blind),
		.help = "with --resume: scan cells again that could not be assessed",
	},
	{
		.section = "store",
		.key = "resume_within",
		.flag = "resume-within",
		.environment = {"NEPTUNE_SCAN_STORE_RESUME_WITHIN"},
		.type = OPTION_DURATION,
		.value_name = "TIME",
		.default_value = "12h",
		.minimum = SECOND,
		.maximum = 720 * (int64_t)HOUR,
		.member = MEMBER(resume_within_ms),
		.help = "with --resume: do not continue a run that started longer ago",
	},
	{
		.section = "store",
		.key = "keep",
		.flag = "keep",
		.environment = {"NEPTUNE_SCAN_STORE_KEEP"},
		.type = OPTION_NUMBER,
		.value_name = "N",
		.default_value = "0",
		.minimum = 0,
		.maximum = 100000,
		.member = MEMBER(store_keep),
		.help = "after a scan, delete all but the latest N runs, as `runs prune`; 0 keeps all",
	},
	{
		.section = "s3",
		.key = "region",
		.environment = {"NEPTUNE_SCAN_S3_REGION"},
		.type = OPTION_REGION,
		.value_name = "NAME",
		.member = MEMBER(s3_region),
		.help = "region of the buckets in s3:// paths (default: the home region)",
	},
	{
		.section = "s3",
		.key = "bucket_owner",
		.environment = {"NEPTUNE_SCAN_S3_BUCKET_OWNER"},
		.type = OPTION_TEXT,
		.value_name = "ACCOUNT",
		.member = MEMBER(s3_bucket_owner),
		.help = "account that must own the buckets in s3:// paths; a bucket of another one is refused",
	},
	{
		.section = "s3",
		.key = "kms_key",
		.environment = {"NEPTUNE_SCAN_S3_KMS_KEY"},
		.type = OPTION_TEXT,
		.value_name = "ARN",
		.member = MEMBER(s3_kms_key),
		.help = "KMS key that encrypts what is written to s3:// paths (default: as the bucket is set)",
	},
	{
		.section = "output",
		.key = "report",
		.flag = "report",
		.is_common = true,
		.environment = {"NEPTUNE_SCAN_OUTPUT_REPORT"},
		.type = OPTION_REPORTS,
		.value_name = "FORMAT[=PATH]",
		.default_value = "table",
		.member = MEMBER(reports),
		.help = "report format and path, also s3://BUCKET/KEY; repeatable; - is standard output",
	},
	{
		.section = "output",
		.key = "only_failing",
		.flag = "only-failing",
		.environment = {"NEPTUNE_SCAN_OUTPUT_ONLY_FAILING"},
		.type = OPTION_SWITCH,
		.default_value = "false",
		.member = MEMBER(only_failing),
		.help = "omit passing findings from the reports",
	},
	{
		.section = "output",
		.key = "csv_bom",
		.flag = "csv-bom",
		.environment = {"NEPTUNE_SCAN_OUTPUT_CSV_BOM"},
		.type = OPTION_SWITCH,
		.default_value = "false",
		.member = MEMBER(csv_bom),
		.help = "begin CSV reports with a byte order mark, for spreadsheets",
	},
	{
		.section = "output",
		.key = "run_name",
		.flag = "run-name",
		.environment = {"NEPTUNE_SCAN_OUTPUT_RUN_NAME"},
		.type = OPTION_TEXT,
		.value_name = "NAME",
		.member = MEMBER(run_name),
		.help = "label `run_name` of the metrics, which tells scans on one host apart",
	},
	{
		.section = "output",
		.key = "progress",
		.flag = "progress",
		.environment = {"NEPTUNE_SCAN_OUTPUT_PROGRESS"},
		.type = OPTION_CHOICE,
		.value_name = "WHEN",
		.default_value = "auto",
		.choices = CHOICES("auto", "always", "never"),
		.member = MEMBER(progress),
		.help = "progress line on standard error",
	},
	{
		.section = "output",
		.key = "color",
		.flag = "color",
		.environment = {"NEPTUNE_SCAN_OUTPUT_COLOR"},
		.type = OPTION_CHOICE,
		.value_name = "WHEN",
		.default_value = "auto",
		.choices = CHOICES("auto", "always", "never"),
		.member = MEMBER(color),
		.help = "colours on the terminal; NO_COLOR disables them",
	},
	{
		.section = "output",
		.key = "log_format",
		.flag = "log-format",
		.environment = {"NEPTUNE_SCAN_OUTPUT_LOG_FORMAT"},
		.type = OPTION_CHOICE,
		.value_name = "FORM",
		.default_value = "text",
		.choices = CHOICES("text", "json"),
		.member = MEMBER(log_format),
		.help = "format of the log on standard error",
	},
	{
		.section = "output",
		.key = "quiet",
		.flag = "quiet",
		.environment = {"NEPTUNE_SCAN_OUTPUT_QUIET"},
		.type = OPTION_SWITCH,
		.default_value = "false",
		.member = MEMBER(quiet),
		.help = "log errors only",
	},
	{
		.section = "output",
		.key = "verbose",
		.flag = "verbose",
		.environment = {"NEPTUNE_SCAN_OUTPUT_VERBOSE"},
		.type = OPTION_SWITCH,
		.default_value = "false",
		.member = MEMBER(verbose),
		.help = "log every retry and every cell that could not be assessed",
	},
};

const size_t option_count = sizeof options / sizeof options[0];

const char *option_type_describe(const struct option *option)
{
	switch (option->type) {
	case OPTION_TEXT:
	case OPTION_SECRET:
		return "text";
	case OPTION_SWITCH:
		return "true or false";
	case OPTION_NUMBER:
		return "a whole number";
	case OPTION_DURATION:
		return "a duration such as 250ms, 30s, 10m or 2h";
	case OPTION_CHOICE:
		return "one of the words listed";
	case OPTION_LIST:
		return "a list separated by commas";
	case OPTION_UNITS:
		return "paths such as /Prod/Payments, or ids such as ou-ab12-11111111";
	case OPTION_ACCOUNTS:
		return "a list of 12-digit account ids";
	case OPTION_REGION:
		return "a region's name such as eu-west-1";
	case OPTION_REGIONS:
		return "a list of region names such as eu-west-1";
	case OPTION_REPORTS:
		return "FORMAT or FORMAT=PATH";
	case OPTION_URL:
		return "an address that starts with http:// or https://, without user, password and query";
	case OPTION_PROXY:
		return "http://[USER:PASSWORD@]HOST:PORT, where %40 stands for @, %3A for :, %2F for / and %25 "
		       "for % in "
		       "user and password";
	case OPTION_ROLE:
		return "the ARN of a role such as arn:aws:iam::111111111111:role/Reader";
	case OPTION_ROLES:
		return "a list of role ARNs such as arn:aws:iam::111111111111:role/Hub";
	case OPTION_SHARD:
		return "INDEX/COUNT such as 2/4, array, or array/4";
	}
	return "text";
}

bool option_is_secret(const struct option *option)
{
	return option->type == OPTION_SECRET || option->type == OPTION_PROXY;
}

bool option_is_list(const struct option *option)
{
	return option->type == OPTION_LIST || option->type == OPTION_UNITS || option->type == OPTION_ACCOUNTS ||
	       option->type == OPTION_REGIONS || option->type == OPTION_REPORTS || option->type == OPTION_ROLES;
}

const struct option *option_by_key(const char *section, const char *key)
{
	for (size_t i = 0; i < option_count; i++)
		if (options[i].section && strcmp(options[i].section, section) == 0 &&
		    strcmp(options[i].key, key) == 0)
			return &options[i];
	return NULL;
}

static bool names_key(const char *text, const struct option *option)
{
	size_t section = strlen(option->section), key = strlen(option->key);

	return strncmp(text, option->section, section) == 0 && text[section] == '.' &&
	       strncmp(text + section + 1, option->key, key) == 0 &&
	       !strchr("abcdefghijklmnopqrstuvwxyz0123456789_.",
		       text[section + 1 + key] ? text[section + 1 + key] : ' ');
}

const struct option *option_in_text(const char *text, bool *is_flag)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	for (const char *at = strstr(text, "--"); at; at = strstr(at + 2, "--")) {
		const struct option *option = option_by_flag((struct span){at + 2, strspn(at + 2, letters)});

		*is_flag = option != NULL;
		if (option)
			return option;
	}
	*is_flag = false;
	for (; *text; text++)
		for (size_t i = 0; i < option_count; i++)
			if (names_key(text, &options[i]))
				return &options[i];
	return NULL;
}

const struct option *option_by_flag(struct span flag)
{
	for (size_t i = 0; i < option_count; i++)
		if (options[i].flag && span_equals(flag, options[i].flag))
			return &options[i];
	return NULL;
}
