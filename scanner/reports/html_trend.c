/*
 * Three charts on one time axis, each with a scale of its own: failing resources, cells that were not assessed,
 * coverage. Every chart names its first and last value, so that it can be read without colour.
 */
#include "scanner/reports/html_trend.h"

#include "base/clock.h"
#include "base/text.h"
#include "scanner/matrix/scope_change.h"
#include "scanner/reports/html_text.h"

enum {
	CHART_WIDTH = 400,
	CHART_HEIGHT = 84,
	PLOT_LEFT = 4,
	PLOT_RIGHT = CHART_WIDTH - 74, /* the last value stands to the right */
	PLOT_TOP = 24,
	PLOT_BOTTOM = 66,
	MAX_DOTS = 20, /* runs that are marked one by one */
	MIN_SPAN = 2,  /* of a scale that does not begin at 0, in percentage points */
};

const struct history_entry *html_previous_run(const struct run *run)
{
	return run->history_length > 1 && !run->filter ? &run->history[run->history_length - 2] : NULL;
}

/* ---- what is drawn ---- */

static double failing_of(const struct history_entry *entry)
{
	return (double)entry->failing;
}

static double unassessed_of(const struct history_entry *entry)
{
	return (double)entry->blind;
}

/* In percent. */
static double coverage_of(const struct history_entry *entry)
{
	return entry->in_scope > 0 ? 100.0 * (double)(entry->in_scope - entry->blind) / (double)entry->in_scope
				   : 0;
}

static void format_count(double value, char text[static HTML_PERCENT_SIZE])
{
	text_print(text, HTML_PERCENT_SIZE, "%s", text_count((size_t)value).text);
}

static void format_percent(double value, char text[static HTML_PERCENT_SIZE])
{
	unsigned tenths = (unsigned)(value * 10 + 1e-6); /* rounded down */

	snprintf(text, HTML_PERCENT_SIZE, "%u.%u %%", tenths / 10, tenths % 10);
}

struct series {
	const char *title, *css_class;
	double (*value)(const struct history_entry *entry);
	void (*format)(double value, char text[static HTML_PERCENT_SIZE]);
	bool from_zero; /* the scale; otherwise it begins near the least value */
};

static const struct series all_series[] = {
	{"Failing resources", "fails", failing_of, format_count, true},
	{"Cells not assessed", "blind", unassessed_of, format_count, true},
	{"Coverage", "coverage", coverage_of, format_percent, false},
};

enum { SERIES_COUNT = sizeof all_series / sizeof all_series[0] };

/* ---- charts ---- */

struct scale {
	double min, max;
};

static struct scale scale_of(const struct series *series, const struct run *run)
{
	struct scale scale = {series->value(&run->history[0]), series->value(&run->history[0])};

	for (size_t i = 1; i < run->history_length; i++) {
		double value = series->value(&run->history[i]);

		scale.min = value < scale.min ? value : scale.min;
		scale.max = value > scale.max ? value : scale.max;
	}
	if (series->from_zero)
		scale.min = 0;
	else if (scale.max - scale.min < MIN_SPAN)
		scale.min = scale.max > MIN_SPAN ? scale.max - MIN_SPAN : 0; /* a small change looks small */
	return scale;
}

static double x_of(const struct run *run, size_t i)
{
	int64_t first = run->history[0].started, last = run->history[run->history_length - 1].started;
	double share = last > first ? (double)(run->history[i].started - first) / (double)(last - first)
				    : (double)i / (double)(run->history_length - 1);

	return PLOT_LEFT + share * (PLOT_RIGHT - PLOT_LEFT);
}

/* A line of equal values is drawn in the middle, or at the bottom when they are 0. */
static double y_of(struct scale scale, double value)
{
	double share = scale.max > scale.min ? (value - scale.min) / (scale.max - scale.min)
		       : value > 0           ? 0.5
					     : 0;

	return PLOT_BOTTOM - share * (PLOT_BOTTOM - PLOT_TOP);
}

static void write_line(const struct series *series, const struct run *run, struct scale scale, FILE *stream)
{
	size_t last = run->history_length - 1;

	fprintf(stream, "<polyline class=\"%s\" points=\"", series->css_class);
	for (size_t i = 0; i <= last; i++)
		fprintf(stream, "%s%.1f,%.1f", i ? " " : "", x_of(run, i),
			y_of(scale, series->value(&run->history[i])));
	fputs("\"/>", stream);
	for (size_t i = run->history_length > MAX_DOTS ? last : 0; i <= last; i++)
		fprintf(stream, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%d\"/>", series->css_class,
			x_of(run, i), y_of(scale, series->value(&run->history[i])), i == last ? 3 : 2);
	fputc('\n', stream);
}

/* What run `i` covers more or less than the one before it; empty: the same, or it is the first. */
static void describe_scope(const struct run *run, size_t i, char change[static SCOPE_CHANGE_SIZE])
{
	scope_change_write(i ? &run->history[i - 1] : NULL, &run->history[i], change);
}

/* A vertical line at each run that covers something else than the one before it. */
static void write_marks(const struct run *run, FILE *stream)
{
	char change[SCOPE_CHANGE_SIZE], day[CLOCK_DAY_SIZE];

	for (size_t i = 1; i < run->history_length; i++) {
		describe_scope(run, i, change);
		if (!change[0])
			continue;
		clock_format_day(run->history[i].started, day);
		fprintf(stream,
			"<line class=\"scope\" x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\">"
			"<title>%s: scope %s</title></line>\n",
			x_of(run, i), PLOT_TOP - 6, x_of(run, i), PLOT_BOTTOM, day, change);
	}
}

/* For readers without the chart, and below it: " The scope changed in 1 run: 2026-11-29 -2 accounts." */
static void write_scope_changes(const struct run *run, FILE *stream)
{
	enum { MAX_NAMED = 3 };
	char change[SCOPE_CHANGE_SIZE], day[CLOCK_DAY_SIZE];
	size_t count = 0, named = 0;

	for (size_t i = 1; i < run->history_length; i++) {
		describe_scope(run, i, change);
		count += change[0] != '\0';
	}
	if (count == 0)
		return;
	fprintf(stream, " The scope changed in %zu run%s: ", count, text_plural(count));
	for (size_t i = run->history_length; i-- > 1 && named < MAX_NAMED;) {
		describe_scope(run, i, change);
		if (!change[0])
			continue;
		clock_format_day(run->history[i].started, day);
		fprintf(stream, "%s%s %s", named++ ? "; " : "", day, change);
	}
	if (count > named)
		fprintf(stream, "; and %zu more", count - named);
	fputs(".", stream);
}

static void write_chart(const struct series *series, const struct run *run, FILE *stream)
{
	const struct history_entry *first = &run->history[0], *last = &run->history[run->history_length - 1];
	struct scale scale = scale_of(series, run);
	char from[HTML_PERCENT_SIZE], to[HTML_PERCENT_SIZE], min[HTML_PERCENT_SIZE], max[HTML_PERCENT_SIZE];

	series->format(series->value(first), from);
	series->format(series->value(last), to);
	series->format(scale.min, min);
	series->format(scale.max, max);
	fprintf(stream,
		"<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s: first %s, last %s, "
		"from %s to %s.",
		CHART_WIDTH, CHART_HEIGHT - 14, series->title, from, to, min, max);
	write_scope_changes(run, stream);
	fprintf(stream,
		"\">\n<text class=\"name\" x=\"%d\" y=\"13\">%s</text>"
		"<text x=\"%d\" y=\"13\" text-anchor=\"end\">%s to %s</text>\n"
		"<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n",
		PLOT_LEFT, series->title, PLOT_RIGHT, min, max, PLOT_LEFT, PLOT_BOTTOM, PLOT_RIGHT,
		PLOT_BOTTOM);
	write_marks(run, stream);
	write_line(series, run, scale, stream);
	fprintf(stream, "<text class=\"last\" x=\"%d\" y=\"%.1f\">%s</text>\n</svg>\n", PLOT_RIGHT + 8,
		y_of(scale, series->value(last)) + 4, to);
}

/* ---- table ---- */

static void write_row(const struct run *run, size_t i, FILE *stream)
{
	const struct history_entry *entry = &run->history[i];
	char started[CLOCK_ISO_SIZE], change[SCOPE_CHANGE_SIZE];

	clock_format_iso(entry->started, started);
	fprintf(stream, "<tr><td>%s</td>", started);
	for (size_t j = 0; j < SERIES_COUNT; j++) {
		char value[HTML_PERCENT_SIZE];

		all_series[j].format(all_series[j].value(entry), value);
		fprintf(stream, "<td class=\"n\">%s</td>", value);
	}
	describe_scope(run, i, change);
	fprintf(stream, "<td>%s</td></tr>\n", change);
}

static void write_table(const struct run *run, FILE *stream)
{
	static const char *const columns[] = {
		"Started", "#Failing resources", "#Cells not assessed", "#Coverage", "Scope", NULL};
	static const struct html_table table = {"trend", "Runs", columns};

	fprintf(stream, "<details class=\"data\">\n<summary>The %zu runs as a table</summary>\n",
		run->history_length);
	html_open_table(stream, &table);
	for (size_t i = run->history_length; i-- > 0;)
		write_row(run, i, stream);
	html_close_table(stream);
	fputs("</details>\n", stream);
}

void html_trend_write(const struct matrix *matrix, FILE *stream)
{
	const struct run *run = &matrix->run;
	char first[CLOCK_DAY_SIZE], last[CLOCK_DAY_SIZE];

	html_open_section(stream, "trend", "Trend");
	if (run->history_length < 2) {
		fputs("<p class=\"quiet\">There is no earlier run to compare with. Scan again with "
		      "the "
		      "same store.</p>\n",
		      stream);
		html_close_section(stream);
		return;
	}
	if (run->filter)
		fputs("<p class=\"quiet\">Of whole runs, not of the filtered report.</p>\n", stream);
	clock_format_day(run->history[0].started, first);
	clock_format_day(run->history[run->history_length - 1].started, last);
	for (size_t i = 0; i < SERIES_COUNT; i++)
		write_chart(&all_series[i], run, stream);
	fprintf(stream, "<p class=\"axis quiet\"><span>%s</span><span>%zu runs</span><span>%s</span></p>\n",
		first, run->history_length, last);
	fputs("<p class=\"quiet\">", stream);
	write_scope_changes(run, stream);
	fputs("</p>\n", stream);
	write_table(run, stream);
	html_close_section(stream);
}
