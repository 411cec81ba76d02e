#include "base/version.h"

#include <stdio.h>

#include "base/visible.h"
#include "scanner/commands/commands.h"

static enum exit_code run(int argument_count, const char *const *arguments)
{
	if (argument_count > 0) {
		visible_print(stderr, "neptune-scan: error: version takes no arguments, found \"%s\"",
			      arguments[0]);
		return EXIT_USAGE;
	}
	puts("neptune-scan " NEPTUNE_SCAN_VERSION);
	return EXIT_COMPLIANT;
}

static void help(void)
{
	puts("usage: neptune-scan version");
}

const struct command command_version = {
	.name = "version",
	.summary = "print the version",
	.run = run,
	.help = help,
};
