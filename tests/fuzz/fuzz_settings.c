/*
 * Any bytes as the user's INI files, settings and exceptions: parsed, or diagnosed, without a crash.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"
#include "scanner/matrix/exceptions.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	int descriptor = memfd_create("settings", 0);
	struct diagnostics diagnostics = {0};
	struct exceptions exceptions;
	struct config config;
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
	if (write(descriptor, data, size) == (ssize_t)size) {
		const char *const arguments[] = {"--config", path};
		const struct config_sources sources = {.argument_count = 2, .arguments = arguments};

		config_load(&config, &sources, &diagnostics);
		config_deinit(&config);
		exceptions_load(&exceptions, path, 1795478400, 366, &diagnostics);
		exceptions_deinit(&exceptions);
		diagnostics_deinit(&diagnostics);
	}
	close(descriptor);
	return 0;
}
