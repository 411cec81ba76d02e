#include "scanner/engine/progress.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum { LIVE_INTERVAL = 200, PLAIN_INTERVAL = 10000, RATE_AFTER = 500 };

void progress_start(struct progress *progress, FILE *stream, const char *when)
{
	bool terminal = isatty(fileno(stream));
	bool always = strcmp(when, "always") == 0;

	*progress = (struct progress){.stream = stream, .started = clock_monotonic_milliseconds()};
	progress->live = terminal && strcmp(when, "never") != 0;
	progress->plain = !terminal && always;
	progress->last = progress->started;
}

static void write_line(const struct progress *progress, const struct progress_counts *counts, int64_t now)
{
	int64_t elapsed = now - progress->started;
	double seconds = (double)elapsed / 1000.0;

	fprintf(progress->stream, "%zu/%zu cells", counts->cells_done, counts->cells);
	if (counts->cells > 0)
		fprintf(progress->stream, " (%zu%%)", counts->cells_done * 100 / counts->cells);
	fprintf(progress->stream, ", %zu/%zu%s accounts  %zu resources failing, %zu cells not assessed",
		counts->accounts_done, counts->accounts, counts->listing ? "+" : "", counts->failing,
		counts->blind);
	if (elapsed > RATE_AFTER && counts->cells_done > 0 && !counts->listing &&
	    counts->cells > counts->cells_done) {
		double rate = (double)counts->cells_done / seconds;

		fprintf(progress->stream, "  %.0f s left", (double)(counts->cells - counts->cells_done) / rate);
	}
	if (counts->slowest && elapsed > RATE_AFTER)
		fprintf(progress->stream, "  waiting for %s (%zu)", counts->slowest, counts->waiting_there);
}

void progress_update(struct progress *progress, const struct progress_counts *counts)
{
	int64_t now = clock_monotonic_milliseconds();

	if ((!progress->live && !progress->plain) ||
	    now - progress->last < (progress->live ? LIVE_INTERVAL : PLAIN_INTERVAL))
		return;
	progress->last = now;
	if (progress->live)
		fputs("\r\033[K", progress->stream);
	write_line(progress, counts, now);
	if (progress->plain)
		fputc('\n', progress->stream);
	progress->drawn = progress->live;
	fflush(progress->stream);
}

void progress_clear(struct progress *progress)
{
	if (!progress->drawn)
		return;
	fputs("\r\033[K", progress->stream);
	fflush(progress->stream);
	progress->drawn = false;
}
