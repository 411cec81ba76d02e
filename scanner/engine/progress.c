#include "scanner/engine/progress.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

enum {
	LIVE_INTERVAL_MS = 200,
	PLAIN_INTERVAL_MS = 10000,
	INTERVAL_SHARE = 20, /* of events, in the time that has passed */
	SLOWEST_AFTER_MS = 500,
};

void progress_start(struct progress *progress, FILE *stream, const char *when, const struct log *log)
{
	bool terminal = isatty(fileno(stream));
	bool always = strcmp(when, "always") == 0;

	*progress = (struct progress){.stream = stream, .started = clock_monotonic_milliseconds()};
	progress->log = always && log && log->json ? log : NULL;
	progress->live = terminal && strcmp(when, "never") != 0 && !progress->log;
	progress->plain = !terminal && always;
	progress->last = progress->started;
}

static void write_line(const struct progress *progress, const struct progress_counts *counts, int64_t elapsed)
{
	int64_t left = counts->listing ? -1 : time_left_ms(&progress->left);

	fprintf(progress->stream, "%zu/%zu cells", counts->cells_done, counts->cells);
	if (counts->cells > 0)
		fprintf(progress->stream, " (%zu%%)", counts->cells_done * 100 / counts->cells);
	fprintf(progress->stream, ", %zu/%zu%s accounts  %zu resources failing, %zu cells not assessed",
		counts->accounts_done, counts->accounts, counts->listing ? "+" : "", counts->failing,
		counts->blind);
	if (left >= 0 && counts->cells > counts->cells_done)
		fprintf(progress->stream, "  %.0f s left", (double)left / 1000.0);
	if (counts->slowest && elapsed > SLOWEST_AFTER_MS)
		fprintf(progress->stream, "  waiting for %s (%zu)", counts->slowest, counts->waiting_there);
}

static void write_event(const struct progress *progress, const struct progress_counts *counts, int64_t elapsed)
{
	const struct log_number numbers[] = {
		{"elapsed_ms", elapsed},
		{"left_ms", counts->listing ? -1 : time_left_ms(&progress->left)},
		{"cells", (int64_t)counts->cells},
		{"cells_sent", (int64_t)counts->cells_sent},
		{"cells_done", (int64_t)counts->cells_done},
		{"accounts", (int64_t)counts->accounts},
		{"accounts_done", (int64_t)counts->accounts_done},
		{"failing", (int64_t)counts->failing},
		{"not_assessed", (int64_t)counts->blind},
		{0},
	};

	log_about(progress->log, LOG_INFO, "scan.progress", &(struct log_fields){.numbers = numbers},
		  "%zu of %zu cells, %zu of %zu accounts", counts->cells_done, counts->cells,
		  counts->accounts_done, counts->accounts);
}

static int64_t interval_of(const struct progress *progress, int64_t elapsed)
{
	int64_t interval = elapsed / INTERVAL_SHARE;

	if (progress->live)
		return LIVE_INTERVAL_MS;
	if (!progress->log || interval > PLAIN_INTERVAL_MS)
		return PLAIN_INTERVAL_MS;
	return interval > LIVE_INTERVAL_MS ? interval : LIVE_INTERVAL_MS;
}

void progress_update(struct progress *progress, const struct progress_counts *counts)
{
	int64_t now = clock_monotonic_milliseconds(), elapsed = now - progress->started;

	if (!progress->live && !progress->plain && !progress->log)
		return;
	time_left_update(&progress->left,
			 &(struct time_left_sample){elapsed, counts->cells_sent, counts->cells_done},
			 counts->cells, counts->accounts_wait);
	if (now - progress->last < interval_of(progress, elapsed))
		return;
	progress->last = now;
	if (progress->log) {
		write_event(progress, counts, elapsed);
		return;
	}
	if (progress->live)
		fputs("\r\033[K", progress->stream);
	write_line(progress, counts, elapsed);
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
