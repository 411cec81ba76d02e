#include "scanner/reports/html_changes.h"

#include "base/clock.h"
#include "base/text.h"
#include "scanner/diff/groups.h"
#include "scanner/reports/html_text.h"
#include "scanner/reports/xml_text.h"

struct listing {
	FILE *stream;
	enum change change;
	size_t rows;
	bool failed;
};

/* ---- the runs ---- */

static void write_command(const struct differences *changes, const struct run *run, const char *flags,
			  FILE *stream)
{
	fprintf(stream, "<code>neptune-scan diff %s %s%s", changes->old->run.id, changes->new->run.id, flags);
	xml_text_write(stream, run->store_flags ? run->store_flags : "");
	fputs("</code>", stream);
}

static void write_names(const char *title, const struct names *names, FILE *stream)
{
	enum { MAX_NAMED = 6 };
	size_t shown = 0;

	if (names->count == 0)
		return;
	fprintf(stream, "<li>%s: %s (", title, text_count(names->count).text);
	for (const struct name *name = names->first; name && shown < MAX_NAMED; name = name->next) {
		fputs(shown++ ? ", " : "", stream);
		xml_text_write(stream, name->text);
		if (name->more)
			fputc(' ', stream);
		xml_text_write(stream, name->more ? name->more : "");
	}
	if (names->count > shown)
		fprintf(stream, " and %s more", text_count(names->count - shown).text);
	fputs(")</li>\n", stream);
}

static bool write_entered(const struct differences *changes, FILE *stream)
{
	struct buffer entered = {0};
	bool is_whole;

	differences_write_entered(changes, &entered);
	is_whole = !entered.failed;
	if (entered.length > 0)
		fprintf(stream, "<li>%s</li>\n", entered.at);
	buffer_deinit(&entered);
	return is_whole;
}

/* Before anything else: what the comparison is worth. */
static bool write_scope(const struct differences *changes, FILE *stream)
{
	struct buffer scope = {0};
	bool is_whole;

	differences_write_scope(changes, &scope);
	is_whole = !scope.failed;
	if (scope.length > 0) {
		fprintf(stream, "<p><strong>%s</strong></p>\n<ul>\n", scope.at);
		for (const struct name *name = changes->settings.first; name; name = name->next) {
			fputs("<li>", stream);
			xml_text_write(stream, name->text);
			fputs("</li>\n", stream);
		}
		write_names("Accounts only in the previous run", &changes->accounts_left, stream);
		write_names("Accounts only in this run", &changes->accounts_joined, stream);
		write_names("Regions only in the previous run", &changes->regions_left, stream);
		write_names("Regions only in this run", &changes->regions_joined, stream);
		if (differences_in_scope(changes))
			fprintf(stream, "<li>Cells that left the scope: %s, that entered it: %s</li>\n",
				text_count(changes->cells_left).text, text_count(changes->cells_entered).text);
		is_whole = write_entered(changes, stream) && is_whole;
		fputs("</ul>\n", stream);
	}
	buffer_deinit(&scope);
	return is_whole;
}

/* ---- changes ---- */

static void write_group(void *userdata, const struct diff_group *group)
{
	struct buffer accounts = {0}, regions = {0}, name = {0}, text = {0};
	struct listing *listing = userdata;
	FILE *stream = listing->stream;

	if (listing->rows++ >= HTML_MAX_LISTED)
		return;
	diff_group_write_accounts(group, &accounts);
	diff_group_write_regions(group, &regions);
	diff_group_write_name(group, &name);
	diff_group_write_text(group, &text);
	listing->failed = listing->failed || accounts.failed || regions.failed || name.failed || text.failed;
	fprintf(stream, "<tr><td>%s</td>", change_facts[listing->change].title);
	html_write_cell(stream, accounts.at);
	html_write_cell(stream, regions.at);
	html_write_cell(stream, name.at);
	html_write_cell(stream, text.at);
	fputs("</tr>\n", stream);
	buffer_deinit(&accounts);
	buffer_deinit(&regions);
	buffer_deinit(&name);
	buffer_deinit(&text);
}

static size_t count_changes(const struct differences *changes)
{
	size_t count = 0;

	for (enum change change = 0; change < CHANGES; change++)
		count += changes->count[change];
	return count;
}

/* Each kind of change has its own limit, so that many new resources do not hide what got worse. */
static bool write_list(const struct differences *changes, const struct run *run, FILE *stream)
{
	static const char *const columns[] = {"Change", "Account", "Regions", "Resource", "Details", NULL};
	static const struct html_table table = {"changes", "Changes since the previous run", columns};
	size_t rest = 0;
	bool failed = false;

	html_open_table(stream, &table);
	for (enum change change = 0; change < CHANGES; change++) {
		struct listing listing = {stream, change, 0, false};

		diff_walk_groups(changes, change, write_group, &listing);
		rest += listing.rows > HTML_MAX_LISTED ? listing.rows - HTML_MAX_LISTED : 0;
		failed = failed || listing.failed;
	}
	html_close_table(stream);
	if (rest > 0) {
		fprintf(stream, "<p>... and %s more: ", text_count(rest).text);
		write_command(changes, run, " --format json", stream);
		fputs("</p>\n", stream);
	}
	return !failed;
}

static void write_rotated(const struct balance *resources, FILE *stream)
{
	size_t in = resources->flows[FLOW_ROTATED_IN], out = resources->flows[FLOW_ROTATED_OUT];

	if (in > 0 || out > 0)
		fprintf(stream, "<p class=\"quiet\">Automated snapshots: %s new, %s deleted.</p>\n",
			text_count(in).text, text_count(out).text);
}

bool html_changes_write(const struct differences *changes, const struct run *run, FILE *stream)
{
	char started[CLOCK_ISO_SIZE];
	bool is_whole;

	clock_format_iso(changes->old->run.started, started);
	html_open_section(stream, "changes", "Changes since the previous run");
	fprintf(stream, "<p class=\"quiet\">Previous run %s, %s. ", changes->old->run.id, started);
	write_command(changes, run, "", stream);
	fputs("</p>\n", stream);
	is_whole = write_scope(changes, stream);
	if (count_changes(changes) > 0)
		is_whole = write_list(changes, run, stream) && is_whole;
	else
		fputs("<p>No changes.</p>\n", stream);
	write_rotated(&changes->balances[ALL_RESOURCES], stream);
	html_close_section(stream);
	return is_whole;
}
