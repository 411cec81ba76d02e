#include "base/interruption.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"

enum { EXIT_SECOND_SIGNAL = 3 /* incomplete */, EXIT_BY_SIGNAL = 128 };

static atomic_int received; /* the first signal; 0: none */
static atomic_int descriptor = -1;
static atomic_bool ends_at_once, spares_requests;
static const char *_Atomic notice;

static void say(const char *text)
{
	ssize_t written = write(STDERR_FILENO, text, strlen(text));

	(void)written;
}

/* Calls only what a handler may call. */
static void on_signal(int number)
{
	static const uint64_t one = 1;
	const char *text = atomic_load(&notice);
	int none = 0, problem = errno;
	ssize_t written;

	if (!atomic_compare_exchange_strong(&received, &none, number)) {
		say("\nneptune-scan: second signal, leaving at once\n");
		_exit(EXIT_SECOND_SIGNAL);
	}
	if (atomic_load(&ends_at_once))
		_exit(EXIT_BY_SIGNAL + number);
	if (text)
		say(text);
	written = write(atomic_load(&descriptor), &one, sizeof one);
	(void)written;
	errno = problem;
}

/* Reads and writes of files continue after a signal; waits do not. */
static void handle(int number)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART}, before;

	if (number == SIGHUP && sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_IGN)
		return;
	sigemptyset(&action.sa_mask);
	sigaddset(&action.sa_mask, SIGINT);
	sigaddset(&action.sa_mask, SIGTERM);
	sigaddset(&action.sa_mask, SIGHUP);
	sigaction(number, &action, NULL);
}

static void handle_all(void)
{
	handle(SIGINT);
	handle(SIGTERM);
	handle(SIGHUP);
}

void interruption_begin(void)
{
	atomic_store(&ends_at_once, false);
	if (atomic_load(&descriptor) < 0)
		atomic_store(&descriptor, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
	handle_all();
}

void interruption_end_at_once(void)
{
	atomic_store(&ends_at_once, true);
	handle_all();
}

void interruption_close(void)
{
	int open = atomic_exchange(&descriptor, -1);

	if (open < 0)
		return;
	interruption_end_at_once();
	close(open);
}

void interruption_spare_requests(const char *line)
{
	atomic_store(&notice, line);
	atomic_store(&spares_requests, true);
}

const char *interruption_reason(void)
{
	switch (atomic_load(&received)) {
	case 0:
		return NULL;
	case SIGINT:
		return "interrupted by SIGINT";
	case SIGHUP:
		return "interrupted by SIGHUP";
	default:
		return "interrupted by SIGTERM";
	}
}

bool interruption_ends_requests(void)
{
	return atomic_load(&received) && !atomic_load(&spares_requests);
}

int interruption_descriptor(void)
{
	return atomic_load(&descriptor);
}

bool interruption_pause_ms(int64_t milliseconds)
{
	struct pollfd watched = {.fd = interruption_descriptor(), .events = POLLIN};
	int64_t until = clock_monotonic_milliseconds() + milliseconds, left = milliseconds;

	while (!interruption_reason() && left > 0) {
		poll(&watched, 1, (int)left);
		left = until - clock_monotonic_milliseconds();
	}
	return !interruption_reason();
}
