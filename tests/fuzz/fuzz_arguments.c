/*
 * Any bytes as the arguments of a command: parsed, or diagnosed, without a crash; and no argument is ignored.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/options.h"
#include "scanner/commands/arguments.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum { MAX_ARGUMENTS = 200 };

/* Splits at NULs. A first byte below the number of settings stands for that setting's flag. */
static size_t split(char *text, size_t size, const char **arguments)
{
	size_t count = 0;

	for (char *at = text; at < text + size && count < MAX_ARGUMENTS; at += strlen(at) + 1) {
		size_t number = (unsigned char)*at;
		char *flag;

		if (number > 0 && number <= option_count && options[number - 1].flag) {
			flag = malloc(strlen(options[number - 1].flag) + strlen(at) + 2);
			sprintf(flag, "--%s%s", options[number - 1].flag, at + 1);
		} else {
			flag = strdup(at);
		}
		arguments[count++] = flag;
	}
	return count;
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct arguments arguments;
	const char *given[MAX_ARGUMENTS], *format = NULL;
	const struct own_flag flags[] = {{"--format", &format, NULL}, {NULL, NULL, NULL}};
	struct config config;
	char *text = malloc(size + 1);
	size_t count;

	setenv("AWS_CONFIG_FILE", "/dev/null", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null", 1);
	memcpy(text, data, size);
	text[size] = '\0';
	count = split(text, size, given);
	if (arguments_read(&arguments, "fuzz", flags, 3, &config, (int)count, given) &&
	    arguments.word_count + (size_t)arguments.setting_count + (format ? 2 : 0) < count &&
	    !format) /* each argument is a word, a flag, a value, or a problem */
		__builtin_trap();
	config_deinit(&config);
	while (count > 0)
		free((char *)given[--count]);
	free(text);
	return 0;
}
