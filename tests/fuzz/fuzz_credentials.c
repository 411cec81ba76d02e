/*
 * Any bytes as AWS's shared files: sources that need no server find credentials in them, or report why not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "scanner/credentials/credentials.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

/* Breaks the key that would run a program, and keeps the rest. */
static void forbid_programs(unsigned char *text, size_t size)
{
	static const char key[] = "credential_process";

	for (unsigned char *at = text; (at = memmem(at, size - (size_t)(at - text), key, sizeof key - 1)); at++)
		*at = 'x';
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	const struct config config = {.profile = "a",
				      .region = "us-east-1",
				      .endpoint_url = "http://127.0.0.1:1",
				      .timeout_ms = 100,
				      .connect_timeout_ms = 100,
				      .idle_timeout_ms = 1000,
				      .max_attempts = 1,
				      .max_answer_bytes = 4096};
	const struct log log = {.stream = stderr, .level = LOG_ERROR};
	int descriptor = memfd_create("profiles", 0);
	unsigned char *text = malloc(size + 1);
	struct credentials credentials;
	struct error error;
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
	memcpy(text, data, size);
	for (size_t i = 0; i < size; i++) /* keys are case-insensitive */
		text[i] = text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20 : text[i];
	forbid_programs(text, size);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	setenv("HOME", "/nonexistent", 1);
	setenv("AWS_CONFIG_FILE", path, 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", size % 2 ? path : "/nonexistent", 1);
	if (write(descriptor, text, size) == (ssize_t)size &&
	    credentials_find(&config, &log, NULL, &credentials, &error))
		session_free(credentials.session);
	close(descriptor);
	free(text);
	return 0;
}
