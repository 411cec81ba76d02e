#include "scanner/reports/html_failing.h"

#include <stdlib.h>
#include <string.h>

#include "base/json_oom_guard.h"
#include "base/text.h"
#include "scanner/reports/html_text.h"
#include "scanner/reports/xml_text.h"

enum { MAX_OF_SEVERITY = 200 /* resources */, MAX_OF_ACCOUNT = 40 };

/* ---- a resource ---- */

static void write_reasons(FILE *stream, const struct finding *finding)
{
	const struct resource *resource = finding->resource;

	fputs("<td>", stream);
	for (bool first = true; finding && finding->resource == resource; finding = finding->next) {
		if (!finding_fails(finding))
			continue;
		fprintf(stream, "%s<a href=\"#about-%s\">%s</a>: ", first ? "" : "<br>", finding->control->id,
			finding->control->id);
		xml_text_write(stream, finding->reason);
		first = false;
	}
	fputs("</td>", stream);
}

static void write_resource(FILE *stream, const struct row *account, const char *region,
			   const struct finding *finding, enum severity severity)
{
	const struct resource *resource = finding->resource;

	fprintf(stream, "<tr><td><span class=\"severity %s\">%s</span></td>", severity_name(severity),
		severity_name(severity));
	html_write_account_cell(stream, account);
	html_write_cell(stream, region);
	html_write_cell(stream, resource_cluster_id(resource));
	fprintf(stream, "<td>%s ", resource_kind_name(resource->kind));
	xml_text_write(stream, resource->id);
	fputs("</td>", stream);
	write_reasons(stream, finding);
	fputs("</tr>\n", stream);
}

/* ---- collecting ---- */

static void note_deletion(struct html_failing *failing, const struct finding *finding)
{
	const char *deletion = finding_evidence(finding, attribute_name(ATTRIBUTE_KEY_DELETION));

	if (!deletion)
		return;
	if (failing->deleted_keys++ == 0 || strcmp(deletion, failing->first_deletion) < 0)
		text_copy(failing->first_deletion, sizeof failing->first_deletion, span_of(deletion));
}

static FILE *stream_of(struct html_failing *failing, enum severity severity)
{
	struct html_failing_severity *one = &failing->severities[severity];

	if (!one->stream)
		one->stream = open_memstream(&one->text, &one->size);
	failing->failed = failing->failed || !one->stream;
	return one->stream;
}

/* `first`: of the findings about one resource. */
static void add_resource(struct html_failing *failing, const struct row *account, const char *region,
			 const struct finding *first)
{
	struct html_failing_severity *one;
	int worst = -1;

	for (const struct finding *finding = first; finding && finding->resource == first->resource;
	     finding = finding->next) {
		if (!finding_fails(finding))
			continue;
		worst = (int)finding->control->severity > worst ? (int)finding->control->severity : worst;
		note_deletion(failing, finding);
	}
	if (worst < 0)
		return;
	failing->count++;
	one = &failing->severities[worst];
	if (one->listed >= MAX_OF_SEVERITY || one->listed_of_account >= MAX_OF_ACCOUNT ||
	    !stream_of(failing, (enum severity)worst))
		return;
	write_resource(one->stream, account, region, first, (enum severity)worst);
	one->listed++;
	one->listed_of_account++;
}

/* By cluster, which comes before what belongs to it. */
static int compare_resources(const void *a, const void *b)
{
	const struct resource *left = (*(const struct finding *const *)a)->resource;
	const struct resource *right = (*(const struct finding *const *)b)->resource;
	const char *left_cluster = resource_cluster_id(left), *right_cluster = resource_cluster_id(right);
	int order = strcmp(left_cluster ? left_cluster : "", right_cluster ? right_cluster : "");

	return order                       ? order
	       : left->kind != right->kind ? (left->kind < right->kind ? -1 : 1)
					   : resource_compare(left, right);
}

/* `findings`: all of a cell. */
static void add_cell(struct html_failing *failing, const struct row *account, const char *region,
		     const struct finding *findings, size_t resources)
{
	const struct finding **firsts = json_oom_guard_calloc(resources + 1, sizeof *firsts);
	size_t count = 0;

	if (!firsts)
		return;
	for (const struct finding *finding = findings, *before = NULL; finding; finding = finding->next) {
		if ((!before || finding->resource != before->resource) && count < resources)
			firsts[count++] = finding;
		before = finding;
	}
	qsort(firsts, count, sizeof *firsts, compare_resources);
	for (size_t i = 0; i < count; i++)
		add_resource(failing, account, region, firsts[i]);
	free(firsts);
}

void html_failing_collect(const struct matrix *matrix, struct html_failing *failing)
{
	*failing = (struct html_failing){0};
	for (size_t row = 0; row < matrix->row_count; row++) {
		for (size_t severity = 0; severity < SEVERITY_COUNT; severity++)
			failing->severities[severity].listed_of_account = 0;
		for (size_t column = 0; column < matrix->column_count; column++) {
			const struct cell_summary cell = matrix_cell(matrix, row, column);

			if (cell.failing > 0)
				add_cell(failing, &matrix->rows[row], matrix->columns[column].region,
					 matrix_findings(matrix, row, column), cell.resources);
		}
	}
}

void html_failing_deinit(struct html_failing *failing)
{
	for (size_t i = 0; i < SEVERITY_COUNT; i++) {
		if (failing->severities[i].stream)
			fclose(failing->severities[i].stream);
		free(failing->severities[i].text);
	}
}

/* ---- the table ---- */

void html_failing_write(const struct matrix *matrix, struct html_failing *failing, FILE *stream)
{
	static const char *const columns[] = {"Severity", "Account", "Region", "Cluster",
					      "Resource", "Why",     NULL};
	static const struct html_table table = {"failing-resources", "Failing resources", columns};
	size_t listed = 0;

	html_open_section(stream, "failing", "Failing resources");
	if (failing->count == 0) {
		fputs("<p>None.</p>\n", stream);
		html_close_section(stream);
		return;
	}
	html_open_table(stream, &table);
	for (size_t severity = SEVERITY_COUNT; severity-- > 0;) {
		struct html_failing_severity *one = &failing->severities[severity];

		if (!one->stream)
			continue;
		failing->failed = fflush(one->stream) != 0 || failing->failed;
		fwrite(one->text, 1, one->size, stream);
		listed += one->listed;
	}
	html_close_table(stream);
	html_write_rest(stream, failing->count - listed, "--report csv=FILE --only-failing", &matrix->run);
	html_close_section(stream);
}
