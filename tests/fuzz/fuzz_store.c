/*
 * Overwrites bytes of a stored run: a report of it is refused, or unchanged.
 *
 * The input is patches of five bytes: position (three), kind, and value. A few patches cannot change data and
 * its digests consistently, so the report is compared; with more patches the program only must not crash. The
 * file is in /dev/shm, or in TMPDIR.
 */
#include <fcntl.h>
#include <locale.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/json_oom_guard.h"
#include "scanner/matrix/exceptions.h"
#include "scanner/reports/reports.h"
#include "scanner/store/store.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

enum { PATCH = 5, MAX_COMPARED = 3 /* patches */ };

static char folder[256], path[300];
static unsigned char *whole;
static size_t whole_size;
static char *right; /* the report of the unmodified store */

static void expect(bool good)
{
	if (!good)
		__builtin_trap();
}

/* ---- the unmodified store ---- */

static void record(struct matrix *matrix, const char *account, const char *region, enum cell_state state,
		   size_t failing)
{
	static struct pair tag = {NULL, "team", "graph"}, evidence = {NULL, "StorageEncrypted", "false"};
	static struct relation relation = {.role = "cluster", .target = "arn:x"};
	size_t row = matrix_add_row(matrix, account), column = matrix_add_column(matrix, region);
	struct finding findings[3];
	struct resource resources[3];
	struct arena arena = {0};
	struct cell_record cell = {.state = state,
				   .state_without_failures = state == CELL_FAIL ? CELL_DENIED : state,
				   .resources = (uint32_t)failing,
				   .failing = (uint32_t)failing,
				   .reason = "rds:DescribeDBClusters: AccessDenied: no",
				   .request_id = "request-1",
				   .at = 1795495582};

	for (size_t i = 0; i < failing; i++) {
		static const char *const names[] = {"one", "two", "three"};

		resources[i] = (struct resource){.kind = i ? RESOURCE_SNAPSHOT : RESOURCE_CLUSTER,
						 .id = names[i],
						 .arn = names[i],
						 .tags = &tag,
						 .relations = &relation};
		findings[i] = (struct finding){.control = controls[0],
					       .resource = &resources[i],
					       .exception = i == 1 ? "known" : NULL,
					       .evidence = &evidence,
					       .verdict = i == 2 ? VERDICT_PASS : VERDICT_FAIL,
					       .reason = "StorageEncrypted is false",
					       .next = i + 1 < failing ? &findings[i + 1] : NULL};
	}
	cell.findings = failing ? findings : NULL;
	matrix_show_column(matrix, column);
	matrix_record(matrix, row, column, &cell, &arena);
	matrix->current_record = NULL;
}

static void write_run(struct store *store, const char *id)
{
	static const struct control *selected[2];
	struct matrix matrix;

	selected[0] = controls[0];
	matrix_init(&matrix);
	matrix.selected = selected;
	matrix.run.id = id;
	matrix.run.started = 1795495580;
	matrix.run.finished = 1795495590;
	matrix.run.organization = "o-fuzz";
	expect(store_begin(store, &matrix, "controls.select = encryption\n", NULL));
	record(&matrix, "111111111111", "us-east-1", CELL_FAIL, 3);
	record(&matrix, "111111111111", "eu-west-1", CELL_DENIED, 0);
	record(&matrix, "222222222222", "us-east-1", CELL_EMPTY, 0);
	matrix_add_row(&matrix, "333333333333");
	matrix_set_default(&matrix, 2, CELL_UNREACHED, "cannot assume Audit", "request-2");
	for (size_t row = 0; row < 2; row++)
		expect(store_close_row(store, &matrix, row, NULL));
	matrix_finish(&matrix);
	expect(store_finish(store, &matrix, NULL));
	matrix_deinit(&matrix);
}

/* ---- reports ---- */

/* NULL: refused. The caller frees it. */
static char *report(const char *form)
{
	struct store *store = store_open_to_read(path, NULL);
	struct conclusion conclusion;
	struct matrix matrix;
	char *text = NULL;
	size_t size = 0;
	FILE *stream;
	bool good;

	if (!store)
		return NULL;
	matrix_init(&matrix);
	good = store_load(store, &matrix, NULL, NULL) && store_read_history(store, &matrix, NULL);
	if (good) {
		stream = open_memstream(&text, &size);
		conclusion_draw(&matrix, &conclusion);
		good = report_format_by_name(form)->write(&matrix,
							  &(struct report_output){.stream = stream,
										  .width = 100,
										  .conclusion = &conclusion}) &&
		       !matrix.reading->failed;
		fclose(stream);
	}
	matrix_deinit(&matrix);
	store_close(store);
	if (good)
		return text;
	free(text);
	return NULL;
}

static void drop_files(void)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", ".lock"};
	char file[320];

	for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
		snprintf(file, sizeof file, "%s%s", path, suffixes[i]);
		unlink(file);
	}
}

static void clean_up(void)
{
	drop_files();
	rmdir(folder);
}

static void begin(void)
{
	const char *place = getenv("TMPDIR");
	struct store *store;
	struct stat about;
	int file;

	setlocale(LC_CTYPE, "C.UTF-8");
	json_oom_guard_init();
	snprintf(folder, sizeof folder, "%s/fuzz-store.XXXXXX", place ? place : "/dev/shm");
	expect(mkdtemp(folder) != NULL);
	atexit(clean_up);
	snprintf(path, sizeof path, "%s/runs.db", folder);
	store = store_open(path, NULL);
	expect(store != NULL);
	write_run(store, "01FIRST");
	write_run(store, "01SECOND");
	store_close(store);
	file = open(path, O_RDONLY);
	expect(file >= 0 && fstat(file, &about) == 0);
	whole_size = (size_t)about.st_size;
	whole = malloc(whole_size);
	expect(whole && read(file, whole, whole_size) == (ssize_t)whole_size);
	close(file);
	right = report("json");
	expect(right != NULL);
}

/* ---- patches ---- */

static void apply(unsigned char *bytes, const unsigned char *patch)
{
	size_t at = ((size_t)patch[0] << 16 | (size_t)patch[1] << 8 | patch[2]) % whole_size;

	switch (patch[3] % 4) {
	case 0:
		bytes[at] = patch[4];
		break;
	case 1:
		bytes[at] ^= (unsigned char)(1U << patch[4] % 8);
		break;
	case 2:
		bytes[at]++;
		break;
	default: /* moves a few bytes */
		memmove(bytes + at, bytes + (at + patch[4]) % (whole_size - 8), at + 8 <= whole_size ? 8 : 0);
		break;
	}
}

static void write_patched(const unsigned char *data, size_t size)
{
	unsigned char *bytes = malloc(whole_size);
	int file;

	expect(bytes != NULL);
	memcpy(bytes, whole, whole_size);
	for (; size >= PATCH; size -= PATCH, data += PATCH)
		apply(bytes, data);
	drop_files();
	file = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	expect(file >= 0 && write(file, bytes, whole_size) == (ssize_t)whole_size);
	close(file);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *found;

	if (!whole)
		begin();
	write_patched(data, size);
	found = report(size / PATCH <= MAX_COMPARED ? "json" : size % 2 ? "table" : "html");
	if (found && size / PATCH <= MAX_COMPARED)
		expect(strcmp(found, right) == 0);
	free(found);
	return 0;
}
