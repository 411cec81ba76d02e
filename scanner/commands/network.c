#include "scanner/commands/network.h"

#include <curl/curl.h>
#include <signal.h>
#include <sys/resource.h>

/* A core dump would contain credentials. */
static void forbid_core_dumps(void)
{
	const struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
}

void network_init(void)
{
	signal(SIGPIPE, SIG_IGN);
	forbid_core_dumps();
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

void network_deinit(void)
{
	curl_global_cleanup();
}
