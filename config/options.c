#include "config/options.h"

#include "config/config.h"

#define MEMBER(name) offsetof(struct config, name)
#define CHOICES(...) ((const char *const[]){__VA_ARGS__, NULL})

enum { SECOND = 1000, MINUTE = 60000, HOUR = 3600000, MEBIBYTE = 1048576 };

const struct option options[] = {
	{"aws", "profile", "profile", {"AWS_PROFILE"}, OPTION_TEXT, "NAME", NULL, NULL, 0, 0, MEMBER(profile),
	 "source credentials from this profile of the shared AWS files"},
	{"aws", "region", "region", {"AWS_REGION", "AWS_DEFAULT_REGION"}, OPTION_REGION, "NAME", "us-east-1",
	 NULL, 0, 0, MEMBER(region), "home region: the STS endpoint that roles are assumed at"},
	{"aws", "endpoint_url", "endpoint-url", {"AWS_ENDPOINT_URL"}, OPTION_URL, "URL", NULL, NULL, 0, 0,
	 MEMBER(endpoint_url), "one endpoint for all services (simulator, moto, LocalStack)"},
	{"aws", "endpoint_url_sts", NULL, {"AWS_ENDPOINT_URL_STS"}, OPTION_URL, "URL", NULL, NULL, 0, 0,
	 MEMBER(endpoint_url_sts), "endpoint for STS alone"},
	{"aws", "endpoint_url_organizations", NULL, {"AWS_ENDPOINT_URL_ORGANIZATIONS"}, OPTION_URL, "URL", NULL,
	 NULL, 0, 0, MEMBER(endpoint_url_organizations), "endpoint for Organizations alone"},
	{"aws", "endpoint_url_ec2", NULL, {"AWS_ENDPOINT_URL_EC2"}, OPTION_URL, "URL", NULL, NULL, 0, 0,
	 MEMBER(endpoint_url_ec2), "endpoint for EC2 (DescribeRegions) alone"},
	{"aws", "endpoint_url_rds", NULL, {"AWS_ENDPOINT_URL_NEPTUNE", "AWS_ENDPOINT_URL_RDS"}, OPTION_URL,
	 "URL", NULL, NULL, 0, 0, MEMBER(endpoint_url_rds), "endpoint for Neptune (the RDS API) alone"},
	{"aws", "ca_bundle", "ca-bundle", {"AWS_CA_BUNDLE"}, OPTION_TEXT, "FILE", NULL, NULL, 0, 0,
	 MEMBER(ca_bundle), "certificate authorities to trust, as PEM, instead of the system's"},

	{"role", "name", "role-name", {"NEPTUNE_SCAN_ROLE_NAME"}, OPTION_TEXT, "NAME", "NeptuneScanAudit", NULL,
	 0, 0, MEMBER(role_name), "role assumed in each account (with its path, if it has one)"},
	{"role", "external_id", "external-id", {"NEPTUNE_SCAN_ROLE_EXTERNAL_ID"}, OPTION_SECRET, "VALUE", NULL,
	 NULL, 0, 0, MEMBER(external_id), "external id that the role's trust policy asks for"},
	{"role", "external_id_file", "external-id-file", {"NEPTUNE_SCAN_ROLE_EXTERNAL_ID_FILE"}, OPTION_TEXT,
	 "FILE", NULL, NULL, 0, 0, MEMBER(external_id_file),
	 "file that holds the external id, so that no process list shows it"},
	{"role", "session_name", "session-name", {"NEPTUNE_SCAN_ROLE_SESSION_NAME"}, OPTION_TEXT, "NAME", NULL,
	 NULL, 0, 0, MEMBER(session_name), "session name in CloudTrail (default: neptune-scan-RUN)"},
	{"role", "management", "management-role", {"NEPTUNE_SCAN_ROLE_MANAGEMENT"}, OPTION_TEXT, "NAME", NULL,
	 NULL, 0, 0, MEMBER(management_role),
	 "role for the account that we run in (default: the source credentials as they are)"},

	{"organization", "accounts", "accounts", {"NEPTUNE_SCAN_ORGANIZATION_ACCOUNTS"}, OPTION_ACCOUNTS, "LIST",
	 NULL, NULL, 0, 0, MEMBER(accounts), "only these account ids; Organizations is not asked"},
	{"organization", "exclude_accounts", "exclude-accounts", {"NEPTUNE_SCAN_ORGANIZATION_EXCLUDE_ACCOUNTS"},
	 OPTION_ACCOUNTS, "LIST", NULL, NULL, 0, 0, MEMBER(exclude_accounts),
	 "not these account ids; they are listed as skipped"},
	{"organization", "ous", "ous", {"NEPTUNE_SCAN_ORGANIZATION_OUS"}, OPTION_LIST, "LIST", NULL, NULL, 0, 0,
	 MEMBER(ous), "only accounts below these organizational units: ids, or paths such as /Prod"},
	{"organization", "exclude_ous", "exclude-ous", {"NEPTUNE_SCAN_ORGANIZATION_EXCLUDE_OUS"}, OPTION_LIST,
	 "LIST", NULL, NULL, 0, 0, MEMBER(exclude_ous), "not the accounts below these organizational units"},

	{"regions", "include", "regions", {"NEPTUNE_SCAN_REGIONS_INCLUDE"}, OPTION_REGIONS, "LIST", "enabled",
	 CHOICES("enabled"), 0, 0, MEMBER(regions), "region names, or `enabled`: ask each account"},
	{"regions", "exclude", "exclude-regions", {"NEPTUNE_SCAN_REGIONS_EXCLUDE"}, OPTION_REGIONS, "LIST", NULL,
	 NULL, 0, 0, MEMBER(exclude_regions), "not these regions"},

	{"controls", "select", "controls", {"NEPTUNE_SCAN_CONTROLS_SELECT"}, OPTION_LIST, "LIST", "encryption",
	 NULL, 0, 0, MEMBER(controls), "control ids or groups (see `neptune-scan controls`)"},
	{"controls", "require_key", "require-key", {"NEPTUNE_SCAN_CONTROLS_REQUIRE_KEY"}, OPTION_CHOICE, "KIND",
	 "any", CHOICES("any", "kms"), 0, 0, MEMBER(require_key),
	 "`kms`: storage encrypted with an AWS-owned key fails"},

	{"scan", "workers", "workers", {"NEPTUNE_SCAN_SCAN_WORKERS"}, OPTION_NUMBER, "N", NULL, NULL, 1, 256,
	 MEMBER(workers), "threads (default: one per CPU)"},
	{"scan", "concurrency", "concurrency", {"NEPTUNE_SCAN_SCAN_CONCURRENCY"}, OPTION_NUMBER, "N", "256", NULL,
	 1, 65536, MEMBER(concurrency), "requests in flight in all"},
	{"scan", "timeout", "timeout", {"NEPTUNE_SCAN_SCAN_TIMEOUT"}, OPTION_DURATION, "TIME", "30s", NULL, 100,
	 HOUR, MEMBER(timeout), "longest time for one request and its answer"},
	{"scan", "connect_timeout", "connect-timeout", {"NEPTUNE_SCAN_SCAN_CONNECT_TIMEOUT"}, OPTION_DURATION,
	 "TIME", "5s", NULL, 10, 10 * MINUTE, MEMBER(connect_timeout), "longest time to open a connection"},
	{"scan", "idle_timeout", "idle-timeout", {"NEPTUNE_SCAN_SCAN_IDLE_TIMEOUT"}, OPTION_DURATION, "TIME",
	 "10s", NULL, SECOND, HOUR, MEMBER(idle_timeout), "longest silence in the middle of an answer"},
	{"scan", "max_attempts", "max-attempts", {"AWS_MAX_ATTEMPTS", "NEPTUNE_SCAN_SCAN_MAX_ATTEMPTS"},
	 OPTION_NUMBER, "N", "8", NULL, 1, 100, MEMBER(max_attempts),
	 "how often a request is sent before its cell is given up"},
	{"scan", "max_answer", "max-answer", {"NEPTUNE_SCAN_SCAN_MAX_ANSWER"}, OPTION_NUMBER, "BYTES", "16777216",
	 NULL, 4096, 1024 * MEBIBYTE, MEMBER(max_answer), "longest answer that is read"},
	{"scan", "deadline", "deadline", {"NEPTUNE_SCAN_SCAN_DEADLINE"}, OPTION_DURATION, "TIME", NULL, NULL,
	 SECOND, 168 * (int64_t)HOUR, MEMBER(deadline), "stop asking after this time; what is left is pending"},
	{"scan", "grace", "grace", {"NEPTUNE_SCAN_SCAN_GRACE"}, OPTION_DURATION, "TIME", "5s", NULL, 0, HOUR,
	 MEMBER(grace), "after an interruption, wait this long for answers in flight"},
	{"scan", "fail_on", "fail-on", {"NEPTUNE_SCAN_SCAN_FAIL_ON"}, OPTION_CHOICE, "LEVEL", "low",
	 CHOICES("low", "medium", "high", "critical"), 0, 0, MEMBER(fail_on),
	 "lowest severity that makes exit code 1"},

	{"output", "report", "report", {"NEPTUNE_SCAN_OUTPUT_REPORT"}, OPTION_REPORTS, "FORMAT[=PATH]", "table",
	 NULL, 0, 0, MEMBER(reports), "what to write and where; may be repeated; - is standard output"},
	{"output", "only_failing", "only-failing", {"NEPTUNE_SCAN_OUTPUT_ONLY_FAILING"}, OPTION_SWITCH, NULL,
	 "false", NULL, 0, 0, MEMBER(only_failing), "leave passing findings out of the reports"},
	{"output", "progress", "progress", {"NEPTUNE_SCAN_OUTPUT_PROGRESS"}, OPTION_CHOICE, "WHEN", "auto",
	 CHOICES("auto", "always", "never"), 0, 0, MEMBER(progress), "progress line on standard error"},
	{"output", "color", "color", {"NEPTUNE_SCAN_OUTPUT_COLOR"}, OPTION_CHOICE, "WHEN", "auto",
	 CHOICES("auto", "always", "never"), 0, 0, MEMBER(color), "colour on the terminal; NO_COLOR is obeyed"},
	{"output", "log_format", "log-format", {"NEPTUNE_SCAN_OUTPUT_LOG_FORMAT"}, OPTION_CHOICE, "FORM", "text",
	 CHOICES("text", "json"), 0, 0, MEMBER(log_format), "form of the log lines on standard error"},
	{"output", "quiet", "quiet", {"NEPTUNE_SCAN_OUTPUT_QUIET"}, OPTION_SWITCH, NULL, "false", NULL, 0, 0,
	 MEMBER(quiet), "log errors only"},
	{"output", "verbose", "verbose", {"NEPTUNE_SCAN_OUTPUT_VERBOSE"}, OPTION_SWITCH, NULL, "false", NULL, 0,
	 0, MEMBER(verbose), "log every retry and every blind cell"},
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
	case OPTION_ACCOUNTS:
		return "a list of 12-digit account ids";
	case OPTION_REGION:
		return "a region's name such as eu-west-1";
	case OPTION_REGIONS:
		return "a list of region names such as eu-west-1";
	case OPTION_REPORTS:
		return "FORMAT or FORMAT=PATH";
	case OPTION_URL:
		return "an address that starts with http:// or https://";
	}
	return "text";
}

bool option_is_list(const struct option *option)
{
	return option->type == OPTION_LIST || option->type == OPTION_ACCOUNTS ||
	       option->type == OPTION_REGIONS || option->type == OPTION_REPORTS;
}
