/*
 * The shared files of the AWS tools: ~/.aws/credentials ([name]) and ~/.aws/config ([profile name]).
 * For keys the credentials file wins. Read here and not by inih, whose lines end at 200 bytes: a
 * session token is longer than that.
 */
#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/nearest.h"
#include "scanner/aws/credentials.h"

enum { LARGEST_FILE = 1048576 };

/* What the files say of the profile. The spans point into the files' texts. */
struct profile {
	const char *name;
	bool found;
	struct span access_key_id, secret_access_key, token;
	const char *unsupported; /* a key that asks for a source that this program does not have */
	struct nearest nearest;
	char nearest_name[64];
};

static void set_path(char *path, size_t size, const char *variable, const char *below_home)
{
	const char *set = getenv(variable), *home = getenv("HOME");

	if (set && *set)
		snprintf(path, size, "%s", set);
	else
		snprintf(path, size, "%s/%s", home ? home : "", below_home);
}

static bool read_whole(const char *path, struct buffer *text)
{
	char chunk[4096];
	FILE *file = fopen(path, "re");
	size_t count;

	if (!file)
		return false;
	while (text->length < LARGEST_FILE && (count = fread(chunk, 1, sizeof chunk, file)) > 0)
		buffer_append(text, chunk, count);
	OPENSSL_cleanse(chunk, sizeof chunk);
	fclose(file);
	return !text->failed;
}

/* "[name]" in the credentials file; "[default]" or "[profile name]" in the config file. */
static struct span section_name(struct span line, bool is_config)
{
	struct span name = span_trim((struct span){line.at + 1, line.length - 1});

	if (name.length > 0 && name.at[name.length - 1] == ']')
		name.length--;
	name = span_trim(name);
	if (!is_config || span_equals(name, "default"))
		return name;
	if (!span_starts_with(name, "profile "))
		return (struct span){"", 0};
	return span_trim((struct span){name.at + 8, name.length - 8});
}

static void enter_section(struct profile *profile, struct span name)
{
	char candidate[64];
	const char *before = profile->nearest.name;

	if (span_equals(name, profile->name)) {
		profile->found = true;
		return;
	}
	snprintf(candidate, sizeof candidate, SPAN_FORMAT, SPAN_ARGUMENTS(name));
	nearest_consider(&profile->nearest, candidate);
	if (profile->nearest.name != before) {
		memcpy(profile->nearest_name, candidate, sizeof candidate);
		profile->nearest.name = profile->nearest_name;
	}
}

static void read_key(struct profile *profile, struct span key, struct span value)
{
	static const char *const others[] = {"role_arn", "sso_session", "sso_start_url", "credential_process",
					     "web_identity_token_file"};
	struct span *member = span_equals_ignoring_case(key, "aws_access_key_id") ? &profile->access_key_id
			      : span_equals_ignoring_case(key, "aws_secret_access_key")
				      ? &profile->secret_access_key
			      : span_equals_ignoring_case(key, "aws_session_token") ? &profile->token
										    : NULL;

	if (member && !member->at && value.length > 0)
		*member = value;
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		if (span_equals_ignoring_case(key, others[i]))
			profile->unsupported = others[i];
}

static void read_file(struct profile *profile, const struct buffer *text, bool is_config)
{
	struct span rest = buffer_span(text), line;
	bool ours = false;

	while (span_split(&rest, '\n', &line)) {
		bool indented = line.length > 0 && (line.at[0] == ' ' || line.at[0] == '\t');
		struct span key;

		line = span_trim(line);
		if (line.length == 0 || line.at[0] == '#' || line.at[0] == ';')
			continue;
		if (line.at[0] == '[') {
			struct span name = section_name(line, is_config);

			ours = span_equals(name, profile->name);
			enter_section(profile, name);
			continue;
		}
		if (ours && !indented && span_split(&line, '=', &key) && line.at)
			read_key(profile, span_trim(key), span_trim(line));
	}
}

static enum credentials_result judge(const struct profile *profile, bool asked_for, struct session **session,
				     struct error *error)
{
	if (!profile->found && asked_for) {
		error_set(error, ERROR_CREDENTIALS, "there is no profile %s in the shared files%s%s%s",
			  profile->name, profile->nearest.name ? "; did you mean " : "",
			  profile->nearest.name ? profile->nearest_name : "", profile->nearest.name ? "?" : "");
		return CREDENTIALS_BROKEN;
	}
	if (profile->access_key_id.at && profile->secret_access_key.at) {
		*session = session_open(profile->access_key_id, profile->secret_access_key, profile->token, 0);
		if (*session)
			return CREDENTIALS_FOUND;
		error_out_of_memory(error);
		return CREDENTIALS_BROKEN;
	}
	if (profile->access_key_id.at || profile->secret_access_key.at) {
		error_set(error, ERROR_CREDENTIALS, "profile %s has half a key pair: %s is missing",
			  profile->name,
			  profile->access_key_id.at ? "aws_secret_access_key" : "aws_access_key_id");
		return CREDENTIALS_BROKEN;
	}
	if (profile->unsupported) {
		error_set(error, ERROR_CREDENTIALS,
			  "profile %s uses %s, which is not supported; export temporary keys instead, for "
			  "instance with `aws configure export-credentials --profile %s --format env`",
			  profile->name, profile->unsupported, profile->name);
		return CREDENTIALS_BROKEN;
	}
	error_set(error, ERROR_CREDENTIALS, "no keys in the profile %s", profile->name);
	return asked_for ? CREDENTIALS_BROKEN : CREDENTIALS_ABSENT;
}

static enum credentials_result find(const struct config *config, struct session **session, struct error *error)
{
	struct profile profile = {.name = config->profile ? config->profile : "default"};
	struct buffer keys = {0}, settings = {0};
	char keys_path[512], settings_path[512];
	enum credentials_result result;

	set_path(keys_path, sizeof keys_path, "AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials");
	set_path(settings_path, sizeof settings_path, "AWS_CONFIG_FILE", ".aws/config");
	profile.nearest = nearest_to(profile.name);
	if (read_whole(keys_path, &keys))
		read_file(&profile, &keys, false);
	if (read_whole(settings_path, &settings))
		read_file(&profile, &settings, true);
	if (!profile.found && !config->profile) {
		error_set(error, ERROR_CREDENTIALS, "no profile \"default\" in %s or %s", keys_path,
			  settings_path);
		result = CREDENTIALS_ABSENT;
	} else {
		result = judge(&profile, config->profile != NULL, session, error);
	}
	buffer_wipe(&keys);
	buffer_wipe(&settings);
	return result;
}

const struct credentials_source credentials_profile = {"shared profile", find};
