/*
 * A program of the user's that prints keys (credential_process). It is run without a shell, by the words of the
 * setting, in a group of its own, so that all of it ends when its time is over: as much as one request may
 * take.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "scanner/credentials/sources.h"

enum { MOST_WORDS = 64, LARGEST_OUTPUT = 65536, SHOWN = 200 };

/* ---- words ---- */

/* As a shell would split them: blanks part, quotes keep together, a backslash takes the next letter as it is.
 */
static bool split_words(char *text, char *words[MOST_WORDS + 1])
{
	size_t count = 0;
	char *to = text;

	while (*text) {
		char quote = 0;

		while (*text == ' ' || *text == '\t')
			text++;
		if (!*text)
			break;
		if (count == MOST_WORDS)
			return false;
		words[count++] = to;
		for (; *text && (quote || (*text != ' ' && *text != '\t')); text++) {
			if (!quote && (*text == '"' || *text == '\''))
				quote = *text;
			else if (quote && *text == quote)
				quote = 0;
			else if (*text == '\\' && quote != '\'' && text[1])
				*to++ = *++text;
			else
				*to++ = *text;
		}
		if (quote)
			return false;
		text += *text != '\0';
		*to++ = '\0'; /* never past what was read: quotes and blanks are gone */
	}
	words[count] = NULL;
	return count > 0;
}

/* ---- the program ---- */

struct run {
	pid_t process;
	int64_t limit;      /* milliseconds */
	int output, errors; /* what it prints */
	struct buffer keys, complaint;
	bool timed_out;
	int status; /* of waitpid */
};

static bool start(struct run *run, char *const words[], struct error *error)
{
	int output[2] = {-1, -1}, errors[2] = {-1, -1}, result;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, pipe_ends;

	if (pipe2(output, O_CLOEXEC) != 0 || pipe2(errors, O_CLOEXEC) != 0) {
		result = errno;
	} else {
		sigemptyset(&none);
		sigemptyset(&pipe_ends);
		sigaddset(&pipe_ends, SIGPIPE); /* we ignore it; a program expects not to */
		posix_spawn_file_actions_init(&actions);
		posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
		posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
		posix_spawn_file_actions_adddup2(&actions, errors[1], STDERR_FILENO);
		posix_spawnattr_init(&attributes);
		posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
							      POSIX_SPAWN_SETSIGDEF);
		posix_spawnattr_setsigdefault(&attributes, &pipe_ends);
		posix_spawnattr_setpgroup(&attributes, 0);
		posix_spawnattr_setsigmask(&attributes, &none);
		result = posix_spawnp(&run->process, words[0], &actions, &attributes, words, environ);
		posix_spawnattr_destroy(&attributes);
		posix_spawn_file_actions_destroy(&actions);
	}
	if (output[1] >= 0)
		close(output[1]);
	if (errors[1] >= 0)
		close(errors[1]);
	run->output = output[0];
	run->errors = errors[0];
	return result == 0 ||
	       error_set(error, ERROR_CREDENTIALS, "cannot run \"%s\": %s", words[0], strerror(result));
}

/* False: that pipe has ended. */
static bool take(int pipe, struct buffer *text)
{
	char chunk[4096];
	ssize_t count = read(pipe, chunk, sizeof chunk);

	if (count > 0 && text->length < LARGEST_OUTPUT)
		buffer_append(text, chunk, (size_t)count);
	OPENSSL_cleanse(chunk, sizeof chunk);
	return count > 0 || (count < 0 && errno == EINTR);
}

static void listen_to(struct run *run)
{
	struct pollfd watched[] = {{.fd = run->output, .events = POLLIN},
				   {.fd = run->errors, .events = POLLIN}};
	int64_t end = clock_monotonic_milliseconds() + run->limit;

	while (watched[0].fd >= 0 || watched[1].fd >= 0) {
		int64_t left = end - clock_monotonic_milliseconds();

		if (left <= 0) {
			run->timed_out = true;
			return;
		}
		poll(watched, 2, (int)left);
		if (watched[0].fd >= 0 && watched[0].revents && !take(run->output, &run->keys))
			watched[0].fd = -1;
		if (watched[1].fd >= 0 && watched[1].revents && !take(run->errors, &run->complaint))
			watched[1].fd = -1;
	}
}

/* It has closed its outputs; an end that does not come within the limit is made. */
static void end(struct run *run)
{
	int64_t limit = clock_monotonic_milliseconds() + (run->timed_out ? 0 : run->limit);

	if (run->timed_out)
		kill(-run->process, SIGKILL);
	while (waitpid(run->process, &run->status, WNOHANG) == 0) {
		if (clock_monotonic_milliseconds() >= limit)
			kill(-run->process, SIGKILL);
		poll(NULL, 0, 10);
	}
}

/* Of what it complained: the first line. */
static void shorten(struct buffer *text)
{
	size_t length = text->at ? strcspn(text->at, "\r\n") : 0;

	if (length > SHOWN)
		length = SHOWN;
	if (text->at) {
		text->length = length;
		text->at[length] = '\0';
	}
}

/* ---- what it printed ---- */

static bool ended_well(struct run *run, const char *program, struct error *error)
{
	const char *complaint;

	shorten(&run->complaint);
	complaint = run->complaint.length > 0 ? run->complaint.at : "it printed no error";
	if (run->timed_out)
		return error_set(
			error, ERROR_CREDENTIALS,
			"\"%s\" did not end within %lld ms (scan.timeout) and was killed; does it wait "
			"for input?",
			program, (long long)run->limit);
	if (WIFSIGNALED(run->status))
		return error_set(error, ERROR_CREDENTIALS, "\"%s\" was ended by signal %d", program,
				 WTERMSIG(run->status));
	if (WEXITSTATUS(run->status) != 0)
		return error_set(error, ERROR_CREDENTIALS, "\"%s\" ended with exit code %d: %s", program,
				 WEXITSTATUS(run->status), complaint);
	if (run->keys.failed)
		return error_out_of_memory(error);
	return true;
}

static enum credentials_result read_output(struct run *run, const char *program, struct session **session,
					   struct error *error)
{
	static const struct key_names names = {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration",
					       false};
	json_t *object = run->keys.at ? json_loadb(run->keys.at, run->keys.length, 0, NULL) : NULL;
	enum credentials_result result = CREDENTIALS_BROKEN;

	if (!json_is_object(object))
		error_set(error, ERROR_CREDENTIALS,
			  "\"%s\" printed no JSON object with Version, AccessKeyId and SecretAccessKey",
			  program);
	else if (json_integer_value(json_object_get(object, "Version")) != 1)
		error_set(error, ERROR_CREDENTIALS, "\"%s\" printed no \"Version\": 1, the only one there is",
			  program);
	else
		result = credentials_read_json(object, &names, program, 0, session, error);
	json_decref(object);
	return result;
}

static enum credentials_result run_words(char *const words[], int64_t limit, struct session **session,
					 struct error *error)
{
	struct run run = {.limit = limit, .output = -1, .errors = -1};
	enum credentials_result result = CREDENTIALS_BROKEN;

	if (start(&run, words, error)) {
		listen_to(&run);
		end(&run);
		if (ended_well(&run, words[0], error))
			result = read_output(&run, words[0], session, error);
	}
	if (run.output >= 0)
		close(run.output);
	if (run.errors >= 0)
		close(run.errors);
	buffer_wipe(&run.keys);
	buffer_wipe(&run.complaint);
	return result;
}

static enum credentials_result find(struct credentials_context *context, struct session **session,
				    struct error *error)
{
	char *command = arena_copy_span(
		context->arena, profiles_setting(context->profiles, context->profile, "credential_process"));
	char *words[MOST_WORDS + 1];

	if (!command) {
		error_set(error, ERROR_CREDENTIALS, "no credential_process in the profile %s",
			  context->profile);
		return CREDENTIALS_ABSENT;
	}
	if (!split_words(command, words)) {
		error_set(error, ERROR_CREDENTIALS,
			  "profile %s: credential_process is empty, has an open quote, or more than %d words",
			  context->profile, MOST_WORDS);
		return CREDENTIALS_BROKEN;
	}
	snprintf(context->where, sizeof context->where, "%s: %.180s", context->profile, words[0]);
	return run_words(words, context->config->timeout, session, error);
}

const struct credentials_source credentials_process = {"credential_process", SOURCE_OF_PROFILE, find};
