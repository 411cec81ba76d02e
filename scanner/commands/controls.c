#include "scanner/controls/controls.h"

#include <stdio.h>

#include "scanner/commands/commands.h"

static void print(const struct control *control)
{
	printf("%s\n  %s\n  group %s, severity %s, applies to: %s\n", control->id, control->title,
	       control->group, severity_name(control->severity), resource_kind_name(control->applies_to));
	for (const char *const *reference = control->references; *reference; reference++)
		printf("  reference: %s\n", *reference);
	printf("  remediation: %s\n", control->remediation);
}

static enum exit_code run(int argument_count, const char *const *arguments)
{
	if (argument_count > 0) {
		fprintf(stderr, "neptune-scan: controls takes no arguments, found \"%s\"\n", arguments[0]);
		return EXIT_USAGE;
	}
	for (const struct control *const *control = controls; *control; control++)
		print(*control);
	return EXIT_COMPLIANT;
}

static void help(void)
{
	puts("usage: neptune-scan controls\n\nPrints the catalogue: what is checked, how severe, and how to "
	     "mend it.");
}

const struct command command_controls = {"controls", "print the catalogue of controls", run, help};
