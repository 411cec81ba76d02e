#include "scanner/controls/control_text.h"

#include "base/markdown.h"
#include "scanner/controls/catalogue.h"

#define DECLARE(name) extern const char name##_md[];
#define LIST(name) name##_md,

CONTROLS(DECLARE)

static const char *const texts[] = {CONTROLS(LIST)}; /* in the order of `controls` */

static struct span text_of(const struct control *control)
{
	for (size_t i = 0; controls[i]; i++)
		if (strcmp(controls[i]->id, control->id) == 0)
			return span_of(texts[i]);
	return (struct span){NULL, 0};
}

/* ---- parts ---- */

static const struct {
	const char *section, *part; /* headings; NULL: the section has no parts */
} headings[CONTROL_PARTS] = {
	[CONTROL_PROFILE_LEVEL] = {"Profile level", NULL},
	[CONTROL_DESCRIPTION] = {"Description", NULL},
	[CONTROL_RATIONALE] = {"Rationale", NULL},
	[CONTROL_BENEFITS] = {"Impact", "Benefits"},
	[CONTROL_COSTS] = {"Impact", "Costs"},
	[CONTROL_DEFAULT_VALUE] = {"Default value", NULL},
	[CONTROL_AUDIT_PERMISSIONS] = {"Prerequisites", "For the audit"},
	[CONTROL_IMPLEMENTATION_PERMISSIONS] = {"Prerequisites", "For the implementation"},
	[CONTROL_AUDIT_CONSOLE] = {"Audit", "Console"},
	[CONTROL_AUDIT_CLI] = {"Audit", "AWS CLI"},
	[CONTROL_IMPLEMENTATION_CONSOLE] = {"Implementation", "Console"},
	[CONTROL_IMPLEMENTATION_CLI] = {"Implementation", "AWS CLI"},
	[CONTROL_IMPLEMENTATION_PLAN] = {"Implementation", "Remediation plan"},
	[CONTROL_BACKOUT] = {"Backout", NULL},
	[CONTROL_REFERENCES] = {"References", NULL},
	[CONTROL_FRAMEWORKS] = {"Framework requirements", NULL},
};

enum { SECTION_LEVEL = 2, PART_LEVEL = 3 }; /* of headings in a text */

struct span control_part(const struct control *control, enum control_part part)
{
	struct span section = markdown_section(text_of(control), SECTION_LEVEL, headings[part].section);

	return span_trim(headings[part].part ? markdown_section(section, PART_LEVEL, headings[part].part)
					     : section);
}

int control_profile_level(const struct control *control)
{
	struct span text = control_part(control, CONTROL_PROFILE_LEVEL);
	const size_t digit = strlen("Level ");

	return span_starts_with(text, "Level ") && text.length > digit ? text.at[digit] - '0' : 0;
}

/* ---- the whole ---- */

struct writing {
	const struct control *control;
	int level; /* of a section's heading */
	struct buffer *document;
};

/* A blank line between two blocks. */
static void add_gap(struct buffer *document)
{
	if (document->length > 1 && strcmp(document->at + document->length - 2, "\n\n") != 0)
		buffer_text(document, "\n");
}

static void add_heading(const struct writing *writing, int level, struct span text)
{
	add_gap(writing->document);
	for (int i = 0; i < level; i++)
		buffer_text(writing->document, "#");
	buffer_print(writing->document, " " SPAN_FORMAT "\n\n", SPAN_ARGUMENTS(text));
}

static void add_kinds(const struct writing *writing)
{
	const char *before = "- Applies to: ";

	for (enum resource_kind kind = 0; kind < RESOURCE_KINDS; kind++) {
		if (!control_applies_to(writing->control, kind))
			continue;
		buffer_texts(writing->document, before, resource_kind_name(kind), NULL);
		before = ", ";
	}
	buffer_text(writing->document, "\n");
}

static void add_facts(const struct writing *writing)
{
	const struct control *control = writing->control;

	buffer_texts(writing->document, "\n- Group: ", control->group,
		     "\n- Severity: ", severity_name(control->severity), "\n", NULL);
	add_kinds(writing);
	if (control->only_when_key_required)
		buffer_texts(writing->document, "- Selected by `", control->group,
			     "` only where `controls.require_key` is `kms` or `customer`; by its id and by "
			     "`all` in any case\n",
			     NULL);
}

/* What stands in the control's own table goes in front of the section that it belongs to. */
static void begin_section(const struct writing *writing, struct span heading)
{
	const struct control *control = writing->control;

	if (span_equals(heading, headings[CONTROL_IMPLEMENTATION_CLI].section)) {
		add_heading(writing, writing->level, span_of("Evaluation"));
		buffer_texts(writing->document, control->criteria, "\n", NULL);
	}
	add_heading(writing, writing->level, heading);
	if (span_equals(heading, headings[CONTROL_RATIONALE].section))
		buffer_texts(writing->document, control->rationale, "\n", NULL);
	else if (span_equals(heading, headings[CONTROL_IMPLEMENTATION_CLI].section))
		buffer_texts(writing->document, control->remediation, "\n", NULL);
	else if (span_equals(heading, headings[CONTROL_REFERENCES].section))
		for (const char *const *reference = control->references; *reference; reference++)
			buffer_texts(writing->document, "- ", *reference, "\n", NULL);
}

static void add_block(const struct writing *writing, const struct markdown_block *block,
		      const struct markdown_block *last)
{
	struct buffer *document = writing->document;
	if (block->kind == MARKDOWN_HEADING) {
		if (block->number == SECTION_LEVEL)
			begin_section(writing, block->text);
		else if (block->number == PART_LEVEL)
			add_heading(writing, writing->level + 1, block->text);
		return;
	}
	if (!markdown_same_list(block, last))
		add_gap(document);
	if (block->kind == MARKDOWN_CODE)
		buffer_print(document, "```\n" SPAN_FORMAT "```\n", SPAN_ARGUMENTS(block->text));
	else if (block->kind == MARKDOWN_ITEM && block->number > 0)
		buffer_print(document, "%d. " SPAN_FORMAT "\n", block->number, SPAN_ARGUMENTS(block->text));
	else
		buffer_print(document, "%s" SPAN_FORMAT "\n", block->kind == MARKDOWN_ITEM ? "- " : "",
			     SPAN_ARGUMENTS(block->text));
}

void control_document(const struct control *control, int level, struct buffer *document)
{
	const struct writing writing = {control, level, document};
	struct span rest = text_of(control);
	struct markdown_block block, last = {.kind = MARKDOWN_HEADING};

	if (!rest.at)
		return;
	buffer_texts(document, control->title, ".\n", NULL);
	add_facts(&writing);
	while (markdown_next(&rest, &block)) {
		add_block(&writing, &block, &last);
		last = block;
		if (block.kind == MARKDOWN_HEADING &&
		    span_equals(block.text, headings[CONTROL_REFERENCES].section))
			last = (struct markdown_block){.kind = MARKDOWN_ITEM}; /* its list has begun */
	}
}
