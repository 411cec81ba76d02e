/*
 * credential_process: runs a program that prints credentials. It runs without a shell, with the words of the
 * setting as arguments, in its own process group, which is killed after scan.timeout.
 *
 * The output is complete when the program has ended. It may leave a background process that holds the same
 * pipes, such as an agent: that process is neither waited for nor killed.
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
#include "base/interruption.h"
#include "base/text.h"
#include "base/words.h"
#include "scanner/aws/secrets.h"
#include "scanner/credentials/sources.h"

enum {
	MAX_OUTPUT = 65536,
	SHOWN = 200,
	UNKNOWN_EXIT = 255,
	TICK_MS = 10,
	MAX_CHUNKS = 256 /* more than a full pipe */
};

/* ---- the program ---- */

struct run {
	pid_t process;
	int64_t limit_ms;
	int output, errors; /* pipes of its standard output and error */
	struct buffer keys, complaint;
	bool timed_out, too_long;
	int status; /* from waitpid */
};

/* SIGCHLD may be ignored, which a program inherits; then the status of a child is lost. */
static void reset_sigchld(void)
{
	struct sigaction action;

	if (sigaction(SIGCHLD, NULL, &action) == 0 && action.sa_handler == SIG_IGN)
		signal(SIGCHLD, SIG_DFL);
}

static bool start(struct run *run, char *const words[], struct error *error)
{
	int output[2] = {-1, -1}, errors[2] = {-1, -1}, result;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, pipe_ends;

	reset_sigchld();
	if (pipe2(output, O_CLOEXEC) != 0 || pipe2(errors, O_CLOEXEC) != 0 ||
	    fcntl(output[0], F_SETFL, O_NONBLOCK) != 0 || fcntl(errors[0], F_SETFL, O_NONBLOCK) != 0) {
		result = errno;
	} else {
		sigemptyset(&none);
		sigemptyset(&pipe_ends);
		sigaddset(&pipe_ends, SIGPIPE); /* this program ignores SIGPIPE; programs expect the default */
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

/* Reads what is in the pipe now. False: the pipe has ended. */
static bool take(struct run *run, int pipe, struct buffer *text)
{
	char chunk[4096];
	ssize_t count = 1;

	for (size_t i = 0; i < MAX_CHUNKS && (count = read(pipe, chunk, sizeof chunk)) > 0; i++) {
		if (text->length < MAX_OUTPUT)
			buffer_append(text, chunk, (size_t)count);
		else if (pipe == run->output)
			run->too_long = true;
	}
	OPENSSL_cleanse(chunk, sizeof chunk);
	return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

/* True: `status` is set. A lost status counts as a failure. */
static bool has_ended(struct run *run)
{
	pid_t ended = waitpid(run->process, &run->status, WNOHANG);

	if (ended < 0 && errno != EINTR)
		run->status = W_EXITCODE(UNKNOWN_EXIT, 0);
	return ended > 0 || (ended < 0 && errno != EINTR);
}

/* A pipe keeps what was written before the program ended, so nothing is lost. */
static void read_pipes(struct run *run)
{
	struct pollfd watched[] = {{.fd = run->output, .events = POLLIN},
				   {.fd = run->errors, .events = POLLIN}};
	int64_t end = clock_monotonic_milliseconds() + run->limit_ms;
	bool ended = false;

	while (!ended && !run->timed_out) {
		poll(watched, 2, TICK_MS);
		ended = has_ended(run);
		run->timed_out =
			!ended && (clock_monotonic_milliseconds() >= end || interruption_ends_requests());
		if (watched[0].fd >= 0 && !take(run, run->output, &run->keys))
			watched[0].fd = -1;
		if (watched[1].fd >= 0 && !take(run, run->errors, &run->complaint))
			watched[1].fd = -1;
	}
	if (run->timed_out) {
		kill(-run->process, SIGKILL);
		while (waitpid(run->process, &run->status, 0) < 0 && errno == EINTR)
			;
	}
}

/* Keeps the first line of its standard error. */
static void shorten(struct buffer *text)
{
	size_t length;

	if (!text->at)
		return;
	secrets_mask_text(text->at);
	text_repair(text->at);
	length = text_cut((struct span){text->at, strcspn(text->at, "\r\n")}, SHOWN);
	text->length = length;
	text->at[length] = '\0';
}

/* ---- the output ---- */

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
			program, (long long)run->limit_ms);
	if (WIFSIGNALED(run->status))
		return error_set(error, ERROR_CREDENTIALS, "\"%s\" was ended by signal %d", program,
				 WTERMSIG(run->status));
	if (WEXITSTATUS(run->status) != 0)
		return error_set(error, ERROR_CREDENTIALS, "\"%s\" ended with exit code %d: %s", program,
				 WEXITSTATUS(run->status), complaint);
	if (run->too_long)
		return error_set(error, ERROR_CREDENTIALS, "\"%s\" printed more than %d bytes", program,
				 MAX_OUTPUT);
	if (run->keys.failed)
		return error_out_of_memory(error);
	return true;
}

static enum credentials_result read_output(struct run *run, const char *program, struct session **session,
					   struct error *error)
{
	static const struct key_names names = {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration",
					       false};
	json_t *object =
		run->keys.at ? json_loadb(run->keys.at, run->keys.length, JSON_REJECT_DUPLICATES, NULL) : NULL;
	enum credentials_result result = CREDENTIALS_BROKEN;

	if (!json_is_object(object))
		error_set(error, ERROR_CREDENTIALS,
			  "\"%s\" printed no JSON object with Version, AccessKeyId and SecretAccessKey",
			  program);
	else if (json_integer_value(json_object_get(object, "Version")) != 1)
		error_set(error, ERROR_CREDENTIALS,
			  "\"%s\" printed no \"Version\": 1, the only supported version", program);
	else
		result = credentials_read_json(object, &names, program, 0, session, error);
	json_decref(object);
	return result;
}

static enum credentials_result run_words(char *const words[], int64_t limit_ms, struct session **session,
					 struct error *error)
{
	struct run run = {.limit_ms = limit_ms, .output = -1, .errors = -1};
	enum credentials_result result = CREDENTIALS_BROKEN;

	if (start(&run, words, error)) {
		read_pipes(&run);
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
	const struct profile_entry *command =
		profiles_setting(context->profiles, context->profile, "credential_process");
	char **words;
	size_t count;

	if (!command) {
		error_set(error, ERROR_CREDENTIALS, "no credential_process in the profile %s",
			  context->profile);
		return CREDENTIALS_ABSENT;
	}
	words = words_split(context->arena, command->value, &count);
	if (!words || count == 0) {
		error_set(error, ERROR_CREDENTIALS,
			  "profile %s: credential_process is empty, has an open quote, or ends in a backslash",
			  context->profile);
		return CREDENTIALS_BROKEN;
	}
	text_print(context->where, sizeof context->where, "%s: %s", context->profile, words[0]);
	return run_words(words, context->config->timeout_ms, session, error);
}

const struct credentials_source credentials_process = {"credential_process", SOURCE_OF_PROFILE, find};
